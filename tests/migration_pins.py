"""What a released migration is known by: the schema that it leaves, and what it does; an edited one is found by either."""

from __future__ import annotations

import ast
import inspect
import sqlite3
import sys
import textwrap
from collections.abc import Sequence
from hashlib import sha256

from sync.migrations import Migration, migrate, schema_digest


def pins_of(migrations: Sequence[Migration]) -> dict[str, tuple[str, str]]:
    """By name, in this order: digest of the schema that each one leaves, digest of what it does."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    found = {}
    for count, migration in enumerate(migrations, start=1):
        migrate(db, migrations[:count])
        found[migration.name] = (schema_digest(db)[:16], what_it_does(migration))
    db.close()
    return found


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
