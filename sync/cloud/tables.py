"""The tables of the SQLite sink. The key of an event is its box and sequence; its id is unique in the box as well."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack

SCHEMA_VERSION = 1

_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS codes (
    code_hash BLOB PRIMARY KEY,
    store TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    box TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS boxes (
    box TEXT PRIMARY KEY,
    store TEXT NOT NULL,
    public_key TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    claimed_at TEXT NOT NULL,
    last_seen TEXT,
    last_sequence INTEGER NOT NULL DEFAULT 0,
    events INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    box TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    subject TEXT,
    time TEXT NOT NULL,
    event_class TEXT NOT NULL,
    business_day TEXT,
    received_at TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (box, sequence),
    UNIQUE (box, id)
);
CREATE TABLE IF NOT EXISTS refused (
    box TEXT NOT NULL,
    id TEXT NOT NULL,
    problem TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (box, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS removed (
    box TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (box, first, last)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notices (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    store TEXT NOT NULL,
    box TEXT NOT NULL,
    jws TEXT NOT NULL,
    published_at TEXT NOT NULL,
    UNIQUE (kind, store, box)
);
PRAGMA user_version = 1;
COMMIT;
"""


class SinkNewer(Exception):
    """A later storebox has written this sink."""


def connect(path: str) -> sqlite3.Connection:
    """The sink's database, durable at each COMMIT, its tables made. Raises SinkNewer, sqlite3.Error."""
    db = sqlite3.connect(path, isolation_level=None, timeout=10.0, check_same_thread=False)
    with ExitStack() as on_failure:
        on_failure.callback(db.close)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise SinkNewer(f"{path} was written by a newer storebox (schema {version} > {SCHEMA_VERSION}); run that one")
        if version < SCHEMA_VERSION:
            db.executescript(_SCHEMA)
        on_failure.pop_all()
    return db
