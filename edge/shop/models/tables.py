"""The table of the models that headquarters wants: the last document, as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0016 = (
    "CREATE TABLE models_wanted (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL, body TEXT NOT NULL) STRICT"
)


def _models(db: Database) -> None:
    db.execute(_0016)


MODELS_TABLES = Migration(name="shop-0016", apply=_models)
"""One that has been released is never edited; a later one mends it."""
