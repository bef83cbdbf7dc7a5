"""How pigment lies on a lip: without it lipstick would be a flat cut-out, or the lamp beside the shopper would choose its colour.

A bare lip is lighter and darker in two ways. Its folds, two millimetres wide, stay: they make it a lip. Over its roundness lies
the shade that the lamp throws; it stays too, as long as the lip is near its colour on the whole. In hard light from one side
that shade gives way, first in the middle tones, so that the light and the dark end of the lip are still seen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.shades import Finish
    from edge.mirror.tone import Tone

    Plane = NDArray[np.float32]

FOLDS = {"matte": 0.85, "satin": 0.9, "gloss": 0.95}
"""How much of the lip's folds stays."""

SHADE = {"matte": 0.74, "satin": 0.82, "gloss": 0.92}
"""How much of the lamp's shade stays at most."""

BESIDE_L = {"matte": 5.5, "satin": 6.0, "gloss": 7.0}
"""L* by which a lip of middle lightness may lie beside its swatch on average; the hue has its part in the difference, too."""

EYE = 0.01
"""By how much less a difference is seen for each L* that both are darker or lighter (CIEDE2000)."""

FOLD = 0.02
"""What goes up and down within this, in widths between the eyes, is a fold: two millimetres."""

SOFT_L = 6.0
"""How far L* of a lip deviates in soft light."""

UNEVEN = 0.25
"""By how much the middle tones are evened out for each L* beyond that, and no further than HARDEST."""

HARDEST = 2.4
LEAST = 0.15
"""Without any shade a lip would have no roundness."""

OWN_HUE = {"matte": 0.12, "satin": 0.2, "gloss": 0.3}
"""How much of the lip's own variation in hue shows through."""

SHINE = {"matte": 0.0, "satin": 0.3, "gloss": 0.8}
"""How much brighter the lip's own highlights become."""

COARSE_PX = 1.6
"""What is slower than this is looked for in half the resolution."""

CORE = 0.97
"""Of what is covered less the colour is not the lip's alone."""

FEW = 30
"""A lip in the distance that has no more such pixels is taken as a whole."""

BLACK_L = 1.0
PALE_L = 70.0
"""So much lighter than the shade nothing is left of its hue: the lamp's white lies over it."""


def laid_on(pixels: NDArray[np.uint8], mask: Plane, tone: Tone, scale: float, wet: Plane | None) -> NDArray[np.uint8]:
    """The pixels (height × width × 3, BGR) with pigment all over; ``mask`` says where the lip is, ``wet`` adds L* to it."""
    own, redder, yellower = (each.astype(np.float32) for each in cv2.split(cv2.cvtColor(pixels, cv2.COLOR_BGR2Lab)))
    core = (mask > CORE).astype(np.float32)
    share = _parts(core if float(core.sum()) > FEW else mask)
    own *= np.float32(100 / 255)
    own, redder, yellower = (each - np.float32(_mean(share, each)) for each in (own, redder, yellower))
    shade = _slow(own, mask, FOLD * scale)
    lightness, a, b = tone.colour.lab
    lies = np.float32(lightness) + _above_black(_kept(shade, own - shade, share, tone), share, lightness)
    bright = _bright(own, share, tone.finish, wet)
    # In the shadow pigment is paler too.
    full = cv2.sqrt(np.clip((lies + 16) * np.float32(1 / (lightness + 16)), 0.2, 1.3))
    lies += bright
    full *= 1 - np.clip((lies - np.float32(lightness)) * np.float32(1 / PALE_L), 0, 0.7)
    hues = OWN_HUE[tone.finish]
    mixed = (np.clip(lies, 0, 100), hues * redder + np.float32(a) * full, hues * yellower + np.float32(b) * full)
    painted = cv2.cvtColor(cv2.merge([each.astype(np.float32, copy=False) for each in mixed]), cv2.COLOR_Lab2BGR)
    return np.asarray(cv2.convertScaleAbs(painted, alpha=255), dtype=np.uint8)


def _parts(weight: Plane) -> Plane:
    return np.asarray(weight / np.float32(max(float(weight.sum()), 1e-3)), dtype=np.float32)


def _mean(share: Plane, values: Plane) -> float:
    return float(np.vdot(share, values))


def _slow(own: Plane, mask: Plane, within_px: float) -> Plane:
    """What changes slowly in the lip; the skin around it has no part in that."""
    both = cv2.merge((own * mask, mask))
    size = (own.shape[1], own.shape[0])
    if within_px > COARSE_PX:
        both = cv2.resize(both, (-(-size[0] // 2), -(-size[1] // 2)), interpolation=cv2.INTER_AREA)
        within_px /= 2
    blurred = cv2.GaussianBlur(both, (0, 0), max(within_px, 0.8))
    shade = blurred[..., 0] / (blurred[..., 1] + np.float32(1e-3))
    return np.asarray(cv2.resize(shade, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _kept(shade: Plane, folds: Plane, share: Plane, tone: Tone) -> Plane:
    """By how much of L* each pixel is to be beside the shade's."""
    finish = tone.finish
    spread = math.sqrt(_mean(share, np.square(shade + folds)))
    size = max(math.sqrt(_mean(share, np.square(shade))), 0.5)
    power = min(1 + UNEVEN * max(spread - SOFT_L, 0.0), HARDEST)
    # From twice the usual on as it is.
    far = np.minimum(np.abs(shade) * np.float32(0.5 / size), 1)
    bent = shade * cv2.pow(far, power - 1)
    bent -= _mean(share, bent)
    bent *= size / max(math.sqrt(_mean(share, np.square(bent))), 1e-3)
    kept, bent = FOLDS[finish] * folds, np.asarray(SHADE[finish] * bent, dtype=np.float32)
    beside = BESIDE_L[finish] * (1 + EYE * abs(tone.colour.lab[0] - 50))
    return np.asarray(kept + _as_much(kept, bent, share, beside) * bent, dtype=np.float32)


def _as_much(kept: Plane, bent: Plane, share: Plane, beside: float) -> np.float32:
    """How much of ``bent`` can be added before the sum is on average further than ``beside`` from nothing; 1 at most."""
    whole = kept + bent
    far, spread = _mean(share, np.abs(whole)), _mean(share, np.square(whole))
    if far <= beside:
        return np.float32(1)
    # The mean grows as the root of the mean square does, which is a parabola of the part that is added.
    squares = _mean(share, np.square(bent)), _mean(share, kept * bent), _mean(share, np.square(kept))
    under = squares[1] ** 2 - squares[0] * (squares[2] - spread * (beside / far) ** 2)
    return np.float32(min(max((math.sqrt(max(under, 0.0)) - squares[1]) / max(squares[0], 0.01), LEAST), 1.0))


def _above_black(beside: Plane, share: Plane, lightness: float) -> Plane:
    """The same spread, and nothing darker than black: folds of a dark shade are not as deep, its lights are brighter."""
    room = max(lightness - BLACK_L, 4.0)
    wanted = math.sqrt(_mean(share, np.square(beside)))
    bent = beside
    for _ in range(2):
        under = np.minimum(beside, 0)
        bent = beside - under + np.float32(room) * (cv2.exp(under * np.float32(1 / room)) - 1)
        bent -= np.float32(_mean(share, bent))
        beside = beside * np.float32(wanted / max(math.sqrt(_mean(share, np.square(bent))), 1e-3))
    return np.asarray(bent, dtype=np.float32)


def _bright(own: Plane, share: Plane, finish: Finish, wet: Plane | None) -> Plane:
    """L* that shine adds: to the lip's own highlights, and where it is wet, less so in its folds."""
    spread = math.sqrt(_mean(share, np.square(own)))
    bright = np.float32(SHINE[finish]) * np.maximum(own - np.float32(spread), 0)
    if wet is not None:
        bright += wet * np.clip(1 + own / 25, 0.3, 1.6)
    return np.asarray(bright, dtype=np.float32)
