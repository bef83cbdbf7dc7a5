"""How the entries of one commit become rows: each decided in a SAVEPOINT, numbered without gaps, answered once.

Rows of ``events`` and ``receipts`` are written together at the end of the batch: a decision reads the state tables, never these.
"""

from __future__ import annotations

import sqlite3
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic_ns

import msgspec
from uuid_utils import uuid7

from sync.disk import DiskTrouble, trouble_of
from sync.entries import Entry, EntryRefused, NotRecorded, Origin, Outcome, Recorded, Repeated, Stamp
from sync.events import Envelope, Event, EventClass, Registry, rfc3339
from sync.letters import Letter, LetterKind, put_letter
from sync.outbox import COLUMNS, Clock, Row

_INSERT_EVENT = f"INSERT INTO events ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own names
_INSERT_RECEIPT = "INSERT INTO receipts (device, id, digest, at, refusal) VALUES (?, ?, ?, ?, ?)"

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
    """What one commit adds, apart from what the decisions did to the state tables."""

    sequence: int
    clock: Clock
    rows: list[Row] = field(default_factory=list)
    left: Counter[EventClass] = field(default_factory=Counter)
    """Queued events of earlier commits that are not queued any more."""
    receipts: dict[tuple[str, str], tuple[bytes, str, str | None]] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    own: list[Event] = field(default_factory=list)
    """What the journal itself has to tell; numbered after the entries' events."""
    bugs: list[str] = field(default_factory=list)


class Recorder:
    """Records entries on the writer's connection. One thread uses it, inside a transaction that the writer begins and commits."""

    def __init__(self, db: sqlite3.Connection, *, path: Path, registry: Registry, stamp: Stamp) -> None:
        self.db = db
        self._path = path
        self._registry = registry
        self._stamp = stamp
        self._encode = msgspec.json.Encoder().encode
        self._deciding = False
        db.set_authorizer(self._authorize)

    def begin(self, sequence: int) -> Batch:
        """A new batch after event ``sequence``."""
        return Batch(sequence=sequence, clock=self._stamp.clock())

    def record(self, entry: Entry, batch: Batch) -> Outcome:
        """Decide ``entry`` and take its events into ``batch``. Raises DiskTrouble; a bug in the decision is a dead letter."""
        if entry.origin is not None:
            earlier = self._earlier(entry.origin, batch)
            if earlier is not None:
                return self._again(entry, entry.origin, earlier, batch)
        mark, sequence = len(batch.rows), batch.sequence
        self.db.execute("SAVEPOINT entry")
        self._deciding = True
        try:
            envelopes = self._decide(entry, batch)
        except Exception as error:  # noqa: BLE001 - the savepoint: no bug of a decision may stop the others
            self._deciding = False
            self._undo(error)
            del batch.rows[mark:]
            batch.sequence = sequence
            return self._set_aside(entry, error, batch)
        self._deciding = False
        self.db.execute("RELEASE entry")
        self._remember(entry, batch, None)
        return Recorded(events=envelopes)

    def flush(self, batch: Batch) -> None:
        """Write the rows of ``batch``; the commit is the writer's."""
        for event in batch.own:
            self._wrap(event, rfc3339(datetime.now(UTC)), monotonic_ns() // 1_000_000, batch)
        if batch.rows:
            self.db.executemany(_INSERT_EVENT, batch.rows)
        if batch.receipts:
            self.db.executemany(_INSERT_RECEIPT, [(*key, *receipt) for key, receipt in batch.receipts.items()])
        for letter in batch.letters:
            put_letter(self.db, letter)

    def _decide(self, entry: Entry, batch: Batch) -> tuple[Envelope, ...]:
        events = tuple(entry.decide(self.db))
        envelopes = []
        time = rfc3339(entry.at)
        for event in events:
            envelopes.append(self._wrap(event, time, entry.monotonic_ms, batch))
            event.apply(self.db)
        return tuple(envelopes)

    def _wrap(self, event: Event, time: str, monotonic_ms: int, batch: Batch) -> Envelope:
        kind = type(event)
        if kind not in self._registry:
            raise UnregisteredType(f"{kind.__qualname__} is not a registered event type; add it to the registry in box.py")
        batch.sequence += 1
        day = event.day()
        data = self._encode(event)
        envelope = Envelope(
            id=str(uuid7()),
            box=self._stamp.box,
            sequence=batch.sequence,
            type=kind.type,
            event_class=kind.event_class,
            time=time,
            boot=self._stamp.boot,
            monotonic_ms=monotonic_ms,
            clock=batch.clock,
            subject=event.subject(),
            tz=self._stamp.tz if day is not None else None,
            business_day=day,
            data=msgspec.Raw(data),
        )
        batch.rows.append(_row(envelope, data))
        return envelope

    def _undo(self, error: Exception) -> None:
        trouble = trouble_of(error, self._path)
        if trouble is not None:
            raise DiskTrouble(trouble) from error
        self.db.execute("ROLLBACK TO entry")
        self.db.execute("RELEASE entry")

    def _authorize(self, action: int, *_names: str | None) -> int:
        """A decision that commits or rolls back would tear the batch apart; SQLite asks this when it prepares a statement."""
        return sqlite3.SQLITE_DENY if self._deciding and action in _NOT_IN_A_DECISION else sqlite3.SQLITE_OK

    def _earlier(self, origin: Origin, batch: Batch) -> tuple[bytes, str | None] | None:
        now = batch.receipts.get((origin.device, origin.id))
        if now is not None:
            return now[0], now[2]
        found: tuple[bytes, str | None] | None = self.db.execute(
            "SELECT digest, refusal FROM receipts WHERE device = ? AND id = ?", (origin.device, origin.id)
        ).fetchone()
        return found

    def _again(self, entry: Entry, origin: Origin, earlier: tuple[bytes, str | None], batch: Batch) -> Outcome:
        digest, refusal = earlier
        if digest != origin.digest:
            batch.letters.append(_letter("conflict", entry, f"{origin.id}: {OTHER_CONTENT}"))
            return NotRecorded(retry=False, problem=OTHER_CONTENT)
        return Repeated() if refusal is None else NotRecorded(retry=False, problem=refusal)

    def _set_aside(self, entry: Entry, error: Exception, batch: Batch) -> Outcome:
        if isinstance(error, EntryRefused):
            problem = str(error)
            batch.letters.append(_letter("refused", entry, problem))
        else:
            problem = f"the box could not decide it ({type(error).__name__}); it is kept as a dead letter, call support"
            batch.letters.append(_letter("failed", entry, "".join(traceback.format_exception(error))))
            batch.bugs.append(f"{type(error).__name__}: {error}")
        self._remember(entry, batch, problem)
        return NotRecorded(retry=False, problem=problem)

    def _remember(self, entry: Entry, batch: Batch, refusal: str | None) -> None:
        if entry.origin is not None:
            origin = entry.origin
            batch.receipts[origin.device, origin.id] = (origin.digest, rfc3339(entry.at), refusal)


def _row(envelope: Envelope, data: bytes) -> Row:
    return (
        envelope.sequence,
        int(envelope.event_class),
        envelope.id,
        envelope.box,
        envelope.type,
        envelope.time,
        envelope.boot,
        envelope.monotonic_ms,
        envelope.clock,
        envelope.subject,
        envelope.tz,
        envelope.business_day,
        data.decode(),
    )


def _letter(kind: LetterKind, entry: Entry, reason: str) -> Letter:
    device = entry.origin.device if entry.origin is not None else ""
    return Letter(kind=kind, device=device, reason=reason, told=entry.told, at=entry.at)
