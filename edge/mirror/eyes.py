"""Eye shadow: between the lid and the brow, darkest at the lashes, gone before the brow; the eye itself stays free.

The shade is multiplied into the skin, as powder is. Satin and gloss lie as pearl on the middle of the lid, towards the lamp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.mirror.anatomy import SIDES, Side
from edge.mirror.colour import linear
from edge.mirror.masks import Part, blend, feathered, filled, part_around, smooth
from edge.mirror.tables import lightened, multiplied

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.face import Face
    from edge.mirror.light import Light
    from edge.mirror.tone import Tone

BANDS = ((0.30, 0.40), (0.52, 0.34), (0.74, 0.26))
"""How far each band reaches from the lashes to the brow, and how much it adds."""

WING = 0.13
"""How far the shade goes on beyond the outer corner, in widths of the eye."""

INNER = 0.45
"""How much of the shade there is at the corner beside the nose; a brush begins at the other."""

GLARE_L = (16.0, 34.0)
"""L* above the skin's at which a lid begins and ends to be a reflection on spectacles: no shade lies on that."""

GREY_L = (116 * np.cbrt(linear(np.linspace(0, 1, 256))) - 16).astype(np.float32)
"""CIE L* of the 256 values of grey, but for the darkest."""

FEATHER = 0.035
COARSE = 2
COVER = 0.9
PEARL = {"matte": 0.0, "satin": 0.3, "gloss": 0.6}


def paint_eyes(picture: NDArray[np.uint8], face: Face, tone: Tone, light: Light) -> None:
    """Put eye shadow on both lids, in place."""
    for side in SIDES:
        if (seen := face.side(side)) > 0:
            _paint(picture, face, side, tone.fainter(seen), light)


def _paint(picture: NDArray[np.uint8], face: Face, side: Side, tone: Tone, light: Light) -> None:
    lid, reach = _curves(face, side)
    part = part_around(np.concatenate((lid, reach)), 3 * FEATHER * face.scale, (picture.shape[1], picture.shape[0]))
    if part is None:
        return
    pixels = part.of(picture)
    eye = 1 - filled(part, (smooth(face.curve(side.lid)), smooth(face.curve(side.below))[::-1]))
    eye *= cv2.LUT(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), _no_glare(light.skin[0]))
    shadow = _shadow(face, part, lid, reach)
    blend(
        pixels,
        np.asarray(cv2.LUT(pixels, multiplied(tone.colour.bgr)), np.uint8),
        shadow * eye * np.float32(COVER * tone.strength),
    )
    if PEARL[tone.finish]:
        pearl = _pearl(part, lid, reach, light) * eye * np.float32(PEARL[tone.finish] * tone.strength)
        half = tuple(0.35 + 0.5 * each for each in tone.colour.bgr)
        blend(pixels, np.asarray(cv2.LUT(pixels, lightened((half[0], half[1], half[2]))), np.uint8), pearl)


def _curves(face: Face, side: Side) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The lashes and the brow's lower edge, both with as many points, drawn out at the outer corner."""
    lid, brow = face.curve(side.lid).copy(), face.curve(side.brow_bottom)
    steps = np.linspace(0, len(brow) - 1, len(lid))
    over = np.stack([np.interp(steps, np.arange(len(brow)), brow[:, axis]) for axis in (0, 1)], axis=1).astype(np.float32)
    lid[0] += WING * (lid[0] - lid[-1]) + 0.25 * WING * (over[0] - lid[0])
    return smooth(lid), smooth(over)


def _shadow(face: Face, part: Part, lid: NDArray[np.float32], brow: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where the shade lies, drawn at half the size, for it has no edge; the eye is still in it."""
    width, height = part.right - part.left, part.bottom - part.top
    coarse = Part(left=0, top=0, right=-(-width // COARSE), bottom=-(-height // COARSE))
    corner = np.array((part.left, part.top), dtype=np.float32)
    low, high = (((curve - corner + 0.5) / COARSE - 0.5).astype(np.float32) for curve in (lid, brow))
    mask = np.zeros((coarse.bottom, coarse.right), dtype=np.float32)
    for reach, adds in BANDS:
        mask += np.float32(adds) * filled(coarse, (low, (low + np.float32(reach) * (high - low))[::-1]))
    mask = feathered(mask * _inwards(coarse, low), FEATHER * face.scale / COARSE)
    return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _inwards(part: Part, lid: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 over the outer half of the eye, INNER at its other corner."""
    (left, top), along = lid[0], lid[-1] - lid[0]
    x = np.arange(part.left, part.right, dtype=np.float32)[None] - left
    y = np.arange(part.top, part.bottom, dtype=np.float32)[:, None] - top
    way = (x * along[0] + y * along[1]) / max(float(along @ along), 1e-3)
    return np.asarray(1 - (1 - INNER) * np.clip(2 * way - 1, 0, 1), dtype=np.float32)


def _no_glare(skin_l: float) -> NDArray[np.float32]:
    """For each of the 256 values of grey, how much shade can lie on it."""
    share = np.clip((GLARE_L[1] + skin_l - GREY_L) / (GLARE_L[1] - GLARE_L[0]), 0, 1)
    return np.asarray(share, dtype=np.float32)


def _pearl(part: Part, lid: NDArray[np.float32], brow: NDArray[np.float32], light: Light) -> NDArray[np.float32]:
    """A round spot above the middle of the lashes."""
    middle = len(lid) // 2
    centre = lid[middle] + 0.3 * (brow[middle] - lid[middle])
    width = float(np.linalg.norm(lid[-1] - lid[0]))
    across = np.arange(part.left, part.right, dtype=np.float32) - centre[0] - np.float32(0.12 * width * light.from_right)
    down = np.arange(part.top, part.bottom, dtype=np.float32) - centre[1]
    return np.asarray(np.exp(-((down / (0.11 * width)) ** 2))[:, None] * np.exp(-((across / (0.24 * width)) ** 2))[None])
