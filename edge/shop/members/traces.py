"""Ends what the box remembers of people: who was seen here goes after its time, and what a forgetting left behind.

A stone (edge/shop/members/forget.py) goes when headquarters has counted the forgetting, or after KEEP_DAYS: no document that is
older than that comes. So long a wish is known by its name, too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

KEEP_DAYS = 400
AT_ONCE = 500
"""Rows of one piece of work."""

_ENDING = {
    "members": ("member_ref", "seen_at < ?"),
    "member_tombstones": ("sequence", "at < ?"),
    "member_forgettings": ("request", "at < ? AND ref = '' AND wipe = 0"),
}
"""By which key and when the rows of a table go."""


def _before(table: str, at: datetime, shop: Shop) -> str:
    days = shop.members.keep_seen_days if table == "members" else KEEP_DAYS
    return rfc3339(at - timedelta(days=days))


def _is_due(db: sqlite3.Connection, at: datetime, shop: Shop) -> bool:
    if shop.clock() == "unsynced":  # a clock that stands in another year would have everybody forgotten
        return False
    return any(
        db.execute(f"SELECT 1 FROM {table} WHERE {ended} LIMIT 1", (_before(table, at, shop),)).fetchone()  # noqa: S608 - our own names
        for table, (_key, ended) in _ENDING.items()
    )


def _end(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    for table, (key, ended) in _ENDING.items():
        rows = f"SELECT {key} FROM {table} WHERE {ended} LIMIT {AT_ONCE}"  # noqa: S608
        db.execute(f"DELETE FROM {table} WHERE {key} IN ({rows})", (_before(table, moment.at, shop),))  # noqa: S608
    return ()


TRACES = Timer(name="member traces", is_due=_is_due, decide=_end, silent=True)
