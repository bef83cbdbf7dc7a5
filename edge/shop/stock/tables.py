"""What the account of goods, the rules of headquarters and the announced transfers look like on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0007 = (
    "ALTER TABLE stock ADD COLUMN physical INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE stock ADD COLUMN physical_g INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE stock ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE stock ADD COLUMN reserved_g INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE stock_rules (
        sku TEXT PRIMARY KEY,
        safety INTEGER NOT NULL,
        safety_g INTEGER NOT NULL,
        event INTEGER NOT NULL,
        event_g INTEGER NOT NULL,
        shelf_min INTEGER NOT NULL,
        backroom INTEGER NOT NULL,
        trial INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE shelf_refills (
        shelf TEXT NOT NULL,
        slot TEXT NOT NULL,
        sku TEXT NOT NULL,
        pieces INTEGER NOT NULL,
        wanted INTEGER NOT NULL,
        since TEXT NOT NULL,
        PRIMARY KEY (shelf, slot)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE stock_stops (sku TEXT PRIMARY KEY, since TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE transfers (
        transfer TEXT PRIMARY KEY,
        direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
        other_store TEXT NOT NULL,
        expected_on TEXT,
        state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
        closed_at TEXT
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE transfer_lines (
        transfer TEXT NOT NULL,
        sku TEXT NOT NULL,
        unit TEXT NOT NULL CHECK (unit IN ('piece', 'g')),
        announced INTEGER NOT NULL,
        scanned INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (transfer, sku, unit)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE trial_counts (
        business_day TEXT NOT NULL,
        sku TEXT NOT NULL,
        place TEXT NOT NULL,
        picked INTEGER NOT NULL DEFAULT 0,
        put_back INTEGER NOT NULL DEFAULT 0,
        bought INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (business_day, sku, place)
    ) STRICT, WITHOUT ROWID
    """,
)


def _stock_tables(db: Database) -> None:
    for statement in _0007:
        db.execute(statement)


STOCK_TABLES = Migration(name="shop-0007", apply=_stock_tables)
"""One that has been released is never edited; a later one mends it."""
