"""Where pickup orders stand: what headquarters wants fetched here, and how far the shop is with each.

``pickup_orders`` is the document as it was adopted last; ``pickups`` is what the shop made of it, by decisions only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0008 = (
    """
    CREATE TABLE pickup_orders (
        order_id TEXT PRIMARY KEY,
        priority INTEGER NOT NULL,
        body TEXT NOT NULL,
        digest TEXT NOT NULL,
        taken INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX pickup_orders_new ON pickup_orders (priority) WHERE NOT taken",
    """
    CREATE TABLE pickups (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        order_id TEXT NOT NULL UNIQUE,
        digest TEXT NOT NULL,
        state TEXT NOT NULL,
        open INTEGER NOT NULL,
        priority INTEGER NOT NULL,
        delivery INTEGER NOT NULL,
        code_hash TEXT NOT NULL,
        came_at TEXT NOT NULL,
        came_ms INTEGER NOT NULL,
        boot TEXT NOT NULL,
        late_at TEXT NOT NULL,
        late_after_ms INTEGER,
        ends_at TEXT NOT NULL,
        ends_after_ms INTEGER,
        late INTEGER NOT NULL DEFAULT 0,
        tries INTEGER NOT NULL DEFAULT 0,
        withdrawn INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    "CREATE INDEX pickups_open ON pickups (state) WHERE open",
    "CREATE INDEX pickups_by_lateness ON pickups (late_at) WHERE open AND NOT late AND state != 'ready'",
    "CREATE INDEX pickups_by_end ON pickups (ends_at) WHERE open",
    "CREATE INDEX pickups_by_beginning ON pickups (came_at) WHERE open",
    "CREATE INDEX pickups_withdrawn ON pickups (number) WHERE withdrawn",
    """
    CREATE TABLE pickup_items (
        order_id TEXT NOT NULL,
        sku TEXT NOT NULL,
        unit TEXT NOT NULL CHECK (unit IN ('piece', 'g')),
        qty INTEGER NOT NULL,
        PRIMARY KEY (order_id, sku, unit)
    ) STRICT, WITHOUT ROWID
    """,
)


def _pickup_tables(db: Database) -> None:
    for statement in _0008:
        db.execute(statement)


PICKUP_TABLES = Migration(name="shop-0008", apply=_pickup_tables)
"""One that has been released is never edited; a later one mends it."""
