"""How different two colours look: without it "the lipstick has the shade's colour" could be said and not be measured.

CIEDE2000 (CIE 142-2001; ISO/CIE 11664-6), as Sharma, Wu and Dalal write it out with the cases that are easily got wrong (Color
Research and Application 30, 2005). 1 is just seen by a trained eye, 6 is another shade of the same range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Labs = Any
"""… × 3, CIE Lab; both broadcast."""

TWENTY_FIVE_7 = 25.0**7


def delta_e00(first: Labs, second: Labs) -> NDArray[np.float64]:
    """The difference of colours in CIE Lab (… × 3 each), without the last axis."""
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    chroma = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(other[..., 1], other[..., 2])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + TWENTY_FIVE_7))
    c1, h1 = _polar(one, stretch)
    c2, h2 = _polar(other, stretch)
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    # Sharma's eq. 10: exactly opposite hues differ by +180.
    turn = np.where(turn == -180, 180, turn)
    lightness, c_mean, h_mean = (one[..., 0] + other[..., 0]) / 2, (c1 + c2) / 2, _mean_hue(h1, h2, grey)
    parts = (
        (other[..., 0] - one[..., 0]) / (1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)),
        (c2 - c1) / (1 + 0.045 * c_mean),
        2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * c_mean * _hue_weight(h_mean)),
    )
    return np.asarray(np.sqrt(sum(each**2 for each in parts) + _blue(c_mean, h_mean) * parts[1] * parts[2]))


def _polar(lab: NDArray[np.float64], stretch: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = lab[..., 1] * stretch, lab[..., 2]
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _mean_hue(h1: NDArray[np.float64], h2: NDArray[np.float64], grey: NDArray[np.bool_]) -> NDArray[np.float64]:
    total = h1 + h2
    across = np.where(total < 360, (total + 360) / 2, (total - 360) / 2)
    return np.where(grey, total, np.where(np.abs(h1 - h2) <= 180, total / 2, across))


def _hue_weight(hue: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )


def _blue(chroma: NDArray[np.float64], hue: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rotation that only blues need."""
    turn = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    return np.asarray(-2 * np.sqrt(chroma**7 / (chroma**7 + TWENTY_FIVE_7)) * np.sin(np.radians(2 * turn)))
