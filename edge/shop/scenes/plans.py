"""Keeps what headquarters planned as it was sent, and sees that the clock looks at it at once."""

from __future__ import annotations

import sqlite3

import msgspec


def keep_plan(db: sqlite3.Connection, kind: str, version: int, plan: msgspec.Struct) -> None:
    """Keep ``plan`` in place of the last of its kind."""
    body = msgspec.json.encode(plan).decode()
    db.execute("INSERT OR REPLACE INTO scene_plans (kind, version, body) VALUES (?, ?, ?)", (kind, version, body))
    look_at_once(db)


def look_at_once(db: sqlite3.Connection) -> None:
    """Have the clock look again at its next turn, whatever it expected."""
    db.execute("DELETE FROM scene_looks")
