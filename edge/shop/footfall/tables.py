"""The tables of footfall: what each camera is to look at, and what was counted, by business day and hour of the shop's clock.

Nothing but reports is made of the counts; of the journal's events they hold what retention takes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0015 = (
    """
    CREATE TABLE footfall_layouts (
        camera TEXT PRIMARY KEY,
        layout TEXT NOT NULL,
        digest TEXT NOT NULL,
        version INTEGER,
        by_whom TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE footfall_floor (only INTEGER PRIMARY KEY CHECK (only = 1), plan TEXT NOT NULL) STRICT",
    """
    CREATE TABLE footfall_lines (
        day TEXT NOT NULL,
        hour INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
        camera TEXT NOT NULL,
        line TEXT NOT NULL,
        entrance INTEGER NOT NULL,
        entered INTEGER NOT NULL,
        departed INTEGER NOT NULL,
        PRIMARY KEY (day, hour, camera, line, entrance)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE footfall_zones (
        day TEXT NOT NULL,
        hour INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
        camera TEXT NOT NULL,
        zone TEXT NOT NULL,
        visits INTEGER NOT NULL DEFAULT 0,
        stays INTEGER NOT NULL DEFAULT 0,
        dwell_ms INTEGER NOT NULL DEFAULT 0,
        reaches INTEGER NOT NULL DEFAULT 0,
        looks INTEGER NOT NULL DEFAULT 0,
        queued INTEGER NOT NULL DEFAULT 0,
        longest INTEGER NOT NULL DEFAULT 0,
        waits INTEGER NOT NULL DEFAULT 0,
        wait_ms INTEGER NOT NULL DEFAULT 0,
        longest_wait_ms INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (day, hour, camera, zone)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE footfall_paths (
        day TEXT NOT NULL,
        hour INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
        camera TEXT NOT NULL,
        origin TEXT NOT NULL,
        destination TEXT NOT NULL,
        walks INTEGER NOT NULL,
        PRIMARY KEY (day, hour, camera, origin, destination)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE footfall_watched (
        day TEXT NOT NULL,
        hour INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
        camera TEXT NOT NULL,
        entrance INTEGER NOT NULL,
        watched_ms INTEGER NOT NULL,
        processed INTEGER NOT NULL,
        skipped INTEGER NOT NULL,
        starved INTEGER NOT NULL,
        lost_minutes INTEGER NOT NULL,
        PRIMARY KEY (day, hour, camera, entrance)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE footfall_arms (
        day TEXT NOT NULL,
        experiment TEXT NOT NULL,
        arm TEXT NOT NULL,
        visits INTEGER NOT NULL,
        stays INTEGER NOT NULL,
        PRIMARY KEY (day, experiment, arm)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE footfall_heat (
        day TEXT NOT NULL,
        hour INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
        camera TEXT NOT NULL,
        grid TEXT NOT NULL CHECK (grid IN ('floor', 'picture')),
        columns INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        cell_mm INTEGER NOT NULL,
        until TEXT NOT NULL,
        cells TEXT NOT NULL,
        PRIMARY KEY (day, hour, camera, grid, columns, rows, cell_mm)
    ) STRICT, WITHOUT ROWID
    """,
)


def _footfall_tables(db: Database) -> None:
    for statement in _0015:
        db.execute(statement)


FOOTFALL_TABLES = Migration(name="shop-0015", apply=_footfall_tables)
"""One that has been released is never edited; a later one mends it."""
