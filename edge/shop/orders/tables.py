"""What is known of an order beyond its lines: when it was opened and paid, by what, and what of it came back.

Beside the orders stand the self-checkout lanes: whose order is on the screen, who is waited for, what lies in the bags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0004 = (
    "ALTER TABLE orders ADD COLUMN desk TEXT",
    "ALTER TABLE orders ADD COLUMN opened_at TEXT",
    "ALTER TABLE orders ADD COLUMN paid_at TEXT",
    "ALTER TABLE orders ADD COLUMN took_ms INTEGER",
    "ALTER TABLE orders ADD COLUMN completed INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE orders ADD COLUMN reduced_minor INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE orders ADD COLUMN points_minor INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE orders ADD COLUMN balance_minor INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE orders ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE orders ADD COLUMN refunded_minor INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE orders ADD COLUMN refunded_points_minor INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE orders ADD COLUMN refunded_balance_minor INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE order_lines ADD COLUMN category TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE order_lines ADD COLUMN reduced_minor INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE order_refunds (
        number INTEGER NOT NULL,
        refund TEXT NOT NULL,
        line INTEGER NOT NULL,
        qty INTEGER,
        grams INTEGER,
        amount_minor INTEGER NOT NULL,
        PRIMARY KEY (number, refund, line)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE kitchen_tickets (
        number INTEGER PRIMARY KEY,
        job TEXT NOT NULL UNIQUE,
        till TEXT NOT NULL,
        order_id TEXT NOT NULL,
        station TEXT NOT NULL,
        lines TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE lanes (
        lane TEXT PRIMARY KEY,
        orders INTEGER NOT NULL,
        order_id TEXT NOT NULL,
        called TEXT NOT NULL DEFAULT '',
        age TEXT NOT NULL DEFAULT '' CHECK (age IN ('', 'asked', 'confirmed')),
        base_grams INTEGER NOT NULL DEFAULT 0,
        missed INTEGER NOT NULL DEFAULT 0,
        billed_minor INTEGER,
        billed_at TEXT
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE lane_bags (scale TEXT PRIMARY KEY, grams INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE lane_notices (
        lane TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        key TEXT NOT NULL,
        facts TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)


def _order_tables(db: Database) -> None:
    for statement in _0004:
        db.execute(statement)


ORDER_TABLES = Migration(name="shop-0004", apply=_order_tables)
"""One that has been released is never edited; a later one mends it."""
