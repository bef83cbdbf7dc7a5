"""Brow powder: the brow's hairs are coloured and the skin between them is filled, so that the brow looks fuller, not drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.mirror.anatomy import SIDES, Side
from edge.mirror.light import lab_of
from edge.mirror.masks import blend, feathered, filled, part_around, smooth
from edge.mirror.tables import multiplied

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.face import Face
    from edge.mirror.light import Light
    from edge.mirror.tone import Tone

FEATHER = 0.03
COVER = 0.75
BETWEEN = 0.5
"""How much of the powder stays on skin between hairs."""

HAIR_L = 28.0
"""So much darker than skin is a hair."""


def paint_brows(picture: NDArray[np.uint8], face: Face, tone: Tone, light: Light) -> None:
    """Put powder on both brows, in place."""
    for side in SIDES:
        if (seen := face.side(side)) > 0:
            _paint(picture, face, side, tone.fainter(seen), light)


def _paint(picture: NDArray[np.uint8], face: Face, side: Side, tone: Tone, light: Light) -> None:
    top, bottom = smooth(face.curve(side.brow_top)), smooth(face.curve(side.brow_bottom))
    part = part_around(np.concatenate((top, bottom)), 3 * FEATHER * face.scale, (picture.shape[1], picture.shape[0]))
    if part is None:
        return
    pixels = part.of(picture)
    hair = np.clip((light.skin[0] - feathered(lab_of(pixels)[..., 0], 0.008 * face.scale)) / HAIR_L, 0, 1)
    mask = filled(part, (top, bottom[::-1]), FEATHER * face.scale) * (BETWEEN + (1 - BETWEEN) * hair)
    ink = tuple(0.25 + 0.75 * each for each in tone.colour.bgr)
    table = multiplied((ink[0], ink[1], ink[2]))
    blend(pixels, np.asarray(cv2.LUT(pixels, table), np.uint8), (mask * np.float32(COVER * tone.strength)).astype(np.float32))
