"""How the entries of one commit become rows: each decided in a SAVEPOINT, numbered without gaps, answered once."""

from __future__ import annotations

import json
import sqlite3
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from time import monotonic_ns
from typing import TypeVar

import msgspec
from uuid_utils import uuid7

from sync.box_events import JournalRemoved
from sync.disk import DiskTrouble, trouble_of
from sync.entries import Entry, EntryRefused, NotRecorded, Origin, Outcome, Recorded, Repeated, Stamp
from sync.events import Clock, Event, EventClass, Registry, rfc3339
from sync.letters import Letter, LetterKind, put_letter
from sync.many_rows import ManyRows
from sync.rows import COLUMNS, Row

T = TypeVar("T")

_EVENTS = ManyRows("events", COLUMNS)
_RECEIPTS = ManyRows("receipts", "device, id, digest, at, refusal")
_REMEMBER = f"{_RECEIPTS.one} ON CONFLICT DO NOTHING"
_REFUSED = ManyRows("receipts", "device, id, digest, at, refusal, refusal_key, refusal_facts")
_REMEMBER_REFUSED = f"{_REFUSED.one} ON CONFLICT DO NOTHING"
_FIND_RECEIPT = "SELECT digest, refusal, refusal_key, refusal_facts FROM receipts WHERE device = ? AND id = ?"

_NOT_IN_A_DECISION = {
    sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_SAVEPOINT,
    sqlite3.SQLITE_ATTACH,
    sqlite3.SQLITE_DETACH,
    sqlite3.SQLITE_PRAGMA,
}

OTHER_CONTENT = "the same id came before with other content; give every report an id of its own"


class UnregisteredType(Exception):
    """A decision returned an event that nobody registered; it may not leave the box."""


@dataclass(slots=True)
class Batch:
    """What one commit does, apart from the rows."""

    sequence: int
    clock: Clock
    queued: Counter[EventClass] = field(default_factory=Counter)
    """Rows that are queued more (or less) after it."""
    own: list[Event] = field(default_factory=list)
    """What the journal itself has to tell; numbered after the entries' events."""
    bugs: list[str] = field(default_factory=list)

    def count(self, rows: Iterable[Row]) -> None:
        """``rows`` are queued by it."""
        for row in rows:
            self.queued[EventClass(row[1])] += 1


class Recorder:
    """Records entries on the writer's connection. One thread uses it, inside a transaction that the writer begins and commits."""

    def __init__(self, db: sqlite3.Connection, *, path: Path, registry: Registry, stamp: Stamp) -> None:
        self.db = db
        self._path = path
        self._classes = {event: int(event.event_class) for event in registry}
        self._stamp = stamp
        self._encode = msgspec.json.Encoder().encode
        self._deciding = False
        db.set_authorizer(self._authorize)

    def begin(self, sequence: int) -> Batch:
        """A new batch after event ``sequence``."""
        return Batch(sequence=sequence, clock=self._stamp.clock())

    def record(self, entry: Entry, batch: Batch) -> Outcome:
        """Decide ``entry`` and insert its events. Raises DiskTrouble; a bug in the decision is a dead letter."""
        gone: Counter[EventClass] = Counter()
        rows = self._in_savepoint(partial(self._decide, entry, batch, gone), batch)
        if isinstance(rows, Exception):
            return self._set_aside(entry, rows, batch)
        if rows is None and entry.origin is not None:
            return self._again(entry, entry.origin)
        batch.count(rows or ())
        batch.queued.subtract(gone)
        return Recorded(rows=rows or ())

    def record_plain(self, entries: Sequence[Entry], batch: Batch) -> list[Outcome]:
        """As ``record`` for entries that are all ``is_plain``, with one savepoint for all of them.

        A repeat, or an event that cannot be stored, undoes them all; then halves are tried, until it stands alone.
        """
        if len(entries) == 1:
            return [self.record(entries[0], batch)]
        told = self._in_savepoint(partial(self._insert_all, entries, batch), batch)
        if isinstance(told, Exception):
            half = len(entries) // 2
            return self.record_plain(entries[:half], batch) + self.record_plain(entries[half:], batch)
        batch.count([row for rows in told for row in rows])
        return [Recorded(rows=rows) for rows in told]

    def tell_own(self, batch: Batch) -> None:
        """Insert what the journal itself has to tell."""
        time, monotonic_ms = rfc3339(datetime.now(UTC)), monotonic_ns() // 1_000_000
        batch.count([self._insert(event, time, monotonic_ms, batch) for event in batch.own])

    def _in_savepoint(self, run: Callable[[], T], batch: Batch) -> T | Exception:
        """What ``run`` returns, or the error for which everything it did was undone. Raises DiskTrouble."""
        sequence = batch.sequence
        self.db.execute("SAVEPOINT entry")
        try:
            done = run()
        except Exception as error:  # noqa: BLE001 - the savepoint: no bug of a decision may stop the others
            self._undo(error)
            batch.sequence = sequence
            return error
        self.db.execute("RELEASE entry")
        return done

    def _decide(self, entry: Entry, batch: Batch, gone: Counter[EventClass]) -> tuple[Row, ...] | None:
        """The rows of its events; None, and nothing done, when the report came before. ``gone``: what it took from the queue."""
        time = rfc3339(entry.at)
        if entry.origin is not None and not self._remember(entry.origin, time):
            return None
        self._deciding = True
        try:
            rows = []
            for event in entry.decide(self.db):
                rows.append(self._insert(event, time, entry.monotonic_ms, batch))
                if type(event) is JournalRemoved:
                    gone[EventClass.MEMBER] += event.queued(self.db)
                event.apply(self.db)
        finally:
            self._deciding = False
        return tuple(rows)

    def _insert_all(self, entries: Sequence[Entry], batch: Batch) -> list[tuple[Row, ...]]:
        # Receipts first: a repeat is found before a row is made.
        stamped = list(zip(entries, _times(entries), strict=True))
        _RECEIPTS.insert(self.db, [_receipt(entry.origin, time) for entry, time in stamped if entry.origin is not None])
        told = [
            tuple([self._row(event, time, entry.monotonic_ms, batch) for event in entry.decide(self.db)])
            for entry, time in stamped
        ]
        _EVENTS.insert(self.db, list(chain.from_iterable(told)))
        return told

    def _insert(self, event: Event, time: str, monotonic_ms: int, batch: Batch) -> Row:
        row = self._row(event, time, monotonic_ms, batch)
        self.db.execute(_EVENTS.one, row)
        return row

    def _row(self, event: Event, time: str, monotonic_ms: int, batch: Batch) -> Row:
        """Give ``event`` the next number and everything else that ``COLUMNS`` name, in their order."""
        kind = type(event)
        event_class = self._classes.get(kind)
        if event_class is None:
            raise UnregisteredType(f"{kind.__qualname__} is not a registered event type; add it to the registry in box.py")
        batch.sequence = sequence = batch.sequence + 1
        stamp = self._stamp
        day = event.day()
        return (
            sequence,
            event_class,
            str(uuid7()),
            stamp.box,
            kind.type,
            time,
            stamp.boot,
            monotonic_ms,
            batch.clock,
            event.subject(),
            stamp.tz if day is not None else None,
            day,
            self._encode(event).decode(),
        )

    def _undo(self, error: Exception) -> None:
        trouble = trouble_of(error, self._path)
        if trouble is not None:
            raise DiskTrouble(trouble) from error
        self.db.execute("ROLLBACK TO entry")
        self.db.execute("RELEASE entry")

    def _authorize(self, action: int, *_names: str | None) -> int:
        """A decision that commits or rolls back would tear the batch apart; SQLite asks this when it prepares a statement."""
        return sqlite3.SQLITE_DENY if self._deciding and action in _NOT_IN_A_DECISION else sqlite3.SQLITE_OK

    def _again(self, entry: Entry, origin: Origin) -> Outcome:
        digest, problem, key, facts = self.db.execute(_FIND_RECEIPT, (origin.device, origin.id)).fetchone()
        if digest != origin.digest:
            put_letter(self.db, _letter("conflict", entry, f"{origin.id}: {OTHER_CONTENT}"))
            return NotRecorded(retry=False, problem=OTHER_CONTENT)
        if problem is None:
            return Repeated()
        return NotRecorded(retry=False, problem=problem, key=key, facts=json.loads(facts))

    def _set_aside(self, entry: Entry, error: Exception, batch: Batch) -> Outcome:
        key, facts = (error.key, error.facts) if isinstance(error, EntryRefused) else ("", {})
        if isinstance(error, EntryRefused):
            problem = str(error)
            put_letter(self.db, _letter("refused", entry, problem))
            if error.event is not None:
                batch.count([self._insert(error.event, rfc3339(entry.at), entry.monotonic_ms, batch)])
        else:
            problem = f"the box could not decide it ({type(error).__name__}); it is kept as a dead letter, call support"
            put_letter(self.db, _letter("failed", entry, "".join(traceback.format_exception(error))))
            batch.bugs.append(f"{type(error).__name__}: {error}")
        if entry.origin is not None:
            receipt = _receipt(entry.origin, rfc3339(entry.at), problem)
            self.db.execute(_REMEMBER_REFUSED, (*receipt, key, json.dumps(dict(facts), default=str)))
        return NotRecorded(retry=False, problem=problem, key=key, facts=facts)

    def _remember(self, origin: Origin, time: str) -> bool:
        """Keep the receipt; False when there is one already."""
        return self.db.execute(_REMEMBER, _receipt(origin, time)).rowcount > 0


def _receipt(origin: Origin, time: str, refusal: str | None = None) -> tuple[str, str, bytes, str, str | None]:
    return origin.device, origin.id, origin.digest, time, refusal


def _times(entries: Iterable[Entry]) -> list[str]:
    """When each came; what was heard together came at one time, which is written once."""
    times, at, time = [], None, ""
    for entry in entries:
        if entry.at is not at:
            at, time = entry.at, rfc3339(entry.at)
        times.append(time)
    return times


def _letter(kind: LetterKind, entry: Entry, reason: str) -> Letter:
    device = entry.origin.device if entry.origin is not None else ""
    return Letter(kind=kind, device=device, reason=reason, told=entry.said(), at=entry.at)
