"""The look at the whole file that follows a start: slow on a large journal, so it runs behind, on a connection of its own."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from sync.disk import open_reader, trouble_of

STOP_EVERY_STEPS = 20_000


def find_damage(path: Path, stop: threading.Event) -> str:
    """Check table by table that every page and index is sound; what is wrong first, or nothing. ``stop`` ends it early."""
    try:
        db = open_reader(path)
    except sqlite3.Error as error:
        return _damage(error, path)
    try:
        return _first_damage(db, stop)
    except sqlite3.Error as error:
        return "" if stop.is_set() else _damage(error, path)
    finally:
        db.close()


def _first_damage(db: sqlite3.Connection, stop: threading.Event) -> str:
    db.set_progress_handler(stop.is_set, STOP_EVERY_STEPS)
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")]
    for table in tables:
        (answer,) = db.execute(f"PRAGMA quick_check({_quoted(table)})").fetchone()  # a transaction each: the WAL can turn over
        if answer != "ok":
            return f"{table}: {answer}"
    unreadable = db.execute("SELECT count(*), min(sequence) FROM events WHERE NOT json_valid(data)").fetchone()
    return f"events: {unreadable[0]} unreadable from sequence {unreadable[1]} on" if unreadable[0] else ""


def _damage(error: sqlite3.Error, path: Path) -> str:
    trouble = trouble_of(error, path)
    return str(error) if trouble is not None and trouble.kind == "damaged" else ""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
