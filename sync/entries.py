"""What is put into the journal and what comes back: an ``Entry`` in, an ``Outcome`` out, both after COMMIT.

What is made anew for every event is a msgspec struct: a frozen dataclass takes four times as long to make.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec

from sync.events import Clock, Envelope, Event, EventClass, require_zone
from sync.rows import Row, envelope_of

Decide = Callable[[sqlite3.Connection], Iterable[Event]]
"""Reads the shop's state and says what happened; does no I/O, takes no clock, is called once inside a SAVEPOINT.

Each event is applied before the next is asked for: a generator sees in the state what it has said so far. It may raise
EntryRefused: an answer to the device, not a bug.
"""


class EntryRefused(Exception):
    """Raised by a decision that says no: nothing of the entry is kept, the device is told the text, and it is final.

    The text also stands in the dead letter: it must hold nothing personal. ``event`` tells headquarters of the refusal; it is
    recorded beside the dead letter and changes no state. ``key`` and ``facts`` are for whoever says it in other words.
    """

    def __init__(
        self, text: str, *, event: Event | None = None, key: str = "", facts: Mapping[str, object] = MappingProxyType({})
    ) -> None:
        super().__init__(text)
        self.event = event
        self.key = key
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much disk the journal may take (all its files, ballast included) and how long it keeps what is settled."""

    quota_bytes: int
    ballast_bytes: int
    keep_sent: timedelta
    keep_receipts: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What every event of this box carries. ``clock`` is asked once per commit, from the writer's thread."""

    box: str
    boot: str
    tz: str
    clock: Callable[[], Clock]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The report that an entry answers: a repeat of (device, id) with the same digest is recorded once."""

    device: str
    id: str
    digest: bytes

    def __post_init__(self) -> None:
        (self.device + self.id).encode()  # half a surrogate pair cannot be stored: the caller hears it, not the journal


class Happened(msgspec.Struct, frozen=True, gc=False):
    """The decision of an entry that has nothing to decide: these events happened, whatever the shop's state.

    It cannot have touched the database, so entries of this kind whose events change no state share one savepoint and few INSERTs.
    """

    events: tuple[Event, ...]

    def __call__(self, _db: sqlite3.Connection) -> tuple[Event, ...]:
        return self.events


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One decision to record. ``event_class`` says what becomes of it when the disk or the quota is full.

    ``told`` is the input as text for the dead letter, or makes it should the decision fail; it must hold nothing personal.
    ``at`` is UTC; it and ``monotonic_ms`` stamp every event of the decision.
    """

    decide: Decide
    event_class: EventClass
    at: datetime
    monotonic_ms: int
    origin: Origin | None = None
    told: str | Callable[[], str] = ""

    def __post_init__(self) -> None:
        require_zone(self.at)

    def said(self) -> str:
        """The input as text."""
        return self.told if isinstance(self.told, str) else self.told()

    def is_plain(self) -> bool:
        """Whether it can change nothing but the journal's own tables: no question to the state, no change of it."""
        if type(self.decide) is not Happened:
            return False
        for event in self.decide.events:  # noqa: SIM110 - asked for every event, and all() takes twice as long
            if type(event).apply is not Event.apply:
                return False
        return True


class Recorded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Committed: the rows of its events in order, none if the decision had nothing to say."""

    rows: tuple[Row, ...] = ()

    @property
    def events(self) -> tuple[Envelope, ...]:
        """The events as they will leave the box, put together when asked: hardly anyone does."""
        return tuple(map(envelope_of, self.rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """Committed before: the same report has been answered already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRecorded:
    """Nothing of the entry is in the journal. ``retry``: send it again later; otherwise the refusal is final and parked.

    ``key`` and ``facts`` are those of the refusal, for the words of people; a repeat of what was refused before has the same.
    """

    retry: bool
    problem: str
    key: str = field(default="", compare=False)
    facts: Mapping[str, object] = field(default_factory=dict, compare=False)


Outcome = Recorded | Repeated | NotRecorded
