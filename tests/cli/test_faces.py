"""``storebox faces evaluate``: on photographs where they and the models are here, and what it says of what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from models.face_binding import VECTORS
from models.faces import DETECTOR
from models.manifest import shipped_models
from models.unstated import UNSTATED
from tests.media import faces, folder_with

Storebox = Callable[..., Any]
NOTICE = f"{UNSTATED}\n"


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """Both models in one folder."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in (DETECTOR, VECTORS):
        for file in shipped_models()[name].files:
            (folder / file.name).symlink_to(folder_with(name) / file.name)
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three pictures of each of three people, and one that shows nobody."""
    for person in ("s2", "s5", "s7"):
        (tmp_path / "photos" / person).mkdir(parents=True)
        for number in (1, 2, 3):
            shutil.copy(faces("orl") / person / f"{number}.pgm", tmp_path / "photos" / person / f"{number}.pgm")
    cv2.imwrite(str(tmp_path / "photos" / "s7" / "4.png"), np.full((112, 92), 128, np.uint8))
    return tmp_path / "photos"


def test_a_folder_of_people_is_measured(storebox: Storebox, photos: Path, models_dir: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    picture = tmp_path / "scores.png"
    ended = storebox("faces", "evaluate", str(photos), "--json", "--models-dir", str(models_dir), "--histogram", str(picture))
    assert ended.code == 0
    [line] = ended.out.splitlines()
    said = json.loads(line)
    assert (said["people"], said["images"], said["gated"]) == (3, 10, {"no-face": 1})
    assert (said["same_pairs"], said["different_pairs"], said["gallery"]) == (12, 33, 1)
    assert said["threshold"] == 0.5
    assert said["tar"] == pytest.approx(9 / 12)
    assert {"tar_at_far_1e_2", "tar_at_far_1e_3", "rank_1", "fpir"} <= set(said)
    assert ended.err == NOTICE
    assert sorted(tmp_path.rglob("*")) == sorted((*before, picture))
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_pairs_are_measured_and_shown_with_how_many_people(storebox: Storebox, photos: Path, models_dir: Path) -> None:
    pairs = photos / "pairs.csv"
    pairs.write_text("first,second,same\ns2/1.pgm,s2/2.pgm,1\ns5/1.pgm,s5/2.pgm,1\ns2/1.pgm,s5/1.pgm,0\n")
    ended = storebox("faces", "evaluate", str(pairs), "--models-dir", str(models_dir))
    assert ended.code == 0
    head, _, _, *rows = ended.out.splitlines()
    assert head == f"{pairs}: 2 people, 4 images; not read and counted as missed: none"
    assert len(rows) == 6
    assert all("2 people, 4 images: " in row for row in rows)
    assert "same person accepted, TAR at threshold 0.50  1.0000" in rows[0]
    assert rows[2].rstrip().endswith("2 pairs of one person, 1 of two; too few, 100 would be needed")
    assert rows[3].rstrip().endswith("2 pairs of one person, 1 of two; too few, 1000 would be needed")
    assert rows[4].rstrip().endswith("2 pictures, 1 enrolled of each; mean of 10 draws")
    assert "1 members, 1 strangers, mean of 10 splits; worst split 0.0000" in rows[5]


def test_nobody_in_any_picture_is_bad_input(storebox: Storebox, models_dir: Path, tmp_path: Path) -> None:
    for name in ("ann/1.png", "ann/2.png", "bo/1.png"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "photos" / name), np.full((112, 92), 128, np.uint8))
    ended = storebox("faces", "evaluate", str(tmp_path / "photos"), "--models-dir", str(models_dir))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "none of 3 pictures has a face that can be read: 3 no-face\n"


def test_a_folder_that_is_not_there_is_bad_input(storebox: Storebox, tmp_path: Path) -> None:
    ended = storebox("faces", "evaluate", str(tmp_path / "nobody"), "--models-dir", str(tmp_path))
    assert (ended.code, ended.err) == (2, f"{tmp_path / 'nobody'}: there is no such folder or list of pairs\n")


def test_without_models_it_says_what_to_fetch(storebox: Storebox, tmp_path: Path) -> None:
    for name in ("ann/1.png", "ann/2.png", "bo/1.png"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).touch()
    ended = storebox("faces", "evaluate", str(tmp_path / "photos"), "--models-dir", str(tmp_path))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.endswith("is not there; fetch it: storebox models fetch mobilefacenet-onnx\n")


def test_a_histogram_that_cannot_be_written_is_said(storebox: Storebox, photos: Path, models_dir: Path) -> None:
    where = photos / "nowhere" / "scores.png"
    ended = storebox("faces", "evaluate", str(photos), "--models-dir", str(models_dir), "--histogram", str(where))
    assert (ended.code, ended.out, ended.err) == (1, "", f"{where} cannot be written: No such file or directory\n")
