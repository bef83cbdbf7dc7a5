"""The shades of the newest document, in headquarters' order; and the visits at the mirrors: which are open, which are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0017 = (
    """
    CREATE TABLE shades (
        sku TEXT NOT NULL,
        region TEXT NOT NULL,
        position INTEGER NOT NULL,
        shade TEXT NOT NULL,
        PRIMARY KEY (sku, region)
    ) STRICT, WITHOUT ROWID
    """,
)


def _shade_tables(db: Database) -> None:
    for statement in _0017:
        db.execute(statement)


SHADE_TABLES = Migration(name="shop-0017", apply=_shade_tables)

_0019 = (
    """
    CREATE TABLE mirror_visits (
        number INTEGER PRIMARY KEY,
        mirror TEXT NOT NULL,
        session TEXT NOT NULL,
        began_at TEXT NOT NULL,
        is_over INTEGER NOT NULL,
        UNIQUE (mirror, session)
    ) STRICT
    """,
    "CREATE INDEX mirror_visits_open ON mirror_visits (began_at) WHERE NOT is_over",
)


def _visit_tables(db: Database) -> None:
    for statement in _0019:
        db.execute(statement)


VISIT_TABLES = Migration(name="shop-0019", apply=_visit_tables)
