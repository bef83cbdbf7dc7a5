"""Foundation: the face takes the shade's tone and keeps its shadows and pores; eyes, lips and brows stay as they are.

Every pixel is changed by the same ratio of light, that between the bare skin as it is seen and a tone on the way to the shade.
Matte takes the shine off the skin, gloss leaves more of it than there was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.mirror.anatomy import LIP_BOTTOM, LIP_TOP, OVAL, SIDES
from edge.mirror.colour import colour_of_lab
from edge.mirror.masks import Part, blend, filled, part_around, sized
from edge.mirror.tables import shifted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.mirror.face import Face
    from edge.mirror.light import Light
    from edge.mirror.tone import Tone

COVER = 0.62
"""Foundation is sheer: at full intensity two fifths of the skin's own tone shows through."""

FURTHEST_L = 9.0
"""A shade that is much darker or lighter than the skin gives it its hue; nobody's face becomes another's."""

FEATHER = 0.06
"""The edge towards hair and neck, in widths between the eyes."""

HOLE = 0.03
"""The edge around eyes and lips."""

CONTRAST = {"matte": 0.72, "satin": 0.95, "gloss": 1.18}
COARSE = 4
NEXT = np.ones((3, 3), dtype=np.uint8)
Lab = tuple[float, float, float]


def paint_skin(picture: NDArray[np.uint8], face: Face, tone: Tone, light: Light) -> None:
    """Put foundation on the face, in place."""
    part = part_around(face.curve(OVAL), 2 * FEATHER * face.scale, (picture.shape[1], picture.shape[0]))
    if part is None:
        return
    pixels = part.of(picture)
    table = shifted(light.skin_bgr, colour_of_lab(_on_the_way(light.skin, tone.colour.lab)).bgr, CONTRAST[tone.finish])
    blend(pixels, np.asarray(cv2.LUT(pixels, table), np.uint8), skin_mask(face, part) * np.float32(tone.strength))


def _on_the_way(skin: Lab, shade: Lab) -> Lab:
    lighter, redder, yellower = (COVER * (wanted - bare) for bare, wanted in zip(skin, shade, strict=True))
    return skin[0] + min(max(lighter, -FURTHEST_L), FURTHEST_L), skin[1] + redder, skin[2] + yellower


def skin_mask(face: Face, part: Part) -> NDArray[np.float32]:
    """The face without eyes, lips and brows; drawn at a quarter of the size, for its edges are soft."""
    width, height = part.right - part.left, part.bottom - part.top
    coarse = Part(left=0, top=0, right=-(-width // COARSE), bottom=-(-height // COARSE))
    corner = np.array((part.left, part.top), dtype=np.float32)

    def drawn(curves: Sequence[NDArray[np.float32]], feather: float) -> NDArray[np.float32]:
        small = [((curve - corner + 0.5) / COARSE - 0.5).astype(np.float32) for curve in curves]
        return filled(coarse, small, feather * face.scale / COARSE)

    # A feather goes on for ever; a hundredth of a shade is still seen on a white wall.
    mask = np.maximum(drawn([sized(face.curve(OVAL), 0.94)], FEATHER) - np.float32(0.02), 0) * np.float32(1 / 0.98)
    mask *= 1 - drawn([sized(np.concatenate((face.curve(LIP_TOP), face.curve(LIP_BOTTOM)[::-1])), 1.1)], HOLE)
    for side in SIDES:
        eye = sized(np.concatenate((face.curve(side.lid), face.curve(side.below)[::-1])), 1.25)
        brow = np.concatenate((face.curve(side.brow_top), face.curve(side.brow_bottom)[::-1]))
        mask *= (1 - drawn([eye], HOLE)) * (1 - 0.6 * drawn([brow], HOLE))
    large = np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
    for side in SIDES:
        _cut(large, part, (face.curve(side.lid), face.curve(side.below)[::-1]))
    _cut(large, part, (face.curve(LIP_TOP), face.curve(LIP_BOTTOM)[::-1]))
    return large


def _cut(mask: NDArray[np.float32], part: Part, curves: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
    """Eyes and lips once more and sharply, with a pixel around them: what was soft has no place inside."""
    hole = part_around(np.concatenate(curves), 2, (part.right, part.bottom))
    if hole is None:
        return
    inside = Part(left=max(hole.left, part.left), top=max(hole.top, part.top), right=hole.right, bottom=hole.bottom)
    rows = slice(inside.top - part.top, inside.bottom - part.top)
    mask[rows, inside.left - part.left : inside.right - part.left] *= 1 - cv2.dilate(filled(inside, curves), NEXT)
