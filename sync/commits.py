"""Commits of the box itself, which answer no device: an event that happened, or a step that makes none."""

from __future__ import annotations

import sqlite3
import time
from datetime import datetime

from sync.adopters import Step
from sync.disk import JournalUnavailable
from sync.entries import Decide, Entry, Happened, NotRecorded
from sync.events import Event, EventClass
from sync.journal import Journal


class NotCommitted(Exception):
    """A bug undid it; its traceback stands among the dead letters."""


async def tell(journal: Journal, event: Event, at: datetime) -> None:
    """Record one event that needs no decision; durable on return. Raises JournalUnavailable, NotCommitted."""
    await _commit(journal, Happened((event,)), event.event_class, at)


async def carry_out(journal: Journal, step: Step, at: datetime) -> None:
    """Commit what ``step`` changes in the database; durable on return. Raises JournalUnavailable, NotCommitted."""

    def decide(db: sqlite3.Connection) -> tuple[Event, ...]:
        step(db)
        return ()

    await _commit(journal, decide, EventClass.ORDER, at)


async def _commit(journal: Journal, decide: Decide, event_class: EventClass, at: datetime) -> None:
    entry = Entry(decide=decide, event_class=event_class, at=at, monotonic_ms=time.monotonic_ns() // 1_000_000)
    outcome = await journal.record(entry)
    if isinstance(outcome, NotRecorded):
        raise JournalUnavailable(outcome.problem) if outcome.retry else NotCommitted(outcome.problem)
