"""Takes events of a member out of the journal, without a gap that nobody explains: for a wish to be forgotten.

What the cloud does not have yet is told to it as removed, or it would ask for those numbers for ever; what it has goes as by
retention. Orders never vanish: whoever forgets a member cuts the member out of them (edge/shop/members/search.py).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence

from sync.box_events import JournalRemoved
from sync.events import Event, EventClass
from sync.outbox import count
from sync.retention import ranges_of


def remove_member_events(db: sqlite3.Connection, sequences: Sequence[int]) -> Iterator[Event]:
    """Part of a decision: the member events with these ascending ``sequences`` are gone when it was run."""
    settled: Counter[str] = Counter()
    queued: list[int] = []
    for sequence in sequences:
        row = db.execute(
            "SELECT state FROM events WHERE sequence = ? AND class = ?", (sequence, int(EventClass.MEMBER))
        ).fetchone()
        if row == ("queued",):
            queued.append(sequence)
        elif row is not None:
            settled[row[0]] += 1
            db.execute("DELETE FROM events WHERE sequence = ?", (sequence,))
    for state, rows in settled.items():
        count(db, state, EventClass.MEMBER, -rows)
    if queued:
        yield JournalRemoved(ranges=tuple(ranges_of(queued)), removed_class="member", reason="forgotten")
