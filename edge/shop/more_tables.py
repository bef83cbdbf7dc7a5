"""What several nouns needed later: one release, one migration.

settings   what headquarters last said
orders     which lines are goods that no catalogue knows
returns    how many pieces of a slip are still in somebody's hands
pickups    which order is late by the clock that nobody can set
offers     which member was shown what on which visit; who stands at the screen of a shelf
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0013 = (
    """
    CREATE TABLE remote_settings (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        version INTEGER NOT NULL,
        said TEXT NOT NULL
    ) STRICT
    """,
    "ALTER TABLE order_lines ADD COLUMN known INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE returns ADD COLUMN open_qty INTEGER NOT NULL DEFAULT 0",
    "UPDATE returns SET open_qty = qty",
    "CREATE INDEX returns_open ON returns (till, order_id, sku) WHERE open_qty > 0",
    """
    CREATE INDEX pickups_late_by_boot ON pickups (boot, came_ms + late_after_ms)
    WHERE open AND NOT late AND state != 'ready'
    """,
    "CREATE INDEX pickups_over_by_boot ON pickups (boot, came_ms + late_after_ms + ends_after_ms) WHERE open",
    """
    CREATE TABLE offers_shown (
        number INTEGER PRIMARY KEY,
        member_ref TEXT NOT NULL,
        offer TEXT NOT NULL,
        visit TEXT NOT NULL,
        sku TEXT,
        category TEXT,
        place TEXT NOT NULL,
        day TEXT NOT NULL,
        accepted INTEGER NOT NULL DEFAULT 0,
        UNIQUE (member_ref, offer, visit)
    ) STRICT
    """,
    """
    CREATE TABLE members_at (
        place TEXT PRIMARY KEY,
        member_ref TEXT NOT NULL,
        since TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)


def _more_tables(db: Database) -> None:
    for statement in _0013:
        db.execute(statement)


MORE_TABLES = Migration(name="shop-0013", apply=_more_tables)
"""One that has been released is never edited; a later one mends it."""
