"""How the schema grows: each migration runs once, in order, in a transaction of its own. Without this no box survives an update.

A migration that has been released is never edited: a later one mends it. sqlite-utils runs them, imported only when one is due.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

MIGRATION_SET = "storebox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """``name`` is unique and sorts nowhere: the order is that of the list. ``apply`` changes tables and never commits."""

    name: str
    apply: Callable[[Database], None]


class SchemaNewer(Exception):
    """A later storebox has written this database."""


def migrate(db: sqlite3.Connection, migrations: Sequence[Migration]) -> list[str]:
    """Bring ``db`` (in autocommit mode) up to date and say which migrations ran. Raises SchemaNewer."""
    applied = applied_names(db)
    unknown = [name for name in applied if name not in {migration.name for migration in migrations}]
    if unknown:
        raise SchemaNewer(
            f"the journal was written by a newer storebox (it has {', '.join(unknown)}); "
            "install that version again, or a later one: an older one would damage it"
        )
    due = [migration for migration in migrations if migration.name not in applied]
    if due:
        _run(db, due)
    return [migration.name for migration in due]


def applied_names(db: sqlite3.Connection) -> list[str]:
    """The migrations that this database has seen, in order."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone():
        return []
    rows = db.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY id", (MIGRATION_SET,))
    return [name for (name,) in rows]


def schema_digest(db: sqlite3.Connection) -> str:
    """SHA-256 over every table and index as SQLite keeps them: two databases with one digest have one schema."""
    rows = db.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name").fetchall()
    return sha256(repr(rows).encode()).hexdigest()


def _run(db: sqlite3.Connection, due: Sequence[Migration]) -> None:
    with _without_numpy():  # a box that is up to date never loads either
        from sqlite_utils import Database, Migrations

    wrapped = Database(db)
    steps = Migrations(MIGRATION_SET)
    for migration in due:
        steps(name=migration.name)(migration.apply)
    steps.apply(wrapped)


@contextmanager
def _without_numpy() -> Iterator[None]:
    """sqlite-utils loads numpy where it is installed, only to know its types: 12 MB that no journal has a use for."""
    if "numpy" in sys.modules:
        yield
        return
    sys.modules["numpy"] = None  # type: ignore[assignment]  # whoever imports it now hears that it is not there
    try:
        yield
    finally:
        del sys.modules["numpy"]
