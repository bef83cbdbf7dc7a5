"""The shades of the newest document, in headquarters' order."""

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
