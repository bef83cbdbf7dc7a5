"""The store opens and closes; what its rooms measure."""

from __future__ import annotations

import sqlite3
from typing import Annotated, ClassVar, Literal

import msgspec

from edge.shop.scenes.events import note_occurrence
from edge.shop.scenes.plans import look_at_once
from sync.events import Event, EventClass

MOST_SAMPLES = 100


class StoreTurned(Event, frozen=True, kw_only=True):
    """``trigger`` is the calendar or a person, ``by`` whom; a person's word holds ``until`` then, None: until it is cancelled.

    ``occurrence`` is the coming of the opening or closing that fired, for the first and only time, planned for ``planned_at``.
    """

    event_class: ClassVar[EventClass] = EventClass.ORDER
    opens: ClassVar[bool]
    trigger: Literal["calendar", "manual"]
    by: str
    since: str
    until: str | None = None
    occurrence: str | None = None
    planned_at: str | None = None

    def apply(self, db: sqlite3.Connection) -> None:
        """It is so until the next turn."""
        db.execute(
            "INSERT OR REPLACE INTO store_hours (only, open, by_whom, since, overridden, until) VALUES (1, ?, ?, ?, ?, ?)",
            (self.opens, self.by, self.since, self.trigger == "manual", self.until),
        )
        if self.occurrence is not None and self.planned_at is not None:
            note_occurrence(db, "store", self.occurrence, self.planned_at)
        look_at_once(db)


class StoreOpened(StoreTurned, frozen=True, kw_only=True):
    """The store is open."""

    type: ClassVar[str] = "storebox.store.opened"
    opens: ClassVar[bool] = True


class StoreClosed(StoreTurned, frozen=True, kw_only=True):
    """The store is closed."""

    type: ClassVar[str] = "storebox.store.closed"
    opens: ClassVar[bool] = False


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What one device of the room says."""

    device: str
    property: str
    zone: str
    value: str
    unit: str


class EnvironmentSampled(Event, frozen=True, kw_only=True):
    """What the rooms are like in the ``minute`` (UTC); at most one of a minute."""

    type: ClassVar[str] = "storebox.environment.sampled"
    event_class: ClassVar[EventClass] = EventClass.TELEMETRY
    minute: str
    samples: Annotated[tuple[Sample, ...], msgspec.Meta(max_length=MOST_SAMPLES)]

    def apply(self, db: sqlite3.Connection) -> None:
        """This minute has been told."""
        db.execute("INSERT OR REPLACE INTO environment_samples (only, minute) VALUES (1, ?)", (self.minute,))
