"""How the journal stands, in numbers, for the page, the metrics and the CLI."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sync.events import EventClass
from sync.works import JournalState, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Rows by state and class, and the disk. ``problem`` says what to do; empty when ``state`` is ok. Times are UTC."""

    queued: Mapping[EventClass, int]
    done: Mapping[EventClass, int]
    rejected: Mapping[EventClass, int]
    oldest_queued_time: datetime | None
    last_sequence: int
    dead_letters: int
    dropped_telemetry: int
    bytes_on_disk: int
    quota_bytes: int
    state: JournalState
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The part of the figures that is asked of the database."""

    by_state: Mapping[str, Mapping[EventClass, int]]
    oldest_queued_time: datetime | None
    dead_letters: int


def counted(db: sqlite3.Connection) -> Counted:
    """Count without reading many rows."""
    by_state: dict[str, dict[EventClass, int]] = {}
    for state, event_class, rows in db.execute("SELECT state, class, rows FROM counts WHERE rows > 0"):
        by_state.setdefault(state, {})[EventClass(event_class)] = rows
    oldest = db.execute(
        "SELECT min(time) FROM events WHERE sequence IN "
        "(SELECT min(sequence) FROM events WHERE state = 'queued' AND class IN (0, 1, 2) GROUP BY class)"
    ).fetchone()[0]
    return Counted(
        by_state=by_state,
        oldest_queued_time=datetime.fromisoformat(oldest) if oldest is not None else None,
        dead_letters=db.execute("SELECT count(*) FROM letters").fetchone()[0],
    )


def figures_of(counted: Counted, tally: Tally, *, bytes_on_disk: int, quota_bytes: int) -> Figures:
    """Put together what the database counted and what the writer knows."""
    dropped = counted.by_state.get("dropped", {}).get(EventClass.TELEMETRY, 0)
    return Figures(
        queued=tally.queued,
        done=counted.by_state.get("done", {}),
        rejected=counted.by_state.get("rejected", {}),
        oldest_queued_time=counted.oldest_queued_time,
        last_sequence=tally.last_sequence,
        dead_letters=counted.dead_letters,
        dropped_telemetry=dropped + tally.refused_telemetry,
        bytes_on_disk=bytes_on_disk,
        quota_bytes=quota_bytes,
        state=tally.state,
        problem=tally.problem,
    )


def bytes_on_disk(path: Path) -> int:
    """The file with its WAL, shared memory and ballast, in bytes of disk really taken."""
    total = 0
    for suffix in ("", "-wal", "-shm", ".ballast"):
        try:
            total += Path(f"{path}{suffix}").stat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total
