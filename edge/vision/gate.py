"""Whether anything moves in a picture, for a fifth of a millisecond: without it a detector would look at an empty shop all night.

The grey picture is shrunk to 100 pixels across and compared with a running average of itself. Light that flickers or is switched
changes all of it alike and is taken out; a camera that shakes moves edges, so where the picture has edges more is allowed.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from models.findings import Box

Luma = NDArray[np.uint8]
"""Height × width: the grey picture, which is the first plane of I420."""

WIDTH_PX = 100
SAMPLES = 4
"""Across and down: a shrunk pixel is the mean of sixteen of its pixels; to take them all would cost twenty times as much."""

FORGETS_IN_S = 8.0
"""What has not moved for so long is background: longer than any walker's pause, shorter than a parked trolley's."""

LEAST_CHANGE = 10.0
"""Of 255: the noise of a camera by night is 12, of a mean of sixteen 3."""

SHAKE_PX = 0.5
"""So far a camera may shake, in shrunk pixels: three to six of the whole picture, a lorry before the shop."""

SMALLEST_CELLS = 3
"""A body of a thirtieth of the picture's width covers one by three shrunk pixels; what is smaller is noise."""

ALL_OF_IT = 0.5
"""When so much has changed nobody walked there: the lights, the shutter, a picture after a long gap."""


class Gate:
    """The running average of one camera of that size."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self._size = (WIDTH_PX, max(1, round(WIDTH_PX * height_px / width_px)))
        self._scale = (width_px / self._size[0], height_px / self._size[1])
        self._average: NDArray[np.float32] | None = None
        self._at_ns = 0

    def moved(self, luma: Luma, at_ns: int) -> list[Box]:
        """Where something moves against what was there before; the first picture is all of it new."""
        now = self._shrunk(luma)
        whole: Box = (0.0, 0.0, float(luma.shape[1]), float(luma.shape[0]))
        if self._average is None:
            self._average, self._at_ns = now, at_ns
            return [whole]
        mask = _changed(now, self._average)
        weight = 1 - math.exp(-max(0, at_ns - self._at_ns) / 1e9 / FORGETS_IN_S)
        self._at_ns = at_ns
        if mask.mean() >= ALL_OF_IT:
            self._average = now
            return [whole]
        cv2.accumulateWeighted(now, self._average, weight)
        return self._boxes(mask)

    def _shrunk(self, luma: Luma) -> NDArray[np.float32]:
        samples = cv2.resize(luma, (self._size[0] * SAMPLES, self._size[1] * SAMPLES), interpolation=cv2.INTER_NEAREST)
        return cv2.resize(samples, self._size, interpolation=cv2.INTER_AREA).astype(np.float32)

    def _boxes(self, mask: NDArray[np.uint8]) -> list[Box]:
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        across, down = self._scale
        return [
            (float(x * across), float(y * down), float((x + w) * across), float((y + h) * down))
            for x, y, w, h, cells in stats[1:].tolist()
            if cells >= SMALLEST_CELLS
        ]


def _changed(now: NDArray[np.float32], average: NDArray[np.float32]) -> NDArray[np.uint8]:
    """1 where ``now`` differs from ``average`` by more than light, shaking and noise explain; never at the rim, where a camera
    that shakes sees what it did not see before."""
    brighter = float(now.mean()) / max(1.0, float(average.mean()))
    expected = average * brighter
    edges = cv2.morphologyEx(expected, cv2.MORPH_GRADIENT, np.ones((3, 3), dtype=np.uint8))
    mask = np.zeros(now.shape, dtype=np.uint8)
    mask[1:-1, 1:-1] = (np.abs(now - expected) > LEAST_CHANGE + SHAKE_PX * edges)[1:-1, 1:-1]
    return mask
