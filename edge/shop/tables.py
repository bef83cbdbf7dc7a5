"""The state of the shop as tables. Without them a decision would have nothing to look at after a restart.

They change only by ``Event.apply`` and by the adoption of a document, inside the journal's transaction. Orders are numbered
as they open; the table of orders forgets its oldest, so that it does not grow for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0001 = (
    """
    CREATE TABLE catalogue (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        version INTEGER NOT NULL,
        currency TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE catalogue_items (
        version INTEGER NOT NULL,
        sku TEXT NOT NULL,
        unit TEXT NOT NULL CHECK (unit IN ('piece', 'kg')),
        price_minor INTEGER NOT NULL,
        name_zh TEXT NOT NULL,
        name_en TEXT NOT NULL,
        PRIMARY KEY (version, sku)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE catalogue_codes (
        version INTEGER NOT NULL,
        code TEXT NOT NULL,
        sku TEXT NOT NULL,
        PRIMARY KEY (version, code)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE orders (
        number INTEGER PRIMARY KEY,
        till TEXT NOT NULL,
        order_id TEXT NOT NULL,
        lane TEXT,
        state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'voided')),
        implied INTEGER NOT NULL,
        business_day TEXT NOT NULL,
        currency TEXT NOT NULL,
        lines INTEGER NOT NULL DEFAULT 0,
        total_minor INTEGER NOT NULL DEFAULT 0,
        paid_minor INTEGER,
        tender TEXT,
        member_ref TEXT,
        UNIQUE (till, order_id)
    ) STRICT
    """,
    "CREATE INDEX orders_by_day ON orders (business_day, state)",
    "CREATE INDEX orders_open ON orders (number) WHERE state = 'open'",
    """
    CREATE TABLE order_lines (
        number INTEGER NOT NULL,
        line INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('awaiting', 'sold', 'removed')),
        sku TEXT NOT NULL,
        qty INTEGER,
        grams INTEGER,
        price_minor INTEGER NOT NULL,
        amount_minor INTEGER NOT NULL,
        price_version INTEGER NOT NULL,
        PRIMARY KEY (number, line)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX order_lines_awaiting ON order_lines (number) WHERE state = 'awaiting'",
    "CREATE TABLE pans (scale TEXT PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('emptied', 'sold'))) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE shelf_levels (
        shelf TEXT NOT NULL,
        slot TEXT NOT NULL,
        grams INTEGER NOT NULL,
        PRIMARY KEY (shelf, slot)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE stock (sku TEXT PRIMARY KEY, qty INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE members (member_ref TEXT PRIMARY KEY, times_shown INTEGER NOT NULL) STRICT, WITHOUT ROWID",
)


def _first_tables(db: Database) -> None:
    for statement in _0001:
        db.execute(statement)


FIRST_TABLES = Migration(name="shop-0001", apply=_first_tables)
"""One that has been released is never edited; a later one mends it."""
