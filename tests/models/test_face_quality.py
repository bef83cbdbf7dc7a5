"""Faces that cannot be read, each for its own reason; the geometry is exact, the pixels are drawn."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.face_quality import (
    EYES_APART_PX,
    TURNED,
    Gated,
    eyes_apart_px,
    gated_by_pixels,
    gated_by_points,
    has_company,
    is_at,
    is_dark,
    turned,
)
from models.face_vectors import ALIGNED
from models.yunet import Face
from tests.models.drawn_face import drawn_face

NOSE_STANDS_OUT = 0.6
"""In distances of the eyes."""


def face_of(points: NDArray[np.float32]) -> Face:
    return Face(box=(0.0, 0.0, 100.0, 100.0), points=points.astype(np.float32), score=0.9)


def head(degrees: float, eyes_apart: float = 60.0) -> NDArray[np.float32]:
    """The five points of a head that is turned, seen from afar."""
    across = np.array((-0.5, 0.5, 0.0, -0.4, 0.4))
    towards = np.array((0.0, 0.0, NOSE_STANDS_OUT, 0.1, 0.1))
    down = np.array((0.0, 0.0, 0.55, 1.1, 1.1))
    turn = np.radians(degrees)
    return (eyes_apart * np.stack((across * np.cos(turn) + towards * np.sin(turn), down), axis=1) + 200).astype(np.float32)


@pytest.mark.parametrize("degrees", [0, 10, -20, 25])
def test_a_face_that_looks_nearly_here_is_read(degrees: float) -> None:
    assert gated_by_points(face_of(head(degrees))) is None


@pytest.mark.parametrize("degrees", [35, -40, 60])
def test_a_face_that_looks_away_is_turned(degrees: float) -> None:
    assert gated_by_points(face_of(head(degrees))) is Gated.TURNED


def test_thirty_degrees_is_where_it_ends() -> None:
    assert turned(head(30)) == pytest.approx(TURNED, abs=0.01)


def test_a_tilted_head_is_not_turned() -> None:
    tilted = cv2.transform(head(0)[None], cv2.getRotationMatrix2D((200, 200), 40, 1))[0]
    assert abs(turned(tilted.astype(np.float32))) < 0.001


@pytest.mark.parametrize("narrowed", [0.9, 0.6, 0.3])
def test_a_print_that_is_turned_is_no_head_that_turns(narrowed: float) -> None:
    assert turned(head(12) * np.array((narrowed, 1), np.float32)) == pytest.approx(turned(head(12)), abs=1e-4)


def test_a_face_far_away_is_too_small() -> None:
    assert gated_by_points(face_of(head(0, EYES_APART_PX - 1))) is Gated.TOO_SMALL
    assert gated_by_points(face_of(head(0, EYES_APART_PX + 1))) is None
    assert eyes_apart_px(head(0, 50)) == pytest.approx(50)


def test_a_drawn_face_is_read() -> None:
    assert gated_by_pixels(drawn_face()) is None


def test_a_dim_face_is_as_sharp_as_a_bright_one() -> None:
    assert gated_by_pixels((drawn_face() // 3).astype(np.uint8)) is None


@pytest.mark.parametrize("grey", [60, 128, 255])
def test_an_even_crop_is_no_face(grey: int) -> None:
    assert gated_by_pixels(np.full((112, 112, 3), grey, np.uint8)) is Gated.BLURRED


def test_a_face_in_the_dark_is_not_read() -> None:
    assert gated_by_pixels((drawn_face() // 6).astype(np.uint8)) is Gated.TOO_DARK


def test_a_night_is_dark_and_a_shop_is_not() -> None:
    assert is_dark(np.full((360, 640, 3), 20, np.uint8))
    assert not is_dark(np.full((360, 640, 3), 90, np.uint8))


def sized(width: float) -> Face:
    return Face(box=(10.0, 20.0, 10.0 + width, 90.0), points=ALIGNED, score=0.9)


@pytest.mark.parametrize(("beside", "company"), [([], False), ([50.0], False), ([20.0, 56.0], True)])
def test_who_stands_beside_is_company_and_who_waits_behind_is_not(beside: list[float], company: bool) -> None:
    assert has_company([sized(100.0), *map(sized, beside)]) == company


def test_a_face_is_where_its_eyes_are() -> None:
    eyes = ALIGNED[:2]
    assert is_at(face_of(ALIGNED), eyes + np.float32(5))
    assert not is_at(face_of(ALIGNED), eyes + np.float32(35))


def test_a_face_out_of_focus_is_blurred() -> None:
    assert gated_by_pixels(np.asarray(cv2.GaussianBlur(drawn_face(), (0, 0), 4), np.uint8)) is Gated.BLURRED


@pytest.mark.parametrize(
    "hidden",
    [(slice(76, 112), slice(20, 92)), (slice(40, 62), slice(24, 54)), (slice(40, 62), slice(58, 90))],
    ids=["mask", "left-eye", "right-eye"],
)
def test_a_hidden_mouth_or_eye_is_covered(hidden: tuple[slice, slice]) -> None:
    crop = drawn_face()
    crop[hidden] = 120
    assert gated_by_pixels(crop) is Gated.COVERED


def test_where_the_points_are_in_a_crop_they_show_a_face_from_the_front() -> None:
    assert gated_by_points(face_of(ALIGNED)) is None
