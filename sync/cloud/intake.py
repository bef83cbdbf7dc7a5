"""Keeps each event once, however often it is sent, and can say what is missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from sync.cloud.sink import Answer, BoxDetail, BoxView, Received, Rejection

REMOVED_TYPE = "storebox.journal.removed"
GAPS_SHOWN = 100


class _Removed(msgspec.Struct):
    ranges: list[tuple[int, int]]


class _RemovedEvent(msgspec.Struct):
    data: _Removed


def accept(db: sqlite3.Connection, box: str, events: Sequence[Received], refused: Sequence[Rejection], now: str) -> Answer:
    """Insert what is new; a sequence or id that stands for another event is a rejection."""
    accepted = duplicates = 0
    rejected = list(refused)
    for event in events:
        if _inserted(db, box, event, now):
            accepted += 1
            if event.type == REMOVED_TYPE:
                _explain(db, box, event)
        elif (problem := _conflict(db, box, event)) is None:
            duplicates += 1
        else:
            rejected.append(Rejection(event.id, problem))
    db.executemany(
        "INSERT INTO refused (box, id, problem, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(box, rejection.id, rejection.problem, now) for rejection in rejected],
    )
    db.execute(
        "UPDATE boxes SET events = events + ?, last_sequence = max(last_sequence, ?), last_seen = ? WHERE box = ?",
        (accepted, max((event.sequence for event in events), default=0), now, box),
    )
    return Answer(accepted=accepted, duplicates=duplicates, rejected=rejected)


def _inserted(db: sqlite3.Connection, box: str, event: Received, now: str) -> bool:
    key = (box, event.sequence, event.id)
    columns = (event.type, event.subject, event.time, event.event_class, event.business_day)
    done = db.execute(
        "INSERT INTO events (box, sequence, id, type, subject, time, event_class, business_day, received_at, json) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (*key, *columns, now, event.json),
    )
    return done.rowcount == 1


def _conflict(db: sqlite3.Connection, box: str, event: Received) -> str | None:
    """Why ``event`` was not inserted; None when it is here already."""
    found = db.execute("SELECT id FROM events WHERE box = ? AND sequence = ?", (box, event.sequence)).fetchone()
    if found is None:
        return "its id is known under another sequence; was the box's journal restored from an old copy?"
    if found[0] != event.id:
        return f"sequence {event.sequence} is already event {found[0]}; was the box's journal restored from an old copy?"
    return None


def _explain(db: sqlite3.Connection, box: str, event: Received) -> None:
    """Note the sequences that the box says it has removed, so that they are no gap."""
    try:
        ranges = msgspec.json.decode(event.json, type=_RemovedEvent).data.ranges
    except msgspec.MsgspecError:
        return  # the event is kept as it is; it explains nothing
    rows = [(box, first, last) for first, last in ranges]
    db.executemany("INSERT INTO removed (box, first, last) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", rows)


_GAPS = """
    WITH known AS (
        SELECT sequence AS first, sequence AS last FROM events WHERE box = :box
        UNION ALL SELECT first, last FROM removed WHERE box = :box
    ), reached AS (
        SELECT first, max(last) OVER (ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM known
    )
    SELECT coalesce(before, 0) + 1, first - 1 FROM reached WHERE first > coalesce(before, 0) + 1 LIMIT :shown
"""

_VIEW = """
    SELECT b.box, b.store, b.claimed_at, b.last_seen, b.last_sequence, b.events,
        (SELECT count(*) FROM refused r WHERE r.box = b.box),
        (SELECT coalesce(sum(last - first + 1), 0) FROM removed m WHERE m.box = b.box)
    FROM boxes b
"""


def fleet(db: sqlite3.Connection) -> list[BoxView]:
    """Every box, by store."""
    return [_view(row) for row in db.execute(f"{_VIEW} ORDER BY b.store, b.box")]


def one_box(db: sqlite3.Connection, box: str) -> BoxDetail | None:
    """A box and its unexplained gaps."""
    row = db.execute(f"{_VIEW} WHERE b.box = ?", (box,)).fetchone()
    if row is None:
        return None
    gaps = db.execute(_GAPS, {"box": box, "shown": GAPS_SHOWN}).fetchall()
    return BoxDetail(view=_view(row), gaps=gaps)


def _view(row: tuple[str, str, str, str | None, int, int, int, int]) -> BoxView:
    box, store, claimed_at, last_seen, last_sequence, events, refused, removed = row
    return BoxView(
        box=box,
        store=store,
        claimed_at=claimed_at,
        last_seen=last_seen,
        last_sequence=last_sequence,
        events=events,
        refused=refused,
        removed=removed,
        missing=max(0, last_sequence - events - removed),
    )
