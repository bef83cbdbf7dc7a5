"""``storebox vision evaluate``: on a real clip with a real model where there are any, and what it says of what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from tests.media import clip, folder_with
from tests.vision.rendered_clip import render, walk, write_truth

Storebox = Callable[..., Any]
SECONDS = 7
CROSSINGS = [{"frame": 23, "direction": "in"}, {"frame": 30, "direction": "in"}, {"frame": 51, "direction": "in"}]


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    return render(tmp_path / "clip.avi", [walk((10, 200), (310, 205), 2, 42)], 20)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The first seconds of the street, at five pictures of half the size a second, and who crosses the line in them."""
    folder = tmp_path_factory.mktemp("street")
    whole = cv2.VideoCapture(str(clip("vtest.avi")))
    writer = cv2.VideoWriter(str(folder / "street.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (384, 288))  # type: ignore[attr-defined]
    for _ in range(SECONDS * 10):
        writer.write(cv2.resize(whole.read()[1], (384, 288), interpolation=cv2.INTER_AREA))
    writer.release()
    line = {"a": [690, 240], "b": [690, 500], "in_point": [500, 320]}
    counts = [{"frame": 0, "total": 3}]
    truth = write_truth(folder / "truth.json", width=768, height=576, line=line, crossings=CROSSINGS, counts=counts)
    return folder / "street.avi", truth


def test_three_come_down_the_street_and_are_counted(storebox: Storebox, street: tuple[Path, Path]) -> None:
    models = folder_with("yolox-nano")
    ended = storebox("vision", "evaluate", *map(str, street), "--json", "--fps", "5", "--models-dir", str(models))
    assert ended.code == 0
    [line] = ended.out.splitlines()
    said = json.loads(line)
    assert said["crossings"] | {"truth": 3, "counted": 3, "matched": 3, "f1": 1.0, "net_error": 0.0} == said["crossings"]
    assert {"precision", "recall"} <= set(said["crossings"])
    assert said["people"]["mae"] <= 2
    assert said["dwell"]["mae_s"] is None
    assert (said["model"], said["fed_fps"], said["frames"]) == ("yolox-nano", 5.0, SECONDS * 5)
    assert said["fps"] > 0
    assert said["cpu_ms_per_frame"] > 0


def test_for_people_it_is_a_table(storebox: Storebox, street: tuple[Path, Path], tmp_path: Path) -> None:
    models = folder_with("yolox-nano")
    truth = json.loads(street[1].read_text())
    truth |= {
        "sha256": "0" * 64,
        "crossings": [*CROSSINGS, {"frame": 65, "direction": "out"}],
        "zone": {"polygon": [[500, 240], [690, 240], [690, 470], [500, 385]]},
        "dwells": [{"entry_frame": 23, "exit_frame": 57}],
    }
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    words = ("vision", "evaluate", str(street[0]), str(tmp_path / "truth.json"), "--fps", "5", "--models-dir", str(models))
    ended = storebox(*words)
    assert ended.code == 0
    assert "street.avi, 35 pictures at 5 a second, yolox-nano" in ended.out
    assert "crossings: 3 of 4 right, precision 1.000, recall 0.750, F1 0.857, net error 25.0 %, 0 counted twice" in ended.out
    assert "missed: out at frame 65" in ended.out
    assert "visits: 1 of 1 found, " in ended.out
    assert "people in a picture: " in ended.out
    assert " ms of CPU a picture; this machine could do " in ended.out
    assert ended.err == (
        f"{street[0]}: has another digest than the clip that was labelled; the figures hold only if it shows the same\n"
    )


def test_without_a_model_it_says_what_to_do(storebox: Storebox, made_up: Path, tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "truth.json")
    ended = storebox("vision", "evaluate", str(made_up), str(truth), "--models-dir", str(tmp_path))
    assert ended.code == 1
    assert ended.err.startswith("no model that finds people: ")
    assert "storebox models fetch" in ended.err


def test_an_unknown_detector_is_named(storebox: Storebox, made_up: Path, tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "truth.json")
    ended = storebox("vision", "evaluate", str(made_up), str(truth), "--models-dir", str(tmp_path), "--detector", "yolo-9000")
    assert ended.code == 1
    assert ended.err.startswith('no model "yolo-9000" finds people')


def test_a_bad_truth_ends_it_before_a_model_is_loaded(storebox: Storebox, made_up: Path, tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "truth.json", line=None)
    ended = storebox("vision", "evaluate", str(made_up), str(truth), "--models-dir", str(tmp_path))
    assert ended.code == 2
    assert ended.err == f"{truth}: Object missing required field `line`; docs/vision.md says what a truth holds\n"


def test_no_clip_ends_it(storebox: Storebox, tmp_path: Path) -> None:
    models, truth = folder_with("yolox-nano"), write_truth(tmp_path / "truth.json")
    ended = storebox("vision", "evaluate", str(tmp_path / "none.avi"), str(truth), "--models-dir", str(models))
    assert ended.code == 2
    assert ended.err == f"{tmp_path / 'none.avi'}: there is no such clip\n"


def test_it_is_not_looked_at_more_often_than_a_camera(storebox: Storebox, made_up: Path, tmp_path: Path) -> None:
    ended = storebox("vision", "evaluate", str(made_up), str(write_truth(tmp_path / "truth.json")), "--fps", "30")
    assert ended.code == 2
