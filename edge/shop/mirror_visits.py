"""What shoppers did at an AR mirror: a visit began, shades were worn, it ended. Nobody is named, and no picture is kept."""

from __future__ import annotations

import sqlite3
from typing import ClassVar

from drivers.room_readings import MirrorUsed, ShadeTried
from sync.events import Event, EventClass


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


class ShadeWorn(MirrorEvent, frozen=True, kw_only=True):
    """``sku`` was seen on the face for ``shown_ms``, at ``intensity_percent``."""

    type: ClassVar[str] = "storebox.mirror.tried"
    sku: str
    shown_ms: int
    intensity_percent: int


def visit_mirror(reading: MirrorUsed, _db: sqlite3.Connection) -> tuple[Event, ...]:
    """A visit began or ended."""
    event = VisitBegan if reading.kind == "began" else VisitEnded
    return (event(mirror=reading.device, session=reading.session, device_at=reading.report.device_at),)


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
