"""Where work waits that must still happen after a crash: one row a job, in the order in which each device gets them.

What a job is to print or to draw is in a table of its own, which no event ever copies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0002 = (
    """
    CREATE TABLE jobs (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        device TEXT NOT NULL,
        command TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'confirmed', 'accepted', 'unknown', 'failed', 'dismissed')),
        tries INTEGER NOT NULL DEFAULT 0,
        by_whom TEXT NOT NULL,
        origin TEXT NOT NULL,
        cause TEXT NOT NULL,
        asked_at TEXT NOT NULL,
        expires_at TEXT,
        detail TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    "CREATE TABLE job_contents (id TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX jobs_due ON jobs (device, number) WHERE state IN ('queued', 'sent')",
    "CREATE INDEX jobs_for_people ON jobs (number) WHERE state IN ('unknown', 'failed')",
)


def _jobs(db: Database) -> None:
    for statement in _0002:
        db.execute(statement)


JOB_TABLES = Migration(name="shop-0002", apply=_jobs)
"""One that has been released is never edited; a later one mends it."""
