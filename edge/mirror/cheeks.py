"""Blush: from the apple of the cheek towards the temple, without an edge, as large as the face is.

The shade goes into the skin by soft light: it takes the skin's colour with it, so pores and freckles stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.mirror.anatomy import SIDES, Side
from edge.mirror.masks import Part, blend, part_around
from edge.mirror.tables import lightened, softly_lit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.face import Face
    from edge.mirror.light import Light
    from edge.mirror.tone import Tone

LONG, WIDE = 0.27, 0.17
"""How far it reaches from its middle towards the temple and across, in widths between the eyes, to a third of its strength."""

UP = 0.22
"""Its middle lies that far on the way from the apple to the temple."""

COVER = 0.8
GLOW = {"matte": 0.0, "satin": 0.08, "gloss": 0.2}


def paint_cheeks(picture: NDArray[np.uint8], face: Face, tone: Tone, light: Light) -> None:
    """Put blush on both cheeks, in place."""
    for side in SIDES:
        if (seen := face.side(side)) > 0:
            _paint(picture, face, side, tone.fainter(seen), light)


def _paint(picture: NDArray[np.uint8], face: Face, side: Side, tone: Tone, light: Light) -> None:
    apple, temple = face.curve(side.apple).mean(axis=0), face.points[side.temple, :2]
    centre = (apple + UP * (temple - apple)).astype(np.float32)
    part = part_around(centre[None], 2.2 * LONG * face.scale, (picture.shape[1], picture.shape[0]))
    if part is None:
        return
    across = _width(face, side)
    pixels, mask = part.of(picture), _oval(part, centre, temple - apple, (LONG * face.scale * across, WIDE * face.scale))
    blend(pixels, np.asarray(cv2.LUT(pixels, softly_lit(tone.colour.bgr)), np.uint8), mask * np.float32(COVER * tone.strength))
    if GLOW[tone.finish]:
        lamp = 1 + 0.5 * side.turned * light.from_right
        high = centre - np.array((0, 0.6 * WIDE * face.scale), dtype=np.float32)
        glow = _oval(part, high, temple - apple, (0.6 * LONG * face.scale * across, 0.4 * WIDE * face.scale))
        table = lightened((0.8, 0.85, 0.9))
        blend(pixels, np.asarray(cv2.LUT(pixels, table), np.uint8), glow * np.float32(GLOW[tone.finish] * tone.strength * lamp))


def _width(face: Face, side: Side) -> float:
    """How much of its width a turned cheek shows, at least a third."""
    return float(min(max(np.cos(np.radians(side.turned * face.yaw_deg)), 0.35), 1.0))


def _oval(part: Part, centre: NDArray[np.float32], along: NDArray[np.float32], size: tuple[float, float]) -> NDArray[np.float32]:
    """A hill that lies along a direction, at a quarter of the resolution and then smoothly enlarged: it has no detail."""
    width, height = part.right - part.left, part.bottom - part.top
    x = np.linspace(part.left, part.right - 1, max(width // 4, 2), dtype=np.float32)[None] - centre[0]
    y = np.linspace(part.top, part.bottom - 1, max(height // 4, 2), dtype=np.float32)[:, None] - centre[1]
    cosine, sine = along / max(float(np.linalg.norm(along)), 1e-3)
    far = ((x * cosine + y * sine) / size[0]) ** 2 + ((y * cosine - x * sine) / size[1]) ** 2
    # To nothing where the part ends, not to a thousandth.
    hill = np.maximum(np.exp(-far) - np.float32(0.02), 0) * np.float32(1 / 0.98)
    return np.asarray(cv2.resize(hill, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
