"""The whole chain on photographs, where the models and the pictures are here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.face_binding import VECTORS
from models.face_evaluation import compare, figures
from models.face_match import THRESHOLD
from models.face_pictures import album
from models.face_quality import Gated
from models.face_vectors import FaceVector, MobileFaceNet
from models.faces import DETECTOR, FaceReader, face_reader
from models.manifest import ModelUnusable, shipped_models
from models.yunet import SIDE_PX, Yunet
from tests.media import faces, folder_with
from tests.models.conftest import file_of, model_of
from tests.models.hand_made_onnx import always

PERSON = "s2"


@pytest.fixture(scope="module")
def reader() -> Iterator[FaceReader]:
    known = shipped_models()
    network = MobileFaceNet(VECTORS, known[VECTORS], folder_with(VECTORS), 1)
    with closing(FaceReader(Yunet(DETECTOR, known[DETECTOR], folder_with(DETECTOR), 1), network)) as loaded:
        yield loaded


def photo(number: int, person: str = PERSON) -> NDArray[np.uint8]:
    return np.asarray(cv2.imread(str(faces("orl") / person / f"{number}.pgm")), np.uint8)


def cosine(reader: FaceReader, first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    one, other = reader.read(first), reader.read(second)
    assert isinstance(one, FaceVector)
    assert isinstance(other, FaceVector)
    return one.like(other)


def test_one_person_is_like_themselves_and_not_like_another(reader: FaceReader) -> None:
    assert cosine(reader, photo(1), photo(2)) > THRESHOLD
    assert cosine(reader, photo(1), photo(1, "s7")) < THRESHOLD


def test_a_face_is_the_same_wherever_it_is_in_a_picture(reader: FaceReader) -> None:
    scene = np.full((720, 1280, 3), 90, np.uint8)
    scene[400:624, 900:1084] = cv2.resize(photo(1), (184, 224), interpolation=cv2.INTER_CUBIC)
    assert cosine(reader, scene, photo(1)) > 0.9


def test_the_largest_face_is_read(reader: FaceReader) -> None:
    scene = np.full((400, 640, 3), 90, np.uint8)
    scene[20:132, 20:112] = photo(1, "s7")
    scene[100:324, 400:584] = cv2.resize(photo(1), (184, 224), interpolation=cv2.INTER_CUBIC)
    assert cosine(reader, scene, photo(1)) > 0.9


@pytest.mark.parametrize("shape", [(1, 1, 3), (720, 1280, 3), (50, 3000, 3)])
def test_where_nobody_is_there_is_no_face(reader: FaceReader, shape: tuple[int, int, int]) -> None:
    assert reader.read(np.full(shape, 128, np.uint8)) is Gated.NO_FACE


def test_a_small_face_is_not_read(reader: FaceReader) -> None:
    assert reader.read(np.asarray(cv2.resize(photo(1), (60, 73), interpolation=cv2.INTER_AREA), np.uint8)) is Gated.TOO_SMALL


def test_a_blurred_face_is_not_read(reader: FaceReader) -> None:
    assert reader.read(np.asarray(cv2.GaussianBlur(photo(2, "s4"), (0, 0), 3), np.uint8)) is Gated.BLURRED


def test_a_mask_covers_a_face(reader: FaceReader) -> None:
    masked = photo(1)
    cv2.ellipse(masked, (46, 85), (32, 22), 0, 0, 360, (190, 190, 190), -1)
    assert reader.read(masked) is Gated.COVERED


def test_without_models_it_says_what_to_fetch(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match=r"is not there; fetch it: storebox models fetch mobilefacenet-onnx$"):
        face_reader(tmp_path, 1)


def test_a_detector_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tiny.onnx").write_bytes(b"no network")
    with pytest.raises(
        ModelUnusable, match=r"^model tiny: onnxruntime cannot load it: .*is it made for this version of storebox\?$"
    ):
        Yunet("tiny", model_of(file_of(b"no network"), task="faces"), tmp_path, 1)


def test_a_detector_with_other_outputs_is_refused(tmp_path: Path) -> None:
    content = always(np.zeros((1, 4), np.float32), (1, 3, 640, 640))
    (tmp_path / "tiny.onnx").write_bytes(content)
    with pytest.raises(ModelUnusable, match=r"^model tiny: its outputs are not those of YuNet but \['output'\]$"):
        Yunet("tiny", model_of(file_of(content), task="faces"), tmp_path, 1)


def test_the_faces_are_those_that_opencv_finds_with_the_same_model() -> None:
    model, folder = shipped_models()[DETECTOR], folder_with(DETECTOR)
    theirs = cv2.FaceDetectorYN.create(str(folder / model.files[0].name), "", (SIDE_PX, SIDE_PX), model.low)
    scene = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    for at, number in enumerate((1, 4, 9)):
        scene[40 + 180 * at : 40 + 180 * at + 112, 100 + 150 * at : 192 + 150 * at] = photo(number)
    rows = np.asarray(theirs.detect(scene)[1])
    with closing(Yunet(DETECTOR, model, folder, 1)) as ours:
        found = ours.find(scene)
    assert len(found) == len(rows) == 3
    for face, row in zip(sorted(found, key=lambda each: each.box), rows[np.argsort(rows[:, 0])], strict=True):
        assert face.box == pytest.approx((row[0], row[1], row[0] + row[2], row[1] + row[3]), abs=0.01)
        assert face.points == pytest.approx(row[4:14].reshape(5, 2), abs=0.01)
        assert face.score == pytest.approx(row[14], abs=1e-4)


@pytest.mark.faults
@pytest.mark.timeout(300)
def test_the_figures_that_are_promised_hold(reader: FaceReader) -> None:
    found = figures(compare(album(faces("orl")), reader.read))
    assert (found.people, found.images) == (20, 200)
    assert found.tar >= 0.93
    assert found.fpir <= 0.01
    assert found.rank_1 >= 0.99
