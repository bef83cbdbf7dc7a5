"""The colour of a shade's button: screens speak sRGB, headquarters may have measured Lab."""

from __future__ import annotations

from edge.mirror.shades import Lab, Shade

WHITES = {"d50": (0.9642, 1.0, 0.8251), "d65": (0.9505, 1.0, 1.089)}
"""CIE XYZ of white, 2 degrees."""

TO_D65 = ((0.9555766, -0.0230393, 0.0631636), (-0.0282895, 1.0099416, 0.0210077), (0.0122982, -0.0204830, 1.3299098))
"""Bradford, from D50. (brucelindbloom.com, Chromatic Adaptation)"""

TO_RGB = ((3.2406, -1.5372, -0.4986), (-0.9689, 1.8758, 0.0415), (0.0557, -0.2040, 1.0570))
"""IEC 61966-2-1, from XYZ of D65."""

EPSILON = 6 / 29


def swatch_of(shade: Shade) -> str:
    """``#a3283c``; empty for a shade without a colour."""
    return (shade.swatch or shade.srgb or ("" if shade.lab is None else _hex(shade.lab, shade.white))).lower()


def _hex(lab: Lab, white: str) -> str:
    lightness, a, b = lab
    y = (lightness + 16) / 116
    xyz = [_cubed(part) * scale for part, scale in zip((y + a / 500, y, y - b / 200), WHITES[white], strict=True)]
    rgb = _times(TO_RGB, _times(TO_D65, xyz) if white == "d50" else xyz)
    return "#" + "".join(f"{round(255 * _encoded(part)):02x}" for part in rgb)


def _cubed(part: float) -> float:
    """CIE 15: the inverse of Lab's cube root, straight near black."""
    return part**3 if part > EPSILON else 3 * EPSILON**2 * (part - 4 / 29)


def _encoded(linear: float) -> float:
    clipped = min(1.0, max(0.0, linear))
    return 12.92 * clipped if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055


def _times(matrix: tuple[tuple[float, ...], ...], vector: list[float]) -> list[float]:
    return [sum(each * part for each, part in zip(row, vector, strict=True)) for row in matrix]
