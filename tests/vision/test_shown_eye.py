"""What an eye has seen becomes the picture that may be shown: heads and what moves have no detail, the rest has."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.layout import Layout
from edge.vision.shown_eye import shown_eye
from models.findings import Person, Track
from tests.vision.made_up import MadeUpEye

SIZE = 320, 240
STAFF = 4


class StaffEye(MadeUpEye):
    """Knows one of the staff."""

    def is_staff(self, number: int) -> bool:
        return number == STAFF


def noise() -> NDArray[np.uint8]:
    """Black and white squares of two pixels, which JPEG keeps."""
    coarse = np.random.default_rng(1).integers(0, 2, (SIZE[1] // 2, SIZE[0] // 2, 1), np.uint8) * 255
    return np.repeat(np.repeat(np.repeat(coarse, 2, 0), 2, 1), 3, 2)


def decoded(jpeg: bytes) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)


def detail(picture: NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> float:
    """How much is left of the squares there: about 127 of 255 in what is sharp."""
    return float(picture[top:bottom, left:right].astype(float).std())


def test_heads_and_what_moves_have_no_detail():
    eye = MadeUpEye("cam-door", Layout(), SIZE)
    eye.tracks = (Track(number=3, box=(20, 20, 60, 180), state="confirmed"),)
    eye.found = (Person(box=(120, 20, 160, 180), score=0.2),)
    eye.moved = ((240.0, 160.0, 300.0, 220.0),)
    shown = decoded(shown_eye(eye, noise()))
    assert detail(shown, 26, 26, 54, 50) < 60, "the head of somebody who is followed"
    assert detail(shown, 126, 26, 154, 50) < 60, "of somebody who may be there"
    assert detail(shown, 250, 170, 290, 210) < 60, "what moves, whoever it is"
    assert detail(shown, 180, 40, 230, 140) > 100, "what stands still"


def test_before_anybody_has_looked_all_of_it_is_hidden():
    assert detail(decoded(shown_eye(None, noise())), 10, 10, 310, 230) < 60


def test_the_staff_is_shown_in_another_colour():
    shown = []
    for number in (STAFF, STAFF + 1):
        eye = StaffEye("cam-door", Layout(), SIZE)
        eye.tracks = (Track(number=number, box=(100, 100, 140, 220), state="confirmed"),)
        shown.append(decoded(shown_eye(eye, np.zeros((SIZE[1], SIZE[0], 3), np.uint8)))[150, 100].astype(int))
    assert np.abs(shown[0] - shown[1]).max() > 50
