"""What happened in the store: the base of every event, its class, the envelope around it, the registry of types.

Decisions return bare events (``OrderPaid(...)``); the journal wraps each in an ``Envelope`` in the commit that numbers it.
The types of the shop live beside their decisions and are handed in as a ``Registry``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import IntEnum
from typing import ClassVar, Literal

import msgspec


def require_zone(at: datetime) -> None:
    """Raises ValueError for a time that could be anywhere."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} names no zone; stamp it with datetime.now(UTC)")


def rfc3339(at: datetime) -> str:
    """``at``, which names its zone, as UTC with milliseconds and ``Z``."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return f"{at.isoformat(timespec='milliseconds')[:-6]}Z"  # without +00:00


Clock = Literal["synced", "unsynced"]


class EventClass(IntEnum):
    """What happens when space runs short; the uploader drains the lower number first.

    ``ORDER`` and ``MEMBER`` are refused to the device and never dropped once accepted; ``TELEMETRY`` drops its oldest.
    """

    ORDER = 0
    MEMBER = 1
    TELEMETRY = 2


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened. ``type`` is ``storebox.<noun>.<past-tense verb>``; the fields are its ``data``."""

    type: ClassVar[str]
    event_class: ClassVar[EventClass]

    def subject(self) -> str | None:
        """What it happened to (an order, a slot), as the CloudEvents ``subject``."""
        return None

    def day(self) -> str | None:
        """The business day (``YYYY-MM-DD``) it belongs to, where it has one."""
        return None

    def apply(self, db: sqlite3.Connection) -> None:
        """Change the state tables; runs inside the transaction that records the event."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded event: the CloudEvents 1.0 attributes and ours. ``data`` is the event as JSON.

    ``time`` is the box's UTC clock (RFC 3339, ms, ``Z``), ``sequence`` gap-free per box, ``boot`` the id of this boot.
    """

    id: str
    box: str
    sequence: int
    type: str
    event_class: EventClass
    time: str
    boot: str
    monotonic_ms: int
    clock: Clock
    subject: str | None
    tz: str | None
    business_day: str | None
    data: msgspec.Raw


class DuplicateType(ValueError):
    """Two event classes claim one type."""


class Registry:
    """The event types that may be recorded and sent. Nothing else leaves the box."""

    def __init__(self, types: Iterable[type[Event]]) -> None:
        self._by_type: dict[str, type[Event]] = {}
        for event in types:
            if self._by_type.setdefault(event.type, event) is not event:
                raise DuplicateType(f"two event classes are called {event.type}; rename one")

    def __contains__(self, event: type[Event]) -> bool:
        return self._by_type.get(event.type) is event

    def __iter__(self) -> Iterator[type[Event]]:
        return iter(self._by_type.values())

    def named(self, type_: str) -> type[Event] | None:
        """The class registered under ``type_``."""
        return self._by_type.get(type_)
