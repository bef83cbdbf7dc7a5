"""What headquarters last said about the settings."""

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
)


def _settings_table(db: Database) -> None:
    for statement in _0013:
        db.execute(statement)


SETTINGS_TABLE = Migration(name="shop-0013", apply=_settings_table)
"""One that has been released is never edited; a later one mends it."""
