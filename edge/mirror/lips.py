"""Lipstick: the lips take the shade's colour and keep their own folds and shadows; teeth stay free.

Lightness becomes the shade's, and what each pixel is lighter or darker than the lip stays; the hue is the shade's, paler in the
shadow. Satin lets the lip's own highlights through. Gloss adds to them, and a wet streak on the side where the lamp is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.mirror.anatomy import LIP_BOTTOM, LIP_TOP, MOUTH_BOTTOM, MOUTH_TOP
from edge.mirror.face import ramp
from edge.mirror.masks import Part, blend, feathered, filled, part_around, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.face import Face
    from edge.mirror.light import Light
    from edge.mirror.tone import Tone

FEATHER = 0.018
"""Of the width between the eyes: a millimetre and a half, as a lipstick's edge."""

TEXTURE = {"matte": 0.75, "satin": 0.85, "gloss": 0.95}
"""How much of the lip's own light and shade stays."""

SHINE = {"matte": 0.0, "satin": 0.25, "gloss": 0.8}
"""How much brighter its highlights become."""

STREAK = {"matte": 0.0, "satin": 6.0, "gloss": 24.0}
"""L* of a wet streak in its middle."""

OWN_HUE = 0.3
VALUES_L = np.arange(256) * (100 / 255)
CORE = 0.9
"""Of what is covered less the colour is not the lip's alone."""

SOFT_LIGHT = 6.0
"""How far L* of a lip deviates in even light. In harder light the middle tones are evened out, while its lights and its shadows
stay: with the lamp's contrast on every pixel no lip would show the shade."""

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
    painted = _painted(pixels, mask, tone, _streak(face, part, light))
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


def _painted(pixels: NDArray[np.uint8], mask: NDArray[np.float32], tone: Tone, streak: NDArray[np.float32]) -> NDArray[np.uint8]:
    lab = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2Lab))
    core = (mask > CORE).astype(np.float32)
    share = core / max(float(core.sum()), 1.0)
    curve = _curve(np.bincount(lab[..., 0].ravel(), share.ravel(), 256).astype(np.float64), tone)
    lightness, a, b = tone.colour.lab
    bright = curve.bright[lab[..., 0]]
    if STREAK[tone.finish]:
        bright = bright + streak * np.float32(STREAK[tone.finish]) * np.clip(1 + curve.own[lab[..., 0]] / 25, 0.3, 1.6)
    target = curve.target[lab[..., 0]]
    # Pigment in the shadow is paler too; in a highlight the lamp's white lies over it.
    depth = np.sqrt(np.clip(target / max(lightness, 1.0), 0.45, 1.1)) * (1 - np.clip(bright / 60, 0, 0.7))
    hues = lab[..., 1:].astype(np.float32)
    own = np.float32(OWN_HUE) * (hues - np.einsum("ij,ijk->k", share, hues))
    out = np.dstack((np.clip(target + bright, 0, 100), a * depth + own[..., 0], b * depth + own[..., 1])).astype(np.float32)
    painted = cv2.cvtColor(out, cv2.COLOR_Lab2BGR)
    return np.asarray(cv2.convertScaleAbs(painted, alpha=255), dtype=np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Curve:
    """For each of the 256 values of lightness: ``own``, how much lighter than the lip it is; ``target``, what it becomes;
    ``bright``, what shine adds."""

    own: NDArray[np.float32]
    target: NDArray[np.float32]
    bright: NDArray[np.float32]


def _curve(share: NDArray[np.float64], tone: Tone) -> _Curve:
    """``share``: how much of the lip has each value. Its deviation becomes TEXTURE of what it was, its mean the shade's."""
    own = VALUES_L - float(share @ VALUES_L)
    spread = max(float(np.sqrt(share @ own**2)), 1.0)
    power = min(max(1 + (spread - SOFT_LIGHT) / 7, 1.0), 2.6)
    size = np.abs(own) / spread
    bent = np.sign(own) * np.where(size < 2, size**power, 2**power + size - 2)
    bent -= float(share @ bent)
    kept = TEXTURE[tone.finish] * spread / max(float(np.sqrt(share @ bent**2)), 1e-3)
    return _Curve(
        own=own.astype(np.float32),
        target=(tone.colour.lab[0] + kept * bent).astype(np.float32),
        bright=(SHINE[tone.finish] * np.maximum(own - spread, 0)).astype(np.float32),
    )


def _streak(face: Face, part: Part, light: Light) -> NDArray[np.float32]:
    """Where the lower and the upper lip are fullest, towards the lamp."""
    mask = np.zeros((part.bottom - part.top, part.right - part.left), dtype=np.float32)
    corner = np.array((part.left, part.top), dtype=np.float32)
    for outer, inner, at in ((LIP_BOTTOM, MOUTH_BOTTOM, 0.42), (LIP_TOP, MOUTH_TOP, 0.5)):
        line = smooth((1 - at) * face.curve(outer) + at * face.curve(inner)) - corner
        middle = len(line) / 2 + light.from_right * len(line) * 0.18
        thick = float(np.linalg.norm(face.points[outer[5], :2] - face.points[inner[5], :2]))
        along = np.exp(-(((np.arange(len(line) - 1) + 0.5 - middle) / (len(line) * 0.13)) ** 2))
        for start, end, bright in zip(line[:-1], line[1:], along, strict=True):
            if bright > 0.05:
                ends = [tuple(int(each) for each in np.round(spot * 16)) for spot in (start, end)]
                cv2.line(mask, ends[0], ends[1], (float(bright),), max(1, round(thick * 0.22)), cv2.LINE_AA, 4)
        mask = feathered(mask, max(thick * 0.12, 0.6))
    return mask
