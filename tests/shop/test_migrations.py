"""The shop's tables only grow: a migration that was released is never edited."""

from __future__ import annotations

import ast
import inspect
import sqlite3
import sys
import textwrap
from hashlib import sha256

from edge.shop.registry import MIGRATIONS
from sync.migrations import Migration, migrate, schema_digest

PINNED = {
    "shop-0001": ("da2c35bd12114b80", "bd0aac317daf42a5"),
    "shop-0002": ("ba38ce8e54d7c066", "16d5d9f7626df8ba"),
}
"""Released migrations: digest of the schema that each one leaves, digest of what it does. Never change a line; add one."""


def what_it_does(migration: Migration) -> str:
    """The code of a migration and of the statements it names, without comments and layout."""
    module = ast.parse(inspect.getsource(sys.modules[migration.apply.__module__]))
    code = ast.parse(textwrap.dedent(inspect.getsource(migration.apply)))
    named = {node.id for node in ast.walk(code) if isinstance(node, ast.Name)}
    tables = [
        node
        for node in module.body
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id in named for target in node.targets)
    ]
    return sha256("".join(ast.unparse(node) for node in [*tables, code]).encode()).hexdigest()[:16]


def test_released_migrations_are_never_edited() -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    found = {}
    for count, migration in enumerate(MIGRATIONS, start=1):
        migrate(db, MIGRATIONS[:count])
        found[migration.name] = (schema_digest(db)[:16], what_it_does(migration))
    db.close()
    assert found == PINNED, "a released migration was edited (add a new one instead), or a new one is not pinned yet"
