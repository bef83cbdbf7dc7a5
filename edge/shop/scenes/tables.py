"""The tables of scenes and opening hours: what headquarters planned, what holds now, and what has fired already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0009 = (
    "CREATE TABLE scene_plans (kind TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE scene_layers (
        layer TEXT NOT NULL CHECK (layer IN ('safety', 'manual', 'campaign', 'calendar')),
        source TEXT NOT NULL,
        scene TEXT NOT NULL,
        cause TEXT NOT NULL,
        since TEXT NOT NULL,
        until TEXT,
        PRIMARY KEY (layer, source)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE scene_occurrences (
        number INTEGER PRIMARY KEY,
        target TEXT NOT NULL CHECK (target IN ('store', 'calendar', 'campaign')),
        key TEXT NOT NULL UNIQUE,
        at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX scene_occurrences_of ON scene_occurrences (target, number)",
    """
    CREATE TABLE scene_now (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        application INTEGER NOT NULL,
        scene TEXT NOT NULL,
        layer TEXT NOT NULL,
        problem TEXT NOT NULL,
        began_at TEXT NOT NULL,
        plan_version INTEGER NOT NULL,
        told TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    """
    CREATE TABLE scene_wants (
        place INTEGER PRIMARY KEY,
        device TEXT NOT NULL,
        property TEXT NOT NULL,
        value TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('commanded', 'accepted', 'reached', 'waiting', 'failed')),
        job TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 1,
        again_at TEXT NOT NULL DEFAULT '',
        detail TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    """
    CREATE TABLE scene_looks (
        only INTEGER PRIMARY KEY CHECK (only = 1), looked_at TEXT NOT NULL, due_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE store_hours (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        open INTEGER NOT NULL,
        by_whom TEXT NOT NULL,
        since TEXT NOT NULL,
        overridden INTEGER NOT NULL,
        until TEXT
    ) STRICT
    """,
    "CREATE TABLE environment_samples (only INTEGER PRIMARY KEY CHECK (only = 1), minute TEXT NOT NULL) STRICT",
)


def _scenes(db: Database) -> None:
    for statement in _0009:
        db.execute(statement)


SCENE_TABLES = Migration(name="shop-0009", apply=_scenes)
"""One that has been released is never edited; a later one mends it."""
