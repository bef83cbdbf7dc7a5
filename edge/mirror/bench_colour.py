"""Whether lipstick on a photo has the shade's colour and still is a lip, and whether anything else has changed.

Measured on every pixel that is covered in full, at full intensity, matte, in the light of the swatch. How a lip goes up and
down in L* is told in two ways: on the whole, and within two millimetres – its folds, without the shade that the lamp throws
over it. In soft light both stay. Where a hard lamp from one side makes more of the whole than EVEN_L, a lip that kept all of
that could not have the shade's colour: of a spread of 16 seven tenths are 11, and ΔE00 to any swatch 8. There the folds tell
whether it is makeup or paint.
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

SWATCHES = ("#a3283c", "#6e1423", "#c94f5d", "#b5655a", "#5c2340", "#d6336c", "#d98a80", "#7a4636")
"""A red, a dark red, a coral, a nude, a plum, a bright pink, a pale pink, a brown."""

EVEN_L = 11.0
"""A bare lip whose L* spreads less is in soft light."""

FOLD = 0.02
"""Two millimetres, in widths between the eyes."""

AWAY = 1.25
"""What is further from the middle of the face than its outline by this factor is background."""

Painter = Callable[[NDArray[np.uint8], Look], NDArray[np.uint8]]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourFigures:
    """``delta_e00``: mean difference of lip and swatch, ``worst_e00`` that of the worst swatch. ``bare_l``: how far L* of
    the bare lip spreads; ``deviation``: how much of that stays, ``texture``: how much of its folds, both with the worst swatch.

    ``teeth_e00``, ``eyes_e00``, ``background_e00``: how far they have changed with four layers on; None where none is seen.
    """

    delta_e00: float
    worst_e00: float
    bare_l: float
    deviation: float
    texture: float
    teeth_e00: float | None
    eyes_e00: float | None
    background_e00: float | None


def measure_colour(photo: NDArray[np.uint8], face: Face, paint: Painter, full_look: Look) -> ColourFigures:
    """Paint a photo with each swatch, and with a whole look, and compare."""
    bare = lab_of_screen(photo)
    lips, within = lips_of(photo, face), FOLD * face.scale
    spread, folds = _spread(bare, lips, within)
    differences, deviations, textures = [], [], []
    for swatch in SWATCHES:
        shade = Shade(sku=swatch, region="lips", finish="matte", srgb=swatch)
        painted = lab_of_screen(paint(photo.copy(), (Worn(shade=shade, intensity_percent=100),)))
        differences.append(float(delta_e00(painted[lips], colour_of(shade).lab).mean()))
        all_of_it, in_folds = _spread(painted, lips, within)
        deviations.append(all_of_it / spread)
        textures.append(in_folds / folds)
    worn = lab_of_screen(paint(photo.copy(), full_look))
    teeth, eyes, background = (
        float(delta_e00(worn[mask], bare[mask]).mean()) if mask.any() else None for mask in untouched(photo, face)
    )
    return ColourFigures(
        delta_e00=float(np.mean(differences)),
        worst_e00=max(differences),
        bare_l=spread,
        deviation=min(deviations),
        texture=min(textures),
        teeth_e00=teeth,
        eyes_e00=eyes,
        background_e00=background,
    )


def _spread(lab: NDArray[np.float32], lips: Mask, within_px: float) -> tuple[float, float]:
    """Standard deviation of L* in the lips: of all, and of what is left without the mean of the lip around each pixel."""
    weight, lightness = lips.astype(np.float32), np.where(lips, lab[..., 0], 0).astype(np.float32)
    around = cv2.GaussianBlur(lightness, (0, 0), within_px) / (cv2.GaussianBlur(weight, (0, 0), within_px) + np.float32(1e-4))
    return float(lab[lips][:, 0].std()), float((lightness - around)[lips].std())


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


def lips_of(photo: NDArray[np.uint8], face: Face) -> Mask:
    """Which pixels lipstick covers in full."""
    outline = np.concatenate((face.curve(LIP_TOP), face.curve(LIP_BOTTOM)))
    return (lip_mask(face, _whole(photo)) > 0.97) & _inside(photo, [(outline[:11], outline[11:])])


def _inside(photo: NDArray[np.uint8], pairs: Iterable[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> Mask:
    masks = [filled(_whole(photo), (smooth(top), smooth(bottom)[::-1])) for top, bottom in pairs]
    return np.asarray(np.max(masks, axis=0) > 0.99)


def _whole(photo: NDArray[np.uint8]) -> Part:
    return Part(left=0, top=0, right=photo.shape[1], bottom=photo.shape[0])
