"""What goes again: sent events and receipts after their time, telemetry when space runs short, free pages back to the disk.

Each function is one small slice, so that no commit ever waits for the broom; the writer calls them between commits.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sync.box_events import JournalRemoved
from sync.disk import fold_wal
from sync.events import EventClass
from sync.outbox import count
from sync.recorder import Batch

SLICE_ROWS = 500
VACUUM_PAGES = 200
FREE_PAGES_KEPT = 256

_OLDEST = {
    # Written out, because SQLite uses a partial index only for a condition that it can read.
    "rejected": "SELECT sequence FROM events WHERE state = 'rejected' AND class = ? ORDER BY sequence LIMIT ?",
    "queued": "SELECT sequence FROM events WHERE state = 'queued' AND class = ? ORDER BY sequence LIMIT ?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How far a pass over a table has come; ``after`` is None at its end."""

    after: tuple[str | int, ...] | None
    removed: int


def trim_done(db: sqlite3.Connection, *, after: int, before: str | None) -> Swept:
    """Remove sent events older than ``before`` (RFC 3339; None: of any age) among the next rows after sequence ``after``.

    The newest row always stays: it holds the number from which the next event counts.
    """
    rows = db.execute(
        "SELECT sequence, class, state, time FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?", (after, SLICE_ROWS + 1)
    ).fetchall()
    old = [row for row in rows[:SLICE_ROWS] if row[2] == "done" and (before is None or row[3] < before)]
    if old and len(rows) <= SLICE_ROWS and old[-1][0] == rows[-1][0]:
        old.pop()
    _delete(db, [row[0] for row in old])
    for event_class, number in Counter(row[1] for row in old).items():
        count(db, "done", event_class, -number)
    more = len(rows) > SLICE_ROWS and (before is None or rows[SLICE_ROWS][3] < before)
    return Swept(after=(rows[SLICE_ROWS - 1][0],) if more else None, removed=len(old))


def trim_receipts(db: sqlite3.Connection, *, after: tuple[str, str], before: str) -> Swept:
    """Forget receipts older than ``before`` among the next ones after ``after`` = (device, id)."""
    rows = db.execute(
        "SELECT device, id, at FROM receipts WHERE (device, id) > (?, ?) ORDER BY device, id LIMIT ?", (*after, SLICE_ROWS)
    ).fetchall()
    old = [row[:2] for row in rows if row[2] < before]
    db.executemany("DELETE FROM receipts WHERE device = ? AND id = ?", old)
    return Swept(after=rows[-1][:2] if len(rows) == SLICE_ROWS else None, removed=len(old))


def drop_telemetry(db: sqlite3.Connection, batch: Batch) -> int:
    """Drop the oldest telemetry and leave an event that explains the gap; how many went. First what the cloud refused."""
    for state, oldest in _OLDEST.items():
        sequences = [sequence for (sequence,) in db.execute(oldest, (int(EventClass.TELEMETRY), SLICE_ROWS))]
        if not sequences:
            continue
        _delete(db, sequences)
        count(db, "dropped", EventClass.TELEMETRY, len(sequences))
        if state == "queued":
            batch.queued[EventClass.TELEMETRY] -= len(sequences)
        else:
            count(db, state, EventClass.TELEMETRY, -len(sequences))
        batch.own.append(JournalRemoved(ranges=tuple(ranges_of(sequences)), removed_class="telemetry", reason="space"))
        return len(sequences)
    return 0


def give_back(db: sqlite3.Connection) -> bool:
    """Return some free pages to the disk; whether there are more. Outside a transaction."""
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    (free,) = db.execute("PRAGMA freelist_count").fetchone()
    surplus = free - max(FREE_PAGES_KEPT, pages // 10)
    if surplus <= 0:
        return False
    # Each page is a step of this statement, and steps without columns end Python's execute() after the first.
    db.executescript(f"PRAGMA incremental_vacuum({VACUUM_PAGES})")
    if surplus <= VACUUM_PAGES:
        fold_wal(db)  # the file itself only shrinks when the WAL is played into it
    return bool(surplus > VACUUM_PAGES)


def ranges_of(sequences: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending numbers as ranges, ends included."""
    ranges: list[tuple[int, int]] = []
    for sequence in sequences:
        if ranges and sequence == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], sequence)
        else:
            ranges.append((sequence, sequence))
    return ranges


def _delete(db: sqlite3.Connection, sequences: Iterable[int]) -> None:
    db.executemany("DELETE FROM events WHERE sequence BETWEEN ? AND ?", ranges_of(sequences))
