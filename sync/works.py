"""What waits in the writer's inbox: an entry to decide or a chore to do, each with the future that is told after COMMIT."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from sync.disk import JournalUnavailable
from sync.entries import Entry, NotRecorded, Outcome
from sync.events import EventClass
from sync.recorder import Batch

JournalState = Literal["ok", "full", "failing"]
"""ok: records · full: disk or quota used up, refuses · failing: the disk errs or is read-only, refuses. Both keep trying."""


class Submitted(msgspec.Struct, eq=False, gc=False):
    """An entry to decide. A struct, like ``Answered``: one is made for every event."""

    entry: Entry
    told: asyncio.Future[Outcome]


@dataclass(slots=True, eq=False)
class Chore:
    """Work of the journal's own in the same commit: settling, sweeping. ``told`` gets what ``run`` returns."""

    run: Callable[[sqlite3.Connection, Batch], Any]
    told: asyncio.Future[Any] | None


@dataclass(slots=True, eq=False)
class Fold:
    """After the commit of its batch: the WAL is played into the file and cut; ``told`` gets False while a reader holds it."""

    told: asyncio.Future[bool]


@dataclass(slots=True, eq=False)
class Suspect:
    """The check behind the start found damage: close, salvage, go on."""

    problem: str


@dataclass(slots=True, eq=False)
class Stop:
    """The last work: everything before it is answered, nothing comes after it."""


Work = Submitted | Chore | Fold | Suspect | Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the writer knows without asking the database; a new one after each commit and each change of state."""

    commits: int = 0
    """Grows with every commit that changed a row and with every change of state."""
    last_sequence: int = 0
    queued: Mapping[EventClass, int] = field(default_factory=dict)
    state: JournalState = "ok"
    problem: str = ""
    refused_telemetry: int = 0
    opened: int = 0
    """How often the file was opened; readers of an earlier one open it anew."""


class Answered(msgspec.Struct, eq=False, gc=False):
    """One work's end: ``result`` is the outcome, or the error that the caller shall see."""

    told: asyncio.Future[Any] | None
    result: Any
    error: Exception | None = None


def refusal(work: Submitted | Chore | Fold, problem: str) -> Answered:
    """Nothing of ``work`` is durable; it may come again."""
    if isinstance(work, Submitted):
        return Answered(work.told, NotRecorded(retry=True, problem=problem))
    return Answered(work.told, None, JournalUnavailable(problem))
