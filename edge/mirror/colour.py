"""A shade's colour as numbers: without it a lipstick given in the Lab of a printer would be another red on the screen.

colour_of(Shade(sku="r1", region="lips", srgb="#a3283c")).lab == (37.2, 50.7, 18.9)     D65, as cv2 has it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.mirror.shades import Shade

D65 = np.array((0.95047, 1.0, 1.08883))
D50 = np.array((0.96422, 1.0, 0.82521))
D50_TO_D65 = np.array(
    ((0.9555766, -0.0230393, 0.0631636), (-0.0282895, 1.0099416, 0.0210077), (0.0122982, -0.0204830, 1.3299098))
)
"""Bradford's adaptation of XYZ (ICC.1:2022, annex E)."""

SRGB_TO_XYZ = np.array(((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041)))
"""IEC 61966-2-1, white D65."""

XYZ_TO_SRGB = np.linalg.inv(SRGB_TO_XYZ)
EPSILON, KAPPA = 216 / 24389, 24389 / 27
"""Where CIE Lab goes from the cube root to a line (CIE 15:2018, §8.2.1)."""


class NoColour(Exception):
    """A shade says no colour, so it cannot be worn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """``lab``: CIE Lab, D65. ``bgr``: what a screen shows, 0 to 1; what no screen can show is cut off."""

    lab: tuple[float, float, float]
    bgr: tuple[float, float, float]


def colour_of(shade: Shade) -> Colour:
    """The colour of a shade. Raises NoColour."""
    if shade.srgb is not None:
        rgb = np.array([int(shade.srgb[at : at + 2], 16) for at in (1, 3, 5)]) / 255
        return _colour(SRGB_TO_XYZ @ linear(rgb))
    if shade.lab is not None:
        return colour_of_lab(shade.lab) if shade.white == "d65" else _colour(D50_TO_D65 @ _xyz(shade.lab, D50))
    raise NoColour(f"shade {shade.sku}: has neither srgb nor lab; give it one of them in the shades document")


def colour_of_lab(lab: tuple[float, float, float]) -> Colour:
    """A colour of CIE Lab, D65."""
    return _colour(_xyz(lab, D65))


def linear(encoded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Light from sRGB, both 0 to 1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """SRGB from light; what no screen can show is cut off."""
    cut = np.clip(light, 0, 1)
    return np.where(cut <= 0.0031308, cut * 12.92, 1.055 * cut ** (1 / 2.4) - 0.055)


def _colour(xyz: NDArray[np.float64]) -> Colour:
    blue, green, red = encoded(XYZ_TO_SRGB @ xyz)[::-1].tolist()
    return Colour(lab=_lab(xyz), bgr=(blue, green, red))


def _lab(xyz: NDArray[np.float64]) -> tuple[float, float, float]:
    ratio = xyz / D65
    x, y, z = np.where(ratio > EPSILON, np.cbrt(ratio), (KAPPA * ratio + 16) / 116).tolist()
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _xyz(lab: tuple[float, float, float], white: NDArray[np.float64]) -> NDArray[np.float64]:
    y = (lab[0] + 16) / 116
    root = np.array((y + lab[1] / 500, y, y - lab[2] / 200))
    cube = root**3
    return white * np.where(cube > EPSILON, cube, (116 * root - 16) / KAPPA)
