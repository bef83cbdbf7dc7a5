"""The roster, who served whom, the messages of headquarters and who has read them, what came back for repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0011 = (
    """
    CREATE TABLE roster (
        staff TEXT PRIMARY KEY,
        name_zh TEXT NOT NULL,
        name_en TEXT NOT NULL,
        roles TEXT NOT NULL,
        badge BLOB UNIQUE,
        until TEXT
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE roster_salt (only INTEGER PRIMARY KEY CHECK (only = 1), salt BLOB NOT NULL) STRICT",
    "CREATE TABLE return_reasons (code TEXT PRIMARY KEY, name_zh TEXT NOT NULL, name_en TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE on_duty (staff TEXT PRIMARY KEY, since TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE served (
        till TEXT NOT NULL,
        order_id TEXT NOT NULL,
        guide TEXT NOT NULL,
        PRIMARY KEY (till, order_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE messages (
        message TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('message', 'task')),
        urgent INTEGER NOT NULL,
        audience TEXT NOT NULL,
        title_zh TEXT NOT NULL,
        title_en TEXT NOT NULL,
        text_zh TEXT NOT NULL,
        text_en TEXT NOT NULL,
        wants_reply INTEGER NOT NULL,
        expires_at TEXT,
        escalate_at TEXT,
        escalate_to TEXT NOT NULL DEFAULT '',
        escalated INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX messages_to_escalate ON messages (escalate_at) WHERE escalated = 0 AND escalate_at IS NOT NULL",
    """
    CREATE TABLE messages_read (
        message TEXT NOT NULL,
        staff TEXT NOT NULL,
        reply TEXT,
        PRIMARY KEY (message, staff)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE returns (
        number TEXT PRIMARY KEY,
        sku TEXT NOT NULL,
        qty INTEGER NOT NULL,
        reason TEXT NOT NULL,
        wish TEXT NOT NULL,
        till TEXT,
        order_id TEXT,
        received_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)


def _staff_tables(db: Database) -> None:
    for statement in _0011:
        db.execute(statement)


STAFF_TABLES = Migration(name="shop-0011", apply=_staff_tables)
