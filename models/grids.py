"""The cells of a detector without anchors: it guesses at one thing in each cell of three grids that lie over the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def cells(side_px: int, strides_px: Sequence[int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For each cell of the grids, the finest first, its column and row (n × 2), and how many pixels it is wide (n × 1)."""
    origins, strides = [], []
    for stride in strides_px:
        across = side_px // stride
        rows, columns = np.divmod(np.arange(across * across), across)
        origins.append(np.stack((columns, rows), axis=1))
        strides.append(np.full((across * across, 1), stride))
    return np.concatenate(origins).astype(np.float32), np.concatenate(strides).astype(np.float32)
