"""Claims about the file in which a person has written down what is in a clip."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.vision.layout import Layout, Line, Zone
from edge.vision.truth import BadTruth, layout_of, read_truth
from tests.vision.rendered_clip import truth, write_truth

SQUARE = [[40, 40], [120, 40], [120, 200], [40, 200]]


def said(path: Path, **other: Any) -> str:
    """What is said of a truth with these keys; the file's own name is left out."""
    with pytest.raises(BadTruth) as caught:
        read_truth(write_truth(path / "truth.json", **other))
    return str(caught.value).replace(f"{path / 'truth.json'}: ", "")


def test_a_truth_is_a_line_and_a_zone_in_fractions(tmp_path: Path) -> None:
    read = read_truth(write_truth(tmp_path / "truth.json", zone={"polygon": SQUARE}, note="other keys are for people"))
    line = Line(name="line", a=(0.5, 40 / 240), b=(0.5, 230 / 240), inside=(250 / 320, 0.5))
    zone = Zone(name="zone", corners=((0.125, 40 / 240), (0.375, 40 / 240), (0.375, 200 / 240), (0.125, 200 / 240)))
    assert layout_of(read) == Layout(lines=(line,), zones=(zone,))


def test_no_file_is_no_truth(tmp_path: Path) -> None:
    with pytest.raises(BadTruth, match=r"none\.json: cannot be read: No such file or directory$"):
        read_truth(tmp_path / "none.json")


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe{}", b'{"fps": 3'])
def test_what_is_no_json_is_no_truth(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "truth.json"
    path.write_bytes(content)
    with pytest.raises(BadTruth, match=r"truth\.json: is no JSON: "):
        read_truth(path)


@pytest.mark.parametrize("key", ["width", "height", "line", "crossings"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    assert said(tmp_path, **{key: None}) == (f"Object missing required field `{key}`; docs/vision.md says what a truth holds")


def test_a_wrong_value_is_named_with_its_place(tmp_path: Path) -> None:
    assert said(tmp_path, crossings=[{"frame": 3, "direction": "left"}]) == (
        "Invalid enum value 'left' - at `$.crossings[0].direction`; docs/vision.md says what a truth holds"
    )
    assert "at `$.sha256`" in said(tmp_path, sha256="45cd")
    assert "at `$.crossings[0].frame`" in said(tmp_path, crossings=[{"frame": -1, "direction": "in"}])
    assert "at `$.fps`" in said(tmp_path, fps=0)


def test_a_line_outside_the_picture_is_named(tmp_path: Path) -> None:
    line = {"a": [160, 40], "b": [160, 260], "in_point": [250, 120]}
    assert said(tmp_path, line=line) == (
        "line line leaves the picture: draw it where the camera sees the floor, in fractions from 0 to 1"
    )


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    wrong = said(
        tmp_path,
        line={"a": [160, 40], "b": [160, 230], "in_point": [160, 120]},
        zone={"polygon": [[40, 40], [120, 200], [120, 40], [40, 200]]},
        dwells=[{"entry_frame": 5, "exit_frame": 4}],
    )
    assert wrong.splitlines() == [
        "the inside of line line is on the line: put it on the side that people come in to",
        "edges 1 and 3 of zone zone cross: name its corners in the order in which one walks around it",
        "dwells[0] ends in frame 4, before it begins in frame 5",
    ]


def test_dwells_without_a_zone_say_nothing(tmp_path: Path) -> None:
    assert said(tmp_path, dwells=[{"entry_frame": 1, "exit_frame": 4}]) == (
        "has dwells but no zone: say with zone.polygon where people dwell"
    )


def test_the_least_truth_is_a_line_and_who_crosses_it(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    path.write_text(json.dumps({key: truth()[key] for key in ("width", "height", "line", "crossings")}))
    read = read_truth(path)
    assert (read.fps, read.frames, read.sha256, read.zone, read.dwells, read.counts) == (None, None, None, None, (), ())
