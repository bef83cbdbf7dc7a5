"""Where people stay how long, in cells of the floor: without it a shopkeeper does not know which corner of the shop is dead."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.vision.floor import floor_of
from edge.vision.layout import FloorMark, FloorPlan
from edge.vision.words import Heated
from edge.vision.zone_map import Raster

CELL_MM = 250
"""Half a step: finer than where feet are known, coarse enough that a shop of 200 m² has 3 200 cells."""

COLUMNS, ROWS = 64, 36
MOST_MS = 1_000.0
"""One stay between two pictures is no longer than this: nobody knows where they were in a gap."""

TELLS_NS = 10_000_000_000


class Heat:
    """The heat of one camera: over the floor when there are marks and a plan, else over the picture."""

    def __init__(self, camera: str, marks: tuple[FloorMark, ...], plan: FloorPlan | None, raster: Raster) -> None:
        self._camera, self._raster = camera, raster
        self._grid: Literal["floor", "picture"] = "picture"
        self._columns, self._rows, self._cell_mm = COLUMNS, ROWS, 0
        if plan is not None and marks:
            self._grid, self._cell_mm = "floor", CELL_MM
            self._columns, self._rows = math.ceil(plan.width_mm / CELL_MM), math.ceil(plan.height_mm / CELL_MM)
            cells = self._floor_cells(marks)
        else:
            cells = self._picture_cells()
        self._cell_of = memoryview(cells.tobytes()).cast("i")
        self._ms: defaultdict[int, float] = defaultdict(float)
        self._told_ns = -1

    def take(self, raster_cell: int, elapsed_ns: int) -> None:
        """Somebody is in a cell of the raster and was seen ``elapsed_ns`` ago before."""
        cell = self._cell_of[raster_cell]
        if cell >= 0:
            self._ms[cell] += min(elapsed_ns / 1e6, MOST_MS)

    def due(self, at_ns: int) -> Heated | None:
        """What has come together, every ten seconds."""
        if self._told_ns < 0:
            self._told_ns = at_ns
        return self.tell(at_ns) if at_ns - self._told_ns >= TELLS_NS else None

    def tell(self, at_ns: int) -> Heated | None:
        """What has come together since it was told last; the part of a millisecond stays for the next time."""
        self._told_ns = at_ns
        whole = tuple((cell, int(ms)) for cell, ms in sorted(self._ms.items()) if ms >= 1)
        for cell, ms in whole:
            self._ms[cell] -= ms
        if not whole:
            return None
        return Heated(
            camera=self._camera,
            grid=self._grid,
            columns=self._columns,
            rows=self._rows,
            cell_mm=self._cell_mm,
            cells=whole,
            at_ns=at_ns,
        )

    def _middles(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The middle of every cell of the raster as fractions of the picture: rows×1 and 1×columns."""
        across = (np.arange(self._raster.columns) + 0.5) / self._raster.columns
        down = (np.arange(self._raster.rows) + 0.5) / self._raster.rows
        return across[None, :], down[:, None]

    def _picture_cells(self) -> NDArray[np.int32]:
        across, down = self._middles()
        cells: NDArray[np.int32] = ((down * ROWS).astype(np.int32) * COLUMNS + (across * COLUMNS).astype(np.int32)).astype(
            np.int32
        )
        return cells

    def _floor_cells(self, marks: tuple[FloorMark, ...]) -> NDArray[np.int32]:
        """The floor's cell of every cell of the raster, -1 beside the floor and above the horizon."""
        floor = floor_of(marks)
        a, b, c, d, e, f, g, h = floor.terms
        across, down = self._middles()
        x, y = across - floor.picture_middle[0], down - floor.picture_middle[1]
        w = g * x + h * y + 1
        safe = np.where(w > 1e-6, w, np.inf)
        column, row = np.floor((a * x + b * y + c) / safe / CELL_MM), np.floor((d * x + e * y + f) / safe / CELL_MM)
        there = (w > 1e-6) & (column >= 0) & (column < self._columns) & (row >= 0) & (row < self._rows)
        cells: NDArray[np.int32] = np.where(there, row * self._columns + column, -1).astype(np.int32)
        return cells
