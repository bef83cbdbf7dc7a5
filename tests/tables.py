"""A shop's tables as its first start leaves them, made once: to make them anew for each test takes longer than most tests do.

The first start itself is for ``shop/test_migrations.py`` and for every box that runs as a process.
"""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path

from edge.shop.registry import MIGRATIONS
from sync.migrations import Migration, migrate
from sync.schema import JOURNAL_MIGRATIONS

SHOP_TABLES: tuple[Migration, ...] = (*JOURNAL_MIGRATIONS, *MIGRATIONS)


def tables_in_memory() -> sqlite3.Connection:
    """The shop's tables, empty."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.deserialize(_made(SHOP_TABLES))
    return db


def tables_in(path: Path, migrations: tuple[Migration, ...] = SHOP_TABLES) -> Path:
    """``path`` of a journal, which has its tables already if it was not there."""
    if not path.exists():
        path.write_bytes(_made(migrations))
    return path


@cache
def _made(migrations: tuple[Migration, ...]) -> bytes:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")
    migrate(db, migrations)
    made = db.serialize()
    db.close()
    return made
