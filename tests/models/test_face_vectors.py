"""A face laid straight, and a vector that stays where it was made."""

from __future__ import annotations

import pickle
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from models.face_vectors import ALIGNED, CROP_PX, LENGTH, FaceVector, MobileFaceNet, aligned, onto_the_crop
from models.manifest import ModelUnusable, shipped_models
from tests.media import folder_with
from tests.models.conftest import file_of, model_of
from tests.models.hand_made_onnx import always

VECTOR = FaceVector(values=np.full(LENGTH, LENGTH**-0.5, np.float32))


def moved(points: NDArray[np.float32], turn: float, scale: float, by: tuple[float, float]) -> NDArray[np.float32]:
    spin = scale * np.array(((np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))))
    return (points @ spin.T + by).astype(np.float32)


@pytest.mark.parametrize("turn", [0.0, 0.4, -1.0])
@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_a_face_that_was_turned_moved_and_scaled_is_laid_straight(turn: float, scale: float) -> None:
    points = moved(ALIGNED, turn, scale, (300, 200))
    back = points @ onto_the_crop(points)[:, :2].T + onto_the_crop(points)[:, 2]
    assert np.abs(back - ALIGNED).max() < 0.01


def test_a_face_is_never_mirrored_nor_stretched_to_fit() -> None:
    mirrored = ALIGNED * np.array((-1, 1), np.float32)
    (a, b), (c, d) = onto_the_crop(mirrored)[:, :2]
    assert a * d - b * c > 0
    wide = onto_the_crop(ALIGNED * np.array((2, 1), np.float32))
    assert np.hypot(wide[0, 0], wide[1, 0]) == pytest.approx(np.hypot(wide[0, 1], wide[1, 1]))


def test_the_crop_shows_the_eyes_where_the_network_learnt_them() -> None:
    picture = np.zeros((400, 400, 3), np.uint8)
    points = moved(ALIGNED, 0.3, 2.0, (150, 40))
    for column, row in points[:2]:
        cv2.circle(picture, (round(float(column)), round(float(row))), 6, (255, 255, 255), -1)
    crop = aligned(picture, points)
    assert crop.shape == (CROP_PX, CROP_PX, 3)
    assert [crop[round(float(row)), round(float(column)), 0] for column, row in ALIGNED] == [255, 255, 0, 0, 0]


def test_a_vector_does_not_leave_its_process() -> None:
    with pytest.raises(TypeError, match="a face vector does not leave its process"):
        pickle.dumps(VECTOR)
    with pytest.raises(TypeError):
        msgspec.msgpack.encode(VECTOR)
    with pytest.raises(TypeError):
        msgspec.json.encode(VECTOR)
    assert repr(VECTOR) == str(VECTOR) == "FaceVector()"


def test_the_cosine_of_a_vector_with_itself_is_one() -> None:
    assert VECTOR.like(VECTOR) == pytest.approx(1, abs=1e-5)
    assert VECTOR.like(FaceVector(values=-VECTOR.values)) == pytest.approx(-1, abs=1e-5)


def test_a_model_of_another_form_is_refused(tmp_path: Path) -> None:
    content = always(np.zeros((1, 512), np.float32), (1, 3, 112, 112))
    (tmp_path / "tiny.onnx").write_bytes(content)
    with pytest.raises(
        ModelUnusable, match=r"^model tiny: its inputs and outputs are not those of MobileFaceNet but \[\('images'"
    ):
        MobileFaceNet("tiny", model_of(file_of(content), task="face-vector"), tmp_path, 1)


def test_a_vector_that_is_wiped_leaves_none_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    name, made = "mobilefacenet-onnx", list[NDArray[np.float32]]()
    network = MobileFaceNet(name, shipped_models()[name], folder_with(name), 1)
    run = MobileFaceNet._run

    def kept(network: MobileFaceNet, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        made.append(run(network, pixels))
        return made[-1]

    monkeypatch.setattr(MobileFaceNet, "_run", kept)
    vector = network.vector(np.random.default_rng(3).integers(0, 256, (CROP_PX, CROP_PX, 3), np.uint8))
    assert len(made) == 2
    assert any(each.any() for each in made)
    vector.wipe()
    network.close()
    assert not any(each.any() for each in made)


def test_a_face_and_its_mirror_image_are_the_same_vector() -> None:
    name = "mobilefacenet-onnx"
    network = MobileFaceNet(name, shipped_models()[name], folder_with(name), 1)
    crop = np.random.default_rng(3).integers(0, 256, (CROP_PX, CROP_PX, 3), np.uint8)
    vector, mirrored = network.vector(crop), network.vector(np.ascontiguousarray(crop[:, ::-1]))
    network.close()
    assert float(np.linalg.norm(vector.values)) == pytest.approx(1, abs=1e-5)
    assert vector.like(mirrored) == pytest.approx(1, abs=1e-4)
