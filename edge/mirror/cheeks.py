"""Blush: from the apple of the cheek towards the temple, without an edge, as large as the face is.

The shade goes into the skin by soft light: it takes the skin's colour with it, so pores and freckles stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.mirror.anatomy import OVAL, SIDES, Side
from edge.mirror.masks import Part, blend, filled, part_around, sized
from edge.mirror.tables import lightened, softly_lit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.face import Face
    from edge.mirror.light import Light
    from edge.mirror.tone import Tone

LONG, SHORT, WIDE = 0.36, 0.2, 0.15
"""How far it reaches from where it is strongest towards the temple, towards the nose and across, in widths between the eyes, to a
third of its strength: a brush is set down on the apple and drawn upwards."""

UP = 0.16
"""It is strongest that far on the way from the apple to the temple."""

COVER = 0.66
GLOW = {"matte": 0.0, "satin": 0.08, "gloss": 0.2}
PEARL = lightened((0.8, 0.85, 0.9))
"""What a highlighter does to the skin."""

ENDS = 2.0
"""So many times as far as to a third of its strength there is nothing left of it."""

COARSE = 4
Hill = tuple["NDArray[np.float32]", "NDArray[np.float32]", float, float]
"""Middle, direction, how far it reaches in that direction and across, in pixels."""


def paint_cheeks(picture: NDArray[np.uint8], face: Face, tone: Tone, light: Light) -> None:
    """Put blush on both cheeks, in place."""
    for side in SIDES:
        if (seen := face.cheek(side)) > 0:
            _paint(picture, face, side, tone.fainter(seen), light)


def _paint(picture: NDArray[np.uint8], face: Face, side: Side, tone: Tone, light: Light) -> None:
    apple, temple = face.curve(side.apple).mean(axis=0), face.points[side.temple, :2]
    centre = (apple + UP * (temple - apple)).astype(np.float32)
    long, wide = LONG * face.scale * _width(face, side), WIDE * face.scale
    _lay(picture, face, (centre, temple - apple, long, wide), softly_lit(tone.colour.bgr), COVER * tone.strength)
    if GLOW[tone.finish]:
        lamp = 1 + 0.5 * side.turned * light.from_right
        high = centre - np.array((0, 0.6 * wide), dtype=np.float32)
        _lay(picture, face, (high, temple - apple, 0.6 * long, 0.4 * wide), PEARL, GLOW[tone.finish] * tone.strength * lamp)


def _lay(picture: NDArray[np.uint8], face: Face, hill: Hill, table: NDArray[np.uint8], cover: float) -> None:
    part = part_around(_reach(hill), 0, (picture.shape[1], picture.shape[0]))
    if part is None:
        return
    pixels, mask = part.of(picture), _mask(part, face, hill)
    blend(pixels, np.asarray(cv2.LUT(pixels, table), np.uint8), mask * np.float32(cover))


def _reach(hill: Hill) -> NDArray[np.float32]:
    """The corners of what the hill covers."""
    centre, along, long, wide = hill
    ahead = np.asarray(ENDS * along / max(float(np.linalg.norm(along)), 1e-3), dtype=np.float32)
    across = np.array((-ahead[1], ahead[0]), dtype=np.float32)
    back = SHORT / LONG * long
    ends = [centre + way * ahead + side * across for way in (long, -back) for side in (wide, -wide)]
    return np.asarray(ends, dtype=np.float32)


def _width(face: Face, side: Side) -> float:
    """How much of its width a turned cheek shows, at least a third."""
    return float(min(max(np.cos(np.radians(side.turned * face.yaw_deg)), 0.35), 1.0))


def _mask(part: Part, face: Face, hill: Hill) -> NDArray[np.float32]:
    """A hill that lies along a direction, on the face; at a quarter of the resolution and then enlarged: it has no detail."""
    centre, along, long, wide = hill
    coarse = Part(left=0, top=0, right=-(-(part.right - part.left) // COARSE), bottom=-(-(part.bottom - part.top) // COARSE))
    x = part.left + COARSE * (np.arange(coarse.right, dtype=np.float32) + 0.5)[None] - 0.5 - centre[0]
    y = part.top + COARSE * (np.arange(coarse.bottom, dtype=np.float32) + 0.5)[:, None] - 0.5 - centre[1]
    cosine, sine = along / max(float(np.linalg.norm(along)), 1e-3)
    ahead = x * cosine + y * sine
    far = (ahead / np.where(ahead > 0, long, np.float32(SHORT / LONG * long))) ** 2 + ((y * cosine - x * sine) / wide) ** 2
    # To nothing where the part ends, not to a thousandth.
    bump = np.maximum(np.exp(-far) - np.float32(0.02), 0) * np.float32(1 / 0.98)
    corner = np.array((part.left, part.top), dtype=np.float32)
    bump *= filled(coarse, [((face.curve(OVAL) - corner) / COARSE).astype(np.float32)], 0.03 * face.scale / COARSE)
    for side in SIDES:
        eye = sized(np.concatenate((face.curve(side.lid), face.curve(side.below)[::-1])), 1.25)
        bump *= 1 - filled(coarse, [((eye - corner) / COARSE).astype(np.float32)])
    enlarged = cv2.resize(bump, (part.right - part.left, part.bottom - part.top), interpolation=cv2.INTER_LINEAR)
    return np.asarray(enlarged, dtype=np.float32)
