"""What the cloud does not have yet: queued rows in the order they are sent, and what its answer does to them."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sync.events import Envelope, EventClass
from sync.rows import COLUMNS, envelope_of

RowState = Literal["queued", "done", "rejected"]
"""queued: to be sent · done: the cloud has it · rejected: the cloud calls it invalid, kept and shown."""

_CHOSEN = "state = 'queued' AND sequence IN (SELECT value FROM json_each(?))"
_COUNT_QUEUED = f"SELECT class, count(*) FROM events NOT INDEXED WHERE {_CHOSEN} GROUP BY class"  # noqa: S608
_SETTLE = f"UPDATE events NOT INDEXED SET state = ? WHERE {_CHOSEN}"  # noqa: S608
_COUNT = (
    "INSERT INTO counts (state, class, rows) VALUES (?, ?, ?) "
    "ON CONFLICT (state, class) DO UPDATE SET rows = rows + excluded.rows"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An event as it stands in the journal; ``problem`` is the cloud's reason when it was rejected."""

    envelope: Envelope
    state: RowState
    problem: str


def pending(db: sqlite3.Connection, *, limit: int, max_bytes: int) -> list[Envelope]:
    """Queued events, orders first, then members, then telemetry, each by sequence; at least one however large it is."""
    chosen: list[Envelope] = []
    room = max_bytes
    for event_class in EventClass:
        rows = db.execute(
            f"SELECT {COLUMNS} FROM events WHERE state = 'queued' AND class = ? ORDER BY sequence LIMIT ?",  # noqa: S608
            (int(event_class), limit - len(chosen)),
        )
        for row in rows:
            room -= len(row[-1].encode())
            if chosen and room < 0:
                return chosen
            chosen.append(envelope_of(row))
        if len(chosen) >= limit:
            break
    return chosen


def latest(db: sqlite3.Connection, limit: int) -> list[Kept]:
    """The newest events first."""
    rows = db.execute(f"SELECT {COLUMNS}, state, problem FROM events ORDER BY sequence DESC LIMIT ?", (limit,))  # noqa: S608
    return [Kept(envelope=envelope_of(row[:-2]), state=row[-2], problem=row[-1]) for row in rows]


def settle(db: sqlite3.Connection, *, done: Sequence[int], rejected: Sequence[tuple[int, str]]) -> Counter[EventClass]:
    """Mark queued rows as the cloud answered; others are left alone. Says how many of each class left the queue."""
    left: Counter[EventClass] = Counter()
    answered: tuple[tuple[RowState, list[int]], ...] = (("done", list(done)), ("rejected", [number for number, _ in rejected]))
    for state, sequences in answered:
        chosen = json.dumps(sequences)
        rows = db.execute(_COUNT_QUEUED, (chosen,)).fetchall()
        db.execute(_SETTLE, (state, chosen))
        for event_class, number in rows:
            count(db, state, event_class, number)
            left[EventClass(event_class)] += number
    problems = [(problem, sequence) for sequence, problem in rejected]
    db.executemany("UPDATE events SET problem = ? WHERE sequence = ? AND state = 'rejected' AND problem = ''", problems)
    return left


def count(db: sqlite3.Connection, state: str, event_class: int, rows: int) -> None:
    """Add ``rows`` to the count of settled rows, so that nobody has to count millions."""
    db.execute(
        _COUNT,
        (state, event_class, rows),
    )
