"""The events that the box itself has to tell: that it started, what its clock was, which numbers have no event any more."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from sync.entries import Entry, Happened
from sync.events import Event, EventClass, rfc3339

_FORGOTTEN = f"FROM events WHERE sequence BETWEEN ? AND ? AND state = 'queued' AND class = {int(EventClass.MEMBER)}"


class BoxStarted(Event, frozen=True, kw_only=True):
    """The box is up again; its envelope names the boot."""

    type: ClassVar[str] = "storebox.box.started"
    event_class: ClassVar[EventClass] = EventClass.ORDER

    version: str


class BoxClock(Event, frozen=True, kw_only=True):
    """At ``monotonic_ms`` of this boot it was ``utc``: the cloud mends the times of events stamped ``unsynced`` by it."""

    type: ClassVar[str] = "storebox.box.clock"
    event_class: ClassVar[EventClass] = EventClass.ORDER

    utc: str
    monotonic_ms: int


class JournalRemoved(Event, frozen=True, kw_only=True):
    """No event of ``removed_class`` (None: any) is left in these ranges of sequence, ends included, and none will come."""

    type: ClassVar[str] = "storebox.journal.removed"
    event_class: ClassVar[EventClass] = EventClass.ORDER

    ranges: tuple[tuple[int, int], ...]
    removed_class: Literal["order", "member", "telemetry"] | None = msgspec.field(name="class", default=None)
    reason: Literal["space", "forgotten", "damaged"]

    def queued(self, db: sqlite3.Connection) -> int:
        """How many events a decision that says so takes from the queue: only of members, only forgotten ones."""
        return sum(db.execute(f"SELECT count(*) {_FORGOTTEN}", span).fetchone()[0] for span in self._forgotten())

    def apply(self, db: sqlite3.Connection) -> None:
        """Remove them. What the journal itself removed is gone already when it says so, and is not applied."""
        db.executemany(f"DELETE {_FORGOTTEN}", self._forgotten())

    def _forgotten(self) -> tuple[tuple[int, int], ...]:
        return self.ranges if self.reason == "forgotten" and self.removed_class == "member" else ()


BOX_EVENTS: tuple[type[Event], ...] = (BoxStarted, BoxClock, JournalRemoved)
"""Registered by the journal itself, whatever registry it is given."""


def box_started(*, version: str, at: datetime, monotonic_ms: int) -> Entry:
    """To be recorded once, when the box is up."""
    event = BoxStarted(version=version)
    return Entry(decide=Happened((event,)), event_class=EventClass.ORDER, at=at, monotonic_ms=monotonic_ms)


def clock_known(*, at: datetime, monotonic_ms: int) -> Entry:
    """To be recorded once per boot, when the clock is synced; ``at`` and ``monotonic_ms`` are of one moment."""
    event = BoxClock(utc=rfc3339(at), monotonic_ms=monotonic_ms)
    return Entry(decide=Happened((event,)), event_class=EventClass.ORDER, at=at, monotonic_ms=monotonic_ms)
