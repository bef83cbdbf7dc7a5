"""Where the shop's goods are kept beyond their first table: prices by the clock, menus, places that show a price, sales.

``price_rows`` are laid out by version as the catalogue is, and count when the version in ``prices`` is theirs. Times are UTC in
milliseconds. ``price_changes`` and ``price_proofs`` remember what was asked of which label, scale and till, and what it said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0003 = (
    "ALTER TABLE catalogue_items ADD COLUMN category TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE catalogue_items ADD COLUMN unit_grams INTEGER",
    "ALTER TABLE catalogue_items ADD COLUMN tolerance_grams INTEGER",
    "ALTER TABLE catalogue_items ADD COLUMN adult INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE catalogue_items ADD COLUMN cost_minor INTEGER",
    "ALTER TABLE catalogue_items ADD COLUMN sold_before INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE catalogue_items ADD COLUMN initials TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE catalogue_items ADD COLUMN card TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE catalogue_items ADD COLUMN recommends TEXT NOT NULL DEFAULT ''",
    "CREATE TABLE product_sales (sku TEXT PRIMARY KEY, sold INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE prices (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        version INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE price_rows (
        version INTEGER NOT NULL,
        sku TEXT NOT NULL,
        price_group TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        price_minor INTEGER,
        PRIMARY KEY (version, sku, price_group, at_ms)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX price_rows_by_time ON price_rows (version, at_ms, sku)",
    "CREATE INDEX price_rows_of_groups ON price_rows (version, sku) WHERE price_group != 'default'",
    """
    CREATE TABLE price_walk (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        done_ms INTEGER NOT NULL,
        done_sku TEXT NOT NULL,
        look_after TEXT
    ) STRICT
    """,
    "INSERT INTO price_walk VALUES (1, -1, '', NULL)",
    "CREATE TABLE applied_prices (sku TEXT PRIMARY KEY, price_minor INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE price_changes (
        number INTEGER PRIMARY KEY,
        sku TEXT NOT NULL,
        before_minor INTEGER,
        price_minor INTEGER NOT NULL,
        currency TEXT NOT NULL,
        effective_ms INTEGER,
        applied_ms INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE price_proofs (
        job TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('label', 'scale', 'till')),
        device TEXT NOT NULL,
        place TEXT NOT NULL,
        face TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('asked', 'confirmed', 'accepted', 'unknown', 'failed')),
        detail TEXT NOT NULL DEFAULT '',
        settled_ms INTEGER
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX price_proofs_by_change ON price_proofs (number)",
    "CREATE INDEX price_proofs_by_place ON price_proofs (device, place, number)",
    """
    CREATE TABLE planogram (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        version INTEGER NOT NULL,
        goods_url TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE planogram_slots (
        shelf TEXT NOT NULL,
        slot TEXT NOT NULL,
        sku TEXT NOT NULL,
        unit_grams INTEGER,
        PRIMARY KEY (shelf, slot)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE price_places (
        device TEXT NOT NULL,
        place TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('label', 'scale')),
        sku TEXT NOT NULL,
        width_px INTEGER NOT NULL,
        height_px INTEGER NOT NULL,
        PRIMARY KEY (device, place)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX price_places_by_sku ON price_places (sku)",
    "CREATE TABLE price_tills (till TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE matching_goods (
        sku TEXT NOT NULL,
        number INTEGER NOT NULL,
        other TEXT NOT NULL,
        PRIMARY KEY (sku, number)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE shelf_screens (
        shelf TEXT PRIMARY KEY,
        slot TEXT NOT NULL,
        sku TEXT NOT NULL,
        picks INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE menus (
        menu TEXT PRIMARY KEY,
        days INTEGER NOT NULL,
        from_minute INTEGER NOT NULL,
        to_minute INTEGER NOT NULL,
        first_day TEXT NOT NULL,
        last_day TEXT NOT NULL,
        holiday INTEGER NOT NULL,
        price_group TEXT NOT NULL,
        active INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE menu_goods (
        kind TEXT NOT NULL CHECK (kind IN ('sku', 'category')),
        word TEXT NOT NULL,
        menu TEXT NOT NULL,
        PRIMARY KEY (kind, word, menu)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE menu_clock (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        version INTEGER NOT NULL,
        from_ms INTEGER NOT NULL,
        until_ms INTEGER NOT NULL
    ) STRICT
    """,
)


def _goods(db: Database) -> None:
    for statement in _0003:
        db.execute(statement)


GOODS_TABLES = Migration(name="shop-0003", apply=_goods)
"""One that has been released is never edited; a later one mends it."""
