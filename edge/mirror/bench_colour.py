"""Whether lipstick on a photo has the shade's colour and still is a lip, and whether anything else has changed.

Measured on every pixel that is covered in full, at full intensity, matte, in the light of the swatch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.mirror.anatomy import LIP_BOTTOM, LIP_TOP, MOUTH_BOTTOM, MOUTH_TOP, OVAL, SIDES
from edge.mirror.ciede2000 import delta_e00
from edge.mirror.colour import colour_of
from edge.mirror.face import Face
from edge.mirror.lips import OPEN, gap, lip_mask
from edge.mirror.masks import Part, filled, smooth
from edge.mirror.shades import Shade
from edge.mirror.words import Look, Worn

SWATCHES = ("#a3283c", "#c94f5d", "#b5655a", "#7b2d43", "#d98a80", "#8c3b32")
"""A red, a coral, a nude, a plum, a pink, a brown."""

AWAY = 1.25
"""What is further from the middle of the face than its outline by this factor is background."""

Painter = Callable[[NDArray[np.uint8], Look], NDArray[np.uint8]]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourFigures:
    """``delta_e00``: mean difference of lip and swatch. ``texture``: the lip's deviation of L* against the bare lip's, the least.

    ``teeth_e00``, ``eyes_e00``, ``background_e00``: how far they have changed with four layers on; None where none is seen.
    """

    delta_e00: float
    texture: float
    teeth_e00: float | None
    eyes_e00: float | None
    background_e00: float | None


def measure_colour(photo: NDArray[np.uint8], face: Face, paint: Painter, full_look: Look) -> ColourFigures:
    """Paint a photo with each swatch, and with a whole look, and compare."""
    bare = lab_of_screen(photo)
    lips = _lips(photo, face)
    differences, textures = [], []
    for swatch in SWATCHES:
        shade = Shade(sku=swatch, region="lips", finish="matte", srgb=swatch)
        painted = lab_of_screen(paint(photo.copy(), (Worn(shade=shade, intensity_percent=100),)))
        differences.append(float(delta_e00(painted[lips], colour_of(shade).lab).mean()))
        textures.append(float(painted[lips][:, 0].std() / bare[lips][:, 0].std()))
    worn = lab_of_screen(paint(photo.copy(), full_look))
    teeth, eyes, background = (
        float(delta_e00(worn[mask], bare[mask]).mean()) if mask.any() else None for mask in untouched(photo, face)
    )
    return ColourFigures(
        delta_e00=float(np.mean(differences)), texture=min(textures), teeth_e00=teeth, eyes_e00=eyes, background_e00=background
    )


def untouched(photo: NDArray[np.uint8], face: Face) -> tuple[Mask, Mask, Mask]:
    """Where teeth, eyes and the background are."""
    teeth = _inside(photo, [(face.curve(MOUTH_TOP), face.curve(MOUTH_BOTTOM))]) & (gap(face) > OPEN[1])
    eyes = _inside(photo, [(face.curve(side.lid), face.curve(side.below)) for side in SIDES])
    outline = face.curve(OVAL)
    middle = outline.mean(axis=0)
    around = filled(_whole(photo), [(middle + np.float32(AWAY) * (outline - middle)).astype(np.float32)])
    return teeth, eyes, around < 0.01


def lab_of_screen(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """CIE Lab, D65, in full precision."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2Lab), dtype=np.float32)


def _lips(photo: NDArray[np.uint8], face: Face) -> Mask:
    outline = np.concatenate((face.curve(LIP_TOP), face.curve(LIP_BOTTOM)))
    return (lip_mask(face, _whole(photo)) > 0.97) & _inside(photo, [(outline[:11], outline[11:])])


def _inside(photo: NDArray[np.uint8], pairs: Iterable[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> Mask:
    masks = [filled(_whole(photo), (smooth(top), smooth(bottom)[::-1])) for top, bottom in pairs]
    return np.asarray(np.max(masks, axis=0) > 0.99)


def _whole(photo: NDArray[np.uint8]) -> Part:
    return Part(left=0, top=0, right=photo.shape[1], bottom=photo.shape[0])
