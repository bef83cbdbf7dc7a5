"""Whether a face can be read at all: without it a blurred, turned or covered face would be compared and named wrongly.

Each measure is relative to the face, so that neither the camera nor the light moves it. The bounds follow from what they guard,
and leave room: of 200 photographs that people sat for (AT&T, 92 × 112) none fails one.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from models.face_vectors import ALIGNED

if TYPE_CHECKING:
    from models.yunet import Face

EYES_APART_PX = 24.0
"""A crop has them 35 pixels apart; from fewer than these it would be more than half made up."""

TURNED = 0.35
"""How far the nose lies beside the middle of the eyes, in distances of the eyes. It stands out by 0.6 of that distance: 30°."""

SHARP = 0.10
"""The part of the contrast that is finer than ``FINE_PX``. Blurred by a tenth of the eyes' distance faces have 0.05 to 0.12, and
the same face is no longer like itself (cosine 0.4); sharp ones have 0.13 to 0.48."""
FINE_PX = 2.0

COVERED = 0.35
"""Contrast at an eye or the mouth against that of the face: plain masks, hands, dark glasses 0 to 0.3, a face from 0.43 on."""

DARK = 40.0
"""The mean of a face (of 255) at which a camera shows more noise than face: CIE L* 16. The darkest skin in a lit shop has 59."""

COMPANION = 0.55
"""As wide as this part of the largest face: who stands beside the shopper. Smaller ones wait behind, twice as far away."""

ASIDE = 0.35
"""Of the eyes' distance: so far apart two models find the eyes of one face at most. Another face's are a distance away."""

FACE = slice(25, 105), slice(20, 92)
"""The rows and columns of an aligned crop that are face and neither hair nor collar."""
EYE_PX, MOUTH_PX = (7, 9), (8, 14)
"""Half the height and half the width of what is looked at around an eye and the middle of the mouth."""


class Gated(StrEnum):
    """Why a face is not read. The words stand in journals and figures; what a shopper reads is the page's."""

    NO_FACE = "no-face"
    TOO_SMALL = "too-small"
    TURNED = "turned"
    BLURRED = "blurred"
    COVERED = "covered"
    SEVERAL_FACES = "several-faces"
    TOO_DARK = "too-dark"


def gated_by_points(face: Face) -> Gated | None:
    """What keeps a face from being read as its five points tell; asked first, for it needs no pixel."""
    if eyes_apart_px(face.points) < EYES_APART_PX:
        return Gated.TOO_SMALL
    return Gated.TURNED if abs(turned(face.points)) > TURNED else None


def gated_by_pixels(crop: NDArray[np.uint8]) -> Gated | None:
    """What keeps an aligned crop (112 × 112 × 3, BGR) from being read."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY).astype(np.float32)
    if float(grey[FACE].mean()) < DARK:
        return Gated.TOO_DARK
    if sharpness(grey) < SHARP:
        return Gated.BLURRED
    return Gated.COVERED if least_contrast(grey) < COVERED else None


def has_company(faces: Sequence[Face]) -> bool:
    """Whether beside the largest face, the first, stands another nearly as large: then nobody knows who has asked."""
    return len(faces) > 1 and max(_width_px(each) for each in faces[1:]) >= COMPANION * _width_px(faces[0])


def is_at(face: Face, eyes: NDArray[np.float32]) -> bool:
    """Whether this is the face whose eyes (2 × 2, their middles) were found there by other means."""
    apart = np.hypot(*(face.points[:2] - eyes).T).max()
    return bool(apart <= ASIDE * eyes_apart_px(face.points))


def is_dark(picture: NDArray[np.uint8]) -> bool:
    """Whether a picture (height × width × 3, BGR) is one in which no face could be seen."""
    return float(picture[::8, ::8].mean()) < DARK


def eyes_apart_px(points: NDArray[np.float32]) -> float:
    """How far apart the eyes are, of five points."""
    return float(np.hypot(*(points[1] - points[0])))


def turned(points: NDArray[np.float32]) -> float:
    """How far the nose lies beside the middle of the eyes, along their line and in their distances; 0 for a face from the front.

    A flat picture that is turned about its upright axis narrows all of it alike and keeps this number; a head does not.
    """
    eyes = points[1] - points[0]
    return float((points[2] - points[:2].mean(axis=0)) @ eyes / (eyes @ eyes))


def sharpness(grey: NDArray[np.float32]) -> float:
    """The part of a crop's contrast that is finer than ``FINE_PX``, 0 to 1."""
    face = grey[FACE]
    fine = face - cv2.GaussianBlur(face, (0, 0), FINE_PX)
    return float(fine.std() / max(float(face.std()), 1.0))


def least_contrast(grey: NDArray[np.float32]) -> float:
    """The contrast at the flattest of both eyes and the mouth, against that of the face."""
    left, right, _, *mouth = ALIGNED
    looked_at = ((left, EYE_PX), (right, EYE_PX), (np.mean(mouth, axis=0), MOUTH_PX))
    return min(float(_around(grey, at, half).std()) for at, half in looked_at) / max(float(grey[FACE].std()), 1.0)


def _around(grey: NDArray[np.float32], at: NDArray[np.float32], half: tuple[int, int]) -> NDArray[np.float32]:
    column, row = (round(float(each)) for each in at)
    return grey[row - half[0] : row + half[0], column - half[1] : column + half[1]]


def _width_px(face: Face) -> float:
    left, _, right, _ = face.box
    return right - left
