"""Landmarks that stand still on a still face and follow a fast one: without it the lipstick would tremble or trail behind.

The One-Euro filter: a low pass whose corner rises with the speed of what it follows, so that noise is smoothed where the eye sees
it and lag is avoided where the eye would see that. (Casiez, Roussel, Vogel: 1 € Filter, CHI 2012, §3.)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STILL_HZ = 1.2
"""The corner for a face that does not move."""

HZ_PER_SPEED = 22.0
"""How much the corner rises for each width between the eyes that a point moves in a second: a quiet turn of the head is 1."""

SPEED_HZ = 2.5
"""The corner for the speed itself; a turn begins within a tenth of a second."""

NOISE = 0.15
"""Speeds of a single point below this are noise. The noise of all points together is a twentieth of that of one."""

GONE_AFTER_NS = 400_000_000
JUMP = 1.0
"""Further than this between two pictures, in widths between the eyes, is another face."""


class OneEuro:
    """The filter of all points of one face."""

    def __init__(self) -> None:
        self._points: NDArray[np.float32] | None = None
        self._speed: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._at_ns = 0

    def reset(self) -> None:
        """Forget the face: the next points are taken as they are."""
        self._points = None

    def take(self, points: NDArray[np.float32], scale: float, at_ns: int) -> NDArray[np.float32]:
        """The points (n × 2 or n × 3, pixels) of the picture taken at ``at_ns``, smoothed; ``scale``: pixels between the eyes."""
        before, seconds = self._points, (at_ns - self._at_ns) / 1e9
        if before is not None and seconds <= 0:
            return before
        lost = before is None or at_ns - self._at_ns > GONE_AFTER_NS
        if before is None or lost or float(np.abs(points - before).mean()) > JUMP * scale:
            self._points, self._speed, self._at_ns = points, np.zeros_like(points), at_ns
            return points
        speed = (points - before) / np.float32(seconds * scale)
        self._speed = self._speed + np.float32(_share(SPEED_HZ, seconds)) * (speed - self._speed)
        corner = STILL_HZ + HZ_PER_SPEED * _felt(self._speed[:, :2])
        share = 1 / (1 + 1 / (2 * math.pi * corner * seconds))
        self._points, self._at_ns = (before + share * (points - before)).astype(np.float32), at_ns
        return self._points


def _felt(speed: NDArray[np.float32]) -> NDArray[np.float32]:
    """How fast each point goes: as the whole head does, and on its own when that is more than noise would be."""
    head = speed.mean(axis=0)
    own = np.linalg.norm(speed - head, axis=1, keepdims=True)
    return np.asarray(np.linalg.norm(head) + np.maximum(own - np.float32(NOISE), 0), dtype=np.float32)


def _share(corner_hz: float, seconds: float) -> float:
    return 1 / (1 + 1 / (2 * math.pi * corner_hz * seconds))
