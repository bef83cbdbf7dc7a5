"""Counts go after 400 days, as other figures do; heat, which is larger, after five weeks."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from edge.shop.moment import Moment
from edge.shop.shop import Shop
from sync.events import Event

KEEP_DAYS = {
    "footfall_lines": 400,
    "footfall_zones": 400,
    "footfall_paths": 400,
    "footfall_watched": 400,
    "footfall_arms": 400,
    "footfall_heat": 36,
}
"""400 is ``KEEP_DAYS`` of insight; 36 days are five weeks to compare with, and today."""


def is_old(db: sqlite3.Connection, at: datetime, shop: Shop) -> bool:
    """Whether some counts are too old."""
    return any(_oldest(db, table) < _first_kept(table, at, shop) for table in KEEP_DAYS)


def forget_old(moment: Moment, shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Remove the oldest day of each table that is too old."""
    for table in KEEP_DAYS:
        oldest = _oldest(db, table)
        if oldest < _first_kept(table, moment.at, shop):
            db.execute(f"DELETE FROM {table} WHERE day = ?", (oldest,))  # noqa: S608 - our own names
    return ()


def _oldest(db: sqlite3.Connection, table: str) -> str:
    """Its first day; of an empty table one that never comes."""
    return str(db.execute(f"SELECT coalesce(min(day), '~') FROM {table}").fetchone()[0])  # noqa: S608 - our own names


def _first_kept(table: str, at: datetime, shop: Shop) -> str:
    return shop.day(at - timedelta(days=KEEP_DAYS[table]))
