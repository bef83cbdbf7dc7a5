"""What the cameras counted in a minute. Anonymous: sums only, nothing in them tells one visitor from another.

    storebox.footfall.counted {"camera": "cam-door", "business_day": "2026-11-21", "hour": 18, "minute": "2026-11-21T10:05Z",
                               "line": "door", "in": 3, "out": 1, "entrance": true}

A minute in which nothing moved is not told; whether anybody looked stands in ``storebox.camera.watched``. Several events of one
minute (a restart, a clock that was set back) are added.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable
from typing import Annotated, ClassVar

import msgspec

from sync.events import Event, EventClass

DWELL_BOUNDS_MS = (5_000, 10_000, 30_000, 60_000, 120_000, 300_000)
"""Where the classes of dwell end: walked past, looked, stayed, and three of those who took their time, beyond is the seventh."""

STAYED = 2
"""From this class on a visit is a stay: who walks past a shelf of 3 m is gone in 5 s, who is not after 10 s has stopped there."""

Dwells = Annotated[tuple[int, ...], msgspec.Meta(min_length=len(DWELL_BOUNDS_MS) + 1, max_length=len(DWELL_BOUNDS_MS) + 1)]


class Tagged(msgspec.Struct, frozen=True, kw_only=True):
    """The arm of an experiment that is shown where it was counted."""

    experiment: str
    arm: str


class Counted(Event, frozen=True, kw_only=True, omit_defaults=True):
    """``hour`` is that of the shop's wall clock, ``business_day`` the one it belongs to."""

    event_class: ClassVar[EventClass] = EventClass.TELEMETRY
    camera: str
    business_day: str
    hour: int

    def day(self) -> str:
        """The business day."""
        return self.business_day


class InMinute(Counted, frozen=True, kw_only=True, omit_defaults=True):
    """Counted in the minute that begins at ``minute`` (UTC)."""

    minute: str
    arms: tuple[Tagged, ...] = ()


class FootfallCounted(InMinute, frozen=True, kw_only=True, omit_defaults=True):
    """Visitors crossed ``line``. ``entrance``: who came in there is a visitor of the shop."""

    type: ClassVar[str] = "storebox.footfall.counted"
    line: str
    entered: int = msgspec.field(name="in")
    departed: int = msgspec.field(name="out")
    entrance: bool

    def subject(self) -> str:
        """The line, scoped by its camera."""
        return f"{self.camera}/{self.line}"

    def apply(self, db: sqlite3.Connection) -> None:
        """Add them to the hour."""
        db.execute(
            "INSERT INTO footfall_lines (day, hour, camera, line, entrance, entered, departed) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET entered = entered + excluded.entered, departed = departed + excluded.departed",
            (self.business_day, self.hour, self.camera, self.line, self.entrance, self.entered, self.departed),
        )


class InZone(InMinute, frozen=True, kw_only=True, omit_defaults=True):
    """Counted in one zone of the camera."""

    zone: str

    def subject(self) -> str:
        """The zone, scoped by its camera."""
        return f"{self.camera}/{self.zone}"


class ZoneVisited(InZone, frozen=True, kw_only=True, omit_defaults=True):
    """``visits`` of the zone ended in this minute after ``dwell_ms`` together; ``dwells`` counts them by DWELL_BOUNDS_MS."""

    type: ClassVar[str] = "storebox.zone.visited"
    visits: int
    dwell_ms: int
    dwells: Dwells

    @property
    def stays(self) -> int:
        """Those that lasted."""
        return sum(self.dwells[STAYED:])

    def apply(self, db: sqlite3.Connection) -> None:
        """Add them to the hour, and to the arms that are shown there."""
        _add(db, self, visits=self.visits, stays=self.stays, dwell_ms=self.dwell_ms)
        db.executemany(
            "INSERT INTO footfall_arms (day, experiment, arm, visits, stays) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET visits = visits + excluded.visits, stays = stays + excluded.stays",
            [(self.business_day, each.experiment, each.arm, self.visits, self.stays) for each in self.arms],
        )


class QueueMeasured(InZone, frozen=True, kw_only=True, omit_defaults=True):
    """A queue, looked at ``looks`` times (once a second): ``queued`` is the sum of its lengths, then median and longest.

    ``waits`` of those who left it, ``wait_ms`` together, their median and the longest; who leaves without a word waited too.
    """

    type: ClassVar[str] = "storebox.queue.measured"
    looks: int
    queued: int
    median: int
    longest: int
    waits: int
    wait_ms: int
    median_wait_ms: int
    longest_wait_ms: int

    def apply(self, db: sqlite3.Connection) -> None:
        """Add it to the hour."""
        _add(db, self, looks=self.looks, queued=self.queued, waits=self.waits, wait_ms=self.wait_ms)
        db.execute(
            "UPDATE footfall_zones SET longest = max(longest, ?), longest_wait_ms = max(longest_wait_ms, ?) "
            "WHERE day = ? AND hour = ? AND camera = ? AND zone = ?",
            (self.longest, self.longest_wait_ms, self.business_day, self.hour, self.camera, self.zone),
        )


class ShelfReached(InZone, frozen=True, kw_only=True, omit_defaults=True):
    """Hands reached into the zone of a shelf; ``shelf`` is the device that the layout names."""

    type: ClassVar[str] = "storebox.shelf.reached"
    shelf: str | None = None
    reaches: int

    def apply(self, db: sqlite3.Connection) -> None:
        """Add them to the hour."""
        _add(db, self, reaches=self.reaches)


def dwells_of(dwells_ms: Iterable[int]) -> tuple[int, ...]:
    """How many of them are in each class of DWELL_BOUNDS_MS; one on a bound is in the class above."""
    found = [0] * (len(DWELL_BOUNDS_MS) + 1)
    for dwell_ms in dwells_ms:
        found[bisect_right(DWELL_BOUNDS_MS, dwell_ms)] += 1
    return tuple(found)


def _add(db: sqlite3.Connection, event: InZone, **amounts: int) -> None:
    names = ", ".join(amounts)
    sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in amounts)
    db.execute(
        f"INSERT INTO footfall_zones (day, hour, camera, zone, {names}) "  # noqa: S608 - our own names
        f"VALUES (?, ?, ?, ?{', ?' * len(amounts)}) ON CONFLICT DO UPDATE SET {sums}",
        (event.business_day, event.hour, event.camera, event.zone, *amounts.values()),
    )
