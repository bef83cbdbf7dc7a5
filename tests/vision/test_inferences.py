"""The models of the inference process: what is missing is off and looked for again, hands are loaded when somebody needs them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.vision import inferences as inferences_file
from edge.vision.inferences import AGAIN_NS, Inferences
from edge.vision.layout import Layout
from edge.vision.words import Inference, Watch
from models.findings import Person, Wrist
from models.manifest import ModelUnusable

PICTURE = np.zeros((36, 64, 3), np.uint8)
WATCH = Watch(camera="cam-door", layout=Layout(), fps=5)


class Detector:
    """Finds one person."""

    name, low, high = "made-up", 0.1, 0.5
    closed = False

    def find(self, picture: NDArray[np.uint8]) -> list[Person]:
        return [Person(box=(0, 0, 8, 16), score=0.9)]

    def close(self) -> None:
        self.closed = True


class Finder:
    """Finds one hand."""

    name = "made-up-hands"
    closed = False

    def find(self, picture: NDArray[np.uint8]) -> list[Wrist]:
        return [Wrist(at=(1.0, 2.0), score=0.9)]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> Detector:
    made = Detector()
    monkeypatch.setattr(inferences_file, "people_detector", lambda _name, _folder, _threads: made)
    return made


def test_a_model_that_is_missing_is_off_and_looked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    models = Inferences("yolox-nano", tmp_path, 1)
    assert models.to_load(0)
    assert models.inferences() == {}
    models.load(0)
    off = models.inferences()["people"]
    assert (off.model, off.state) == ("yolox-nano", "off")
    assert "storebox models fetch" in off.problem
    assert models.eye(WATCH, (64, 36)) is None
    assert not models.to_load(AGAIN_NS - 1)
    assert models.to_load(AGAIN_NS)

    monkeypatch.setattr(inferences_file, "people_detector", lambda _name, _folder, _threads: Detector())
    models.load(AGAIN_NS)
    assert models.inferences() == {"people": Inference(model="made-up", state="on")}
    assert models.eye(WATCH, (64, 36)) is not None
    assert not models.to_load(9 * AGAIN_NS)


def test_hands_are_loaded_when_somebody_stands_before_a_shelf(
    tmp_path: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch
):
    finder = Finder()
    monkeypatch.setattr(inferences_file, "wrist_finder", lambda _folder: finder)
    models = Inferences("auto", tmp_path, 1)
    models.load(0)
    eye = models.eye(WATCH, (64, 36))
    assert eye is not None
    assert eye.wrists is not None
    assert not models.to_load(1)
    assert eye.wrists.find(PICTURE) == []
    assert models.to_load(1)
    models.load(1)
    assert [hand.at for hand in eye.wrists.find(PICTURE)] == [(1.0, 2.0)]
    assert models.inferences()["hands"].model == "made-up-hands"
    models.close()
    assert (detector.closed, finder.closed) == (True, True)


def test_hands_that_cannot_be_loaded_are_off_and_people_are_found(
    tmp_path: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch
):
    def refuse(_folder: Path) -> Finder:
        raise ModelUnusable("model pose: fetch it")

    monkeypatch.setattr(inferences_file, "wrist_finder", refuse)
    models = Inferences("auto", tmp_path, 1)
    models.load(0)
    eye = models.eye(WATCH, (64, 36))
    assert eye is not None
    assert eye.wrists is not None
    eye.wrists.find(PICTURE)
    models.load(1)
    told = models.inferences()
    assert (told["people"].state, told["hands"].state, told["hands"].problem) == ("on", "off", "model pose: fetch it")
    assert not models.to_load(2)
    models.close()


def test_the_time_of_a_picture_is_told(tmp_path: Path, detector: Detector):
    models = Inferences("auto", tmp_path, 1)
    models.load(0)
    eye = models.eye(WATCH, (64, 36))
    assert eye is not None
    eye.wants(PICTURE[..., 0].copy(), 1)
    eye.look(PICTURE, 1)
    assert eye.found
    assert models.inferences()["people"].ms >= 0
