"""What shoppers did at an AR mirror: a visit began, shades were worn, it ended. Nobody is named, and no picture is kept.

A visit ends once, whoever says so: the mirror, the box for a mirror that is heard no more, the next visit at the same mirror, or
the clock for one that nobody ended.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar, assert_never

from drivers.room_readings import MirrorUsed, ShadeTried
from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop
from sync.events import Event, EventClass, rfc3339

LONGEST = timedelta(hours=2)
"""Nobody tries shades for so long: a box that was switched off, and a mirror that never came back, left it open."""

KEEP_OVER = 1_000
"""Visits that are remembered, so that a mirror that was away learns that its visit is over."""


class MirrorEvent(Event, frozen=True, kw_only=True):
    """``session`` is the mirror's own name for one visit. ``device_at`` is the mirror's clock: kept, and decides nothing."""

    event_class: ClassVar[EventClass] = EventClass.MEMBER
    mirror: str
    session: str
    device_at: str | None = None

    def subject(self) -> str:
        """The visit, scoped by its mirror."""
        return f"{self.mirror}/{self.session}"


class VisitBegan(MirrorEvent, frozen=True, kw_only=True):
    """Somebody stepped in front of the mirror."""

    type: ClassVar[str] = "storebox.mirror.began"


class VisitEnded(MirrorEvent, frozen=True, kw_only=True):
    """The mirror is free again."""

    type: ClassVar[str] = "storebox.mirror.ended"

    def apply(self, db: sqlite3.Connection) -> None:
        """It is over; the oldest are forgotten."""
        db.execute(
            """
            INSERT INTO mirror_visits (mirror, session, began_at, is_over) VALUES (?, ?, '', 1)
            ON CONFLICT (mirror, session) DO UPDATE SET is_over = 1
            """,
            (self.mirror, self.session),
        )
        db.execute(
            "DELETE FROM mirror_visits WHERE is_over AND number <= (SELECT max(number) FROM mirror_visits) - ?", (KEEP_OVER,)
        )


class ShadeWorn(MirrorEvent, frozen=True, kw_only=True):
    """``sku`` was seen on the face for ``shown_ms``, at ``intensity_percent``."""

    type: ClassVar[str] = "storebox.mirror.tried"
    sku: str
    shown_ms: int
    intensity_percent: int


def visit_mirror(reading: MirrorUsed, db: sqlite3.Connection) -> Iterator[Event]:
    """A visit began or ended, or the mirror was left. One that is over does not end again."""
    mirror, session, device_at = reading.device, reading.session, reading.report.device_at
    match reading.kind:
        case "began":
            yield from _ended(db, mirror, but=session)
            yield VisitBegan(mirror=mirror, session=session, device_at=device_at)
            db.execute(
                "INSERT OR IGNORE INTO mirror_visits (mirror, session, began_at, is_over) VALUES (?, ?, ?, 0)",
                (mirror, session, rfc3339(reading.at)),
            )
        case "ended":
            if not is_over(db, mirror, session):
                yield VisitEnded(mirror=mirror, session=session, device_at=device_at)
        case "left":
            yield from _ended(db, mirror)
        case _:
            assert_never(reading.kind)


def is_over(db: sqlite3.Connection, mirror: str, session: str) -> bool:
    """Whether that visit is known, and has ended."""
    row = db.execute("SELECT is_over FROM mirror_visits WHERE mirror = ? AND session = ?", (mirror, session)).fetchone()
    return row is not None and bool(row[0])


def try_shade(reading: ShadeTried, _db: sqlite3.Connection) -> tuple[Event, ...]:
    """A shade was worn."""
    return (
        ShadeWorn(
            mirror=reading.device,
            session=reading.session,
            device_at=reading.report.device_at,
            sku=reading.sku,
            shown_ms=reading.shown_ms,
            intensity_percent=reading.intensity_percent,
        ),
    )


def _ended(db: sqlite3.Connection, mirror: str, but: str = "") -> Iterator[VisitEnded]:
    """What is open at that mirror ends."""
    rows = db.execute("SELECT session FROM mirror_visits WHERE mirror = ? AND NOT is_over AND session != ?", (mirror, but))
    for (session,) in rows.fetchall():
        yield VisitEnded(mirror=mirror, session=session)


def _forgotten(db: sqlite3.Connection, at: datetime) -> tuple[str, str] | None:
    """The mirror and the name of a visit that nobody ended."""
    found: tuple[str, str] | None = db.execute(
        "SELECT mirror, session FROM mirror_visits WHERE NOT is_over AND began_at < ? LIMIT 1", (rfc3339(at - LONGEST),)
    ).fetchone()
    return found


def _is_forgotten(db: sqlite3.Connection, at: datetime, _shop: Shop) -> bool:
    return _forgotten(db, at) is not None


def _end_forgotten(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    found = _forgotten(db, moment.at)
    if found is not None:
        yield VisitEnded(mirror=found[0], session=found[1])


FORGOTTEN_VISITS = Timer(name="forgotten mirror visits", is_due=_is_forgotten, decide=_end_forgotten)
