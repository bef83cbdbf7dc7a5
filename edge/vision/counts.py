"""What is summed up of the inference process's words until a minute, or a quarter of an hour, is over.

Counted in the box's process, in RAM; ``edge/shop/footfall/telling.py`` makes events of it. Nobody is told from another here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, assert_never

from edge.vision.words import Crossed, Heated, Queued, Reached, Visited, Waited, Walked

TENTH_MS = 100

Place = tuple[str, str]
"""A camera and one of its lines or zones."""


class Grid(NamedTuple):
    """Where a camera's heat lies; another grid is another map."""

    camera: str
    grid: Literal["floor", "picture"]
    columns: int
    rows: int
    cell_mm: int


@dataclass(slots=True)
class Watched:
    """How one camera was looked at."""

    watched_ms: int = 0
    processed: int = 0
    skipped: int = 0
    starved: int = 0


@dataclass(slots=True, kw_only=True)
class MinuteCounts:
    """What was seen since ``minute`` (UTC) began. Empty: nothing is to be told."""

    minute: datetime
    crossings: Counter[tuple[Place, Literal["in", "out"]]] = field(default_factory=Counter)
    dwells_ms: dict[Place, list[int]] = field(default_factory=dict)
    lengths: dict[Place, list[int]] = field(default_factory=dict)
    waits_ms: dict[Place, list[int]] = field(default_factory=dict)
    reaches: Counter[Place] = field(default_factory=Counter)

    def take(self, seen: Crossed | Visited | Queued | Waited | Reached) -> None:
        """Count it."""
        match seen:
            case Crossed():
                self.crossings[(seen.camera, seen.line), seen.direction] += 1
            case Visited():
                self.dwells_ms.setdefault((seen.camera, seen.zone), []).append(seen.dwell_ms)
            case Queued():
                self.lengths.setdefault((seen.camera, seen.zone), []).append(seen.length)
            case Waited():
                self.waits_ms.setdefault((seen.camera, seen.zone), []).append(seen.wait_ms)
            case Reached():
                self.reaches[seen.camera, seen.zone] += 1
            case _:
                assert_never(seen)

    @property
    def empty(self) -> bool:
        """Whether nobody did anything; a queue of nobody is nothing."""
        queues = any(map(any, self.lengths.values()))
        return not (self.crossings or self.dwells_ms or self.waits_ms or self.reaches or queues)


@dataclass(slots=True, kw_only=True)
class QuarterCounts:
    """What was seen from ``since`` (UTC) to ``until``, a quarter of an hour at most. ``heat_ms`` by grid and cell."""

    since: datetime
    until: datetime
    walks: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    heat_ms: dict[Grid, Counter[int]] = field(default_factory=dict)
    watched: dict[str, Watched] = field(default_factory=dict)
    lost_minutes: int = 0

    def take(self, seen: Walked | Heated) -> None:
        """Count it."""
        match seen:
            case Walked():
                self.walks[seen.camera, seen.origin, seen.destination] += 1
            case Heated():
                grid = Grid(seen.camera, seen.grid, seen.columns, seen.rows, seen.cell_mm)
                cells = self.heat_ms.setdefault(grid, Counter())
                for cell, heat_ms in seen.cells:
                    cells[cell] += heat_ms
            case _:
                assert_never(seen)

    def watch(self, camera: str, news: Watched) -> None:
        """Count how ``camera`` was looked at."""
        watched = self.watched.setdefault(camera, Watched())
        watched.watched_ms += news.watched_ms
        watched.processed += news.processed
        watched.skipped += news.skipped
        watched.starved += news.starved

    @property
    def empty(self) -> bool:
        """Whether no camera looked and nobody did anything."""
        return not (self.walks or self.heat_ms or self.watched)

    def split_heat(self) -> dict[Grid, Counter[int]]:
        """Keep whole tenths of a second of each cell; what is left over is returned, for the next quarter."""
        rest = dict[Grid, Counter[int]]()
        for grid, cells in self.heat_ms.items():
            left = Counter({cell: heat_ms % TENTH_MS for cell, heat_ms in cells.items() if heat_ms % TENTH_MS})
            cells.subtract(left)
            if left:
                rest[grid] = left
        self.heat_ms = {grid: cells for grid, cells in self.heat_ms.items() if any(cells.values())}
        return rest


Counts = MinuteCounts | QuarterCounts


def minute_begin(at: datetime) -> datetime:
    """When the minute of ``at`` began."""
    return at.replace(second=0, microsecond=0)


def quarter_begin(at: datetime) -> datetime:
    """When the quarter of an hour of ``at`` began; in every time zone of today a quarter is within one hour."""
    return minute_begin(at).replace(minute=at.minute - at.minute % 15)
