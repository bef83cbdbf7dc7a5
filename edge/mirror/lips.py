"""Lipstick: where the lips are and teeth are not, and where they are wet. What pigment does to them is in ``pigment.py``.

Satin lets the lip's own highlights through. Gloss adds to them, and a wet streak on the side where the lamp is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.mirror.anatomy import LIP_BOTTOM, LIP_TOP, MOUTH_BOTTOM, MOUTH_TOP
from edge.mirror.covered import MIDDLE
from edge.mirror.face import ramp
from edge.mirror.masks import Part, blend, feathered, filled, part_around, smooth
from edge.mirror.pigment import laid_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.face import Face
    from edge.mirror.light import Light
    from edge.mirror.tone import Tone

FEATHER = 0.018
"""Of the width between the eyes: a millimetre and a half, as a lipstick's edge."""

STREAK = {"matte": 0.0, "satin": 6.0, "gloss": 24.0}
"""L* of a wet streak in its middle."""

ALL = 0.99
"""Lips of which each spot is seen so well are not covered anywhere."""

OPEN = (0.02, 0.06)
"""From shut to open, the gap in widths between the eyes."""


def paint_lips(picture: NDArray[np.uint8], face: Face, tone: Tone, light: Light) -> None:
    """Put lipstick on the face in a picture, in place."""
    height, width = picture.shape[:2]
    outline = np.concatenate((face.curve(LIP_TOP), face.curve(LIP_BOTTOM)))
    part = part_around(outline, 3 * FEATHER * face.scale, (width, height))
    if part is None:
        return
    mask = lip_mask(face, part)
    pixels = part.of(picture)
    wet = _streak(face, part, light) * np.float32(STREAK[tone.finish]) if STREAK[tone.finish] else None
    painted = laid_on(pixels, mask, tone, face.scale, wet)
    if face.lips is not None and float(face.lips.min()) < ALL:
        mask = mask * _seen(face, part, face.lips)
    blend(pixels, painted, mask * np.float32(tone.strength))


def lip_mask(face: Face, part: Part) -> NDArray[np.float32]:
    """The lips without what is between them."""
    top, bottom = smooth(face.curve(LIP_TOP)), smooth(face.curve(LIP_BOTTOM))
    feather = FEATHER * face.scale
    lips = feathered(filled(part, (top, bottom[::-1])), feather)
    if (apart := gap(face)) < OPEN[0]:
        return lips
    mouth = filled(part, (smooth(face.curve(MOUTH_TOP)), smooth(face.curve(MOUTH_BOTTOM))[::-1]))
    # Cut after the feather: not the faintest red on the teeth.
    return np.asarray(lips * (1 - ramp(apart, *OPEN) * mouth), dtype=np.float32)


def gap(face: Face) -> float:
    """How far the lips are apart, in widths between the eyes."""
    return float(np.linalg.norm(face.points[MOUTH_TOP[5], :2] - face.points[MOUTH_BOTTOM[5], :2])) / face.scale


def _seen(face: Face, part: Part, spots: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of each pixel of the lips can be seen, between the spots as it is there."""
    corner, end = face.points[LIP_TOP[0], :2], face.points[LIP_TOP[-1], :2]
    along = (end - corner) / max(float(np.linalg.norm(end - corner)), 1e-3)
    x = np.arange(part.left, part.right, dtype=np.float32)[None] - corner[0]
    y = np.arange(part.top, part.bottom, dtype=np.float32)[:, None] - corner[1]
    way, down = x * along[0] + y * along[1], y * along[0] - x * along[1]
    between = (face.curve(MOUTH_TOP) + face.curve(MOUTH_BOTTOM)) / 2 - corner
    at, level = between @ along, between @ np.array((-along[1], along[0]), dtype=np.float32)
    lower = np.clip((down - np.interp(way, at, level)) / (FEATHER * face.scale) + 0.5, 0, 1)
    upper_seen, lower_seen = (np.interp(way, at[MIDDLE], row) for row in spots)
    return np.asarray(upper_seen + lower * (lower_seen - upper_seen), dtype=np.float32)


def _streak(face: Face, part: Part, light: Light) -> NDArray[np.float32]:
    """Where the lower and the upper lip are fullest, towards the lamp."""
    mask = np.zeros((part.bottom - part.top, part.right - part.left), dtype=np.float32)
    corner = np.array((part.left, part.top), dtype=np.float32)
    thickest = 0.0
    for outer, inner, at in ((LIP_BOTTOM, MOUTH_BOTTOM, 0.42), (LIP_TOP, MOUTH_TOP, 0.5)):
        line = smooth((1 - at) * face.curve(outer) + at * face.curve(inner)) - corner
        middle = len(line) / 2 + light.from_right * len(line) * 0.18
        thick = float(np.linalg.norm(face.points[outer[5], :2] - face.points[inner[5], :2]))
        along = np.exp(-(((np.arange(len(line) - 1) + 0.5 - middle) / (len(line) * 0.13)) ** 2)).tolist()
        spots = np.round(line * 16).astype(int).tolist()
        for start, end, bright in zip(spots[:-1], spots[1:], along, strict=True):
            if bright > 0.05:
                cv2.line(mask, start, end, (bright,), max(1, round(thick * 0.22)), cv2.LINE_AA, 4)
        thickest = max(thickest, thick)
    return feathered(mask, max(thickest * 0.15, 0.6))
