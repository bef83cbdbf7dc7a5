"""Which zones a place in the picture is in: drawn once, then one look-up a person instead of a polygon test a zone."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from edge.vision.layout import Zone

WIDEST = 480
"""Cells in a row at most: of a large picture several pixels share one, by less than feet tremble."""

_SUBCELL_BITS = 8


class Raster:
    """A picture in cells of ``step_px``, which all that is drawn over it share."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self.width_px, self.height_px = width_px, height_px
        self.step_px = -(-width_px // WIDEST)
        self.columns, self.rows = -(-width_px // self.step_px), -(-height_px // self.step_px)

    def cell_at(self, x: float, y: float) -> int:
        """The cell at a place in pixels, row by row; a place beside the picture is at its edge."""
        column, row = int(x) // self.step_px, int(y) // self.step_px
        column = 0 if column < 0 else self.columns - 1 if column >= self.columns else column
        row = 0 if row < 0 else self.rows - 1 if row >= self.rows else row
        return row * self.columns + column


class ZoneMap:
    """Bit ``n`` of a cell: it is in ``zones[n]``. At most 32 zones."""

    def __init__(self, zones: Sequence[Zone], raster: Raster) -> None:
        self._raster = raster
        rows, columns = raster.rows, raster.columns
        bits = np.zeros((rows, columns), np.uint32)
        scale = np.array([raster.width_px, raster.height_px]) / raster.step_px * (1 << _SUBCELL_BITS)
        for number, zone in enumerate(zones):
            one = np.zeros((rows, columns), np.uint8)
            corners = np.rint(np.array(zone.corners) * scale - (1 << _SUBCELL_BITS - 1)).astype(np.int32)
            cv2.fillPoly(one, [corners], 1, shift=_SUBCELL_BITS)
            bits |= one.astype(np.uint32) << np.uint32(number)
        self.bits = memoryview(bits.tobytes()).cast("I")

    def at(self, x: float, y: float) -> int:
        """The zones at a place in pixels."""
        return self.bits[self._raster.cell_at(x, y)]

    def near(self, x: float, y: float, within_px: float) -> int:
        """The zones at a place and to all four sides of it."""
        at = self.at
        return at(x, y) | at(x - within_px, y) | at(x + within_px, y) | at(x, y - within_px) | at(x, y + within_px)
