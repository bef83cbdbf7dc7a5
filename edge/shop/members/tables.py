"""The members that headquarters told the box of, and what they earned and spent here that headquarters has not counted yet.

Of the members there are two sides: one is looked at, on the other the next document is laid out. No phone, card or code is in
them: ``member_keys`` finds a row by 16 bytes that only this box can make of a code. Texts that many rows share stand once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0005 = (
    """
    CREATE TABLE member_cache (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        side INTEGER NOT NULL CHECK (side IN (0, 1)),
        version INTEGER NOT NULL,
        as_of_sequence INTEGER NOT NULL,
        rules TEXT NOT NULL,
        secrets BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE member_rows (
        side INTEGER NOT NULL,
        number INTEGER NOT NULL,
        ref TEXT NOT NULL,
        tier INTEGER,
        tags INTEGER,
        guide INTEGER,
        code_key INTEGER,
        points INTEGER NOT NULL,
        balance_minor INTEGER NOT NULL,
        PRIMARY KEY (side, number)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE member_keys (
        side INTEGER NOT NULL,
        key BLOB NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (side, key)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE member_words (
        side INTEGER NOT NULL,
        number INTEGER NOT NULL,
        word TEXT NOT NULL,
        PRIMARY KEY (side, number)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE member_offer_texts (
        side INTEGER NOT NULL,
        number INTEGER NOT NULL,
        sku TEXT,
        category TEXT,
        zh TEXT NOT NULL,
        en TEXT NOT NULL,
        expires_s INTEGER NOT NULL,
        PRIMARY KEY (side, number)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE member_offers (
        side INTEGER NOT NULL,
        number INTEGER NOT NULL,
        offer INTEGER NOT NULL,
        PRIMARY KEY (side, number, offer)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE member_codes_used (
        step_s INTEGER NOT NULL,
        member_ref TEXT NOT NULL,
        PRIMARY KEY (step_s, member_ref)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE member_movements (
        sequence INTEGER PRIMARY KEY,
        member_ref TEXT NOT NULL,
        purse TEXT NOT NULL CHECK (purse IN ('points', 'balance')),
        amount INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX member_movements_of ON member_movements (member_ref, purse)",
    """
    CREATE TABLE member_spendings (
        number INTEGER PRIMARY KEY,
        till TEXT NOT NULL,
        order_id TEXT NOT NULL,
        purse TEXT NOT NULL CHECK (purse IN ('points', 'balance')),
        member_ref TEXT,
        business_day TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('held', 'spent')),
        amount INTEGER NOT NULL,
        value_minor INTEGER NOT NULL,
        returned INTEGER NOT NULL DEFAULT 0,
        returned_minor INTEGER NOT NULL DEFAULT 0,
        UNIQUE (till, order_id, purse)
    ) STRICT
    """,
    "CREATE INDEX member_spendings_of ON member_spendings (member_ref, purse, business_day)",
    "CREATE INDEX member_spendings_held ON member_spendings (business_day) WHERE state = 'held'",
    """
    CREATE TABLE member_earnings (
        number INTEGER PRIMARY KEY,
        till TEXT NOT NULL,
        order_id TEXT NOT NULL,
        member_ref TEXT,
        points INTEGER NOT NULL,
        eligible_minor INTEGER NOT NULL,
        excluded TEXT NOT NULL,
        refunded_minor INTEGER NOT NULL DEFAULT 0,
        reversed INTEGER NOT NULL DEFAULT 0,
        UNIQUE (till, order_id)
    ) STRICT
    """,
    """
    CREATE TABLE member_tombstones (
        sequence INTEGER PRIMARY KEY,
        key BLOB NOT NULL UNIQUE
    ) STRICT
    """,
    """
    CREATE TABLE member_forgettings (
        request TEXT PRIMARY KEY,
        ref TEXT NOT NULL,
        by_whom TEXT NOT NULL,
        upto INTEGER,
        done INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE member_leftovers (
        side INTEGER NOT NULL,
        version INTEGER NOT NULL,
        number INTEGER NOT NULL,
        bucket INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (side, version, number)
    ) STRICT, WITHOUT ROWID
    """,
    "ALTER TABLE orders ADD COLUMN member_method TEXT",
)


def _member_tables(db: Database) -> None:
    for statement in _0005:
        db.execute(statement)


_0012 = (
    "ALTER TABLE members ADD COLUMN seen_at TEXT NOT NULL DEFAULT ''",
    "UPDATE members SET seen_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
    "CREATE INDEX members_seen ON members (seen_at)",
    "ALTER TABLE member_tombstones ADD COLUMN at TEXT NOT NULL DEFAULT ''",
    "UPDATE member_tombstones SET at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
    "CREATE INDEX member_tombstones_at ON member_tombstones (at)",
    "ALTER TABLE member_forgettings ADD COLUMN at TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE member_forgettings ADD COLUMN sequence INTEGER",
    "ALTER TABLE member_forgettings ADD COLUMN removed INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE member_forgettings ADD COLUMN wipe INTEGER NOT NULL DEFAULT 0",
    "UPDATE member_forgettings SET at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), sequence = upto",
    "CREATE INDEX member_forgettings_at ON member_forgettings (at) WHERE ref = '' AND wipe = 0",
    "CREATE INDEX member_forgettings_open ON member_forgettings (request) WHERE ref != ''",
    "CREATE INDEX member_forgettings_wipe ON member_forgettings (request) WHERE wipe",
)
"""What is kept of people has an end: since when, and whether the files still have bytes of it."""


def _member_ends(db: Database) -> None:
    for statement in _0012:
        db.execute(statement)


MEMBER_TABLES = Migration(name="shop-0005", apply=_member_tables)
MEMBER_ENDS = Migration(name="shop-0012", apply=_member_ends)
"""One that has been released is never edited; a later one mends it."""
