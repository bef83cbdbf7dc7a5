"""What has been counted of the events, by day and hour: without it every report would read the journal from its beginning.

Nothing is ever decided by these tables. They can be counted anew as far back as the journal still has the events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0010 = (
    "CREATE TABLE insight_cursor (only INTEGER PRIMARY KEY CHECK (only = 1), sequence INTEGER NOT NULL) STRICT",
    """
    CREATE TABLE insight_hours (
        day TEXT NOT NULL,
        hour INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
        orders INTEGER NOT NULL DEFAULT 0,
        revenue_minor INTEGER NOT NULL DEFAULT 0,
        refunded_minor INTEGER NOT NULL DEFAULT 0,
        visits INTEGER NOT NULL DEFAULT 0,
        tries INTEGER NOT NULL DEFAULT 0,
        picks INTEGER NOT NULL DEFAULT 0,
        returns INTEGER NOT NULL DEFAULT 0,
        members INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (day, hour)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE insight_goods (
        day TEXT NOT NULL,
        sku TEXT NOT NULL,
        orders INTEGER NOT NULL DEFAULT 0,
        qty INTEGER NOT NULL DEFAULT 0,
        grams INTEGER NOT NULL DEFAULT 0,
        amount_minor INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (day, sku)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE insight_guides (
        day TEXT NOT NULL,
        guide TEXT NOT NULL,
        orders INTEGER NOT NULL DEFAULT 0,
        revenue_minor INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (day, guide)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE insight_pairs (
        day TEXT NOT NULL,
        sku TEXT NOT NULL,
        other TEXT NOT NULL,
        orders INTEGER NOT NULL,
        PRIMARY KEY (day, sku, other)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE insight_known (
        sku TEXT PRIMARY KEY,
        first_day TEXT NOT NULL,
        last_sold TEXT
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE insight_arms (
        experiment TEXT NOT NULL,
        arm TEXT NOT NULL,
        day TEXT NOT NULL,
        trials INTEGER NOT NULL DEFAULT 0,
        successes INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (experiment, arm, day)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE experiment_zones (
        zone TEXT NOT NULL,
        experiment TEXT NOT NULL,
        arm TEXT NOT NULL,
        begins TEXT NOT NULL,
        ends TEXT NOT NULL,
        PRIMARY KEY (zone, experiment)
    ) STRICT, WITHOUT ROWID
    """,
)


def _insight_tables(db: Database) -> None:
    for statement in _0010:
        db.execute(statement)


INSIGHT_TABLES = Migration(name="shop-0010", apply=_insight_tables)
