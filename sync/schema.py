"""The journal's own tables, as migrations. ``docs/journal.md`` says what each column means.

State tables of the shop stand beside these and hold no foreign keys to them: rows of the journal come and go by retention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0001 = (
    """
    CREATE TABLE events (
        sequence INTEGER PRIMARY KEY,
        state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'rejected')),
        class INTEGER NOT NULL,
        id TEXT NOT NULL,
        box TEXT NOT NULL,
        type TEXT NOT NULL,
        time TEXT NOT NULL,
        boot TEXT NOT NULL,
        monotonic_ms INTEGER NOT NULL,
        clock TEXT NOT NULL,
        subject TEXT,
        tz TEXT,
        business_day TEXT,
        data TEXT NOT NULL,
        problem TEXT NOT NULL DEFAULT ''
    )
    """,
    "CREATE INDEX events_queued ON events (class, sequence) WHERE state = 'queued'",
    "CREATE INDEX events_rejected ON events (sequence) WHERE state = 'rejected'",
    """
    CREATE TABLE receipts (
        device TEXT NOT NULL,
        id TEXT NOT NULL,
        digest BLOB NOT NULL,
        at TEXT NOT NULL,
        refusal TEXT,
        PRIMARY KEY (device, id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE letters (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        device TEXT NOT NULL,
        reason TEXT NOT NULL,
        told TEXT NOT NULL,
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL,
        times INTEGER NOT NULL DEFAULT 1,
        digest BLOB NOT NULL UNIQUE
    )
    """,
    "CREATE TABLE documents (kind TEXT PRIMARY KEY, version INTEGER NOT NULL, digest BLOB NOT NULL, adopted_at TEXT NOT NULL)",
    """
    CREATE TABLE counts (
        state TEXT NOT NULL, class INTEGER NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY (state, class)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)


_0002 = (
    "ALTER TABLE receipts ADD COLUMN refusal_key TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE receipts ADD COLUMN refusal_facts TEXT NOT NULL DEFAULT '{}'",
)
"""A repeat of what was refused is refused in the same words, in whatever language they are said."""


def _journal_tables(db: Database) -> None:
    for statement in _0001:
        db.execute(statement)


def _refusals_in_words(db: Database) -> None:
    for statement in _0002:
        db.execute(statement)


JOURNAL_MIGRATIONS: tuple[Migration, ...] = (
    Migration(name="journal-0001", apply=_journal_tables),
    Migration(name="journal-0002", apply=_refusals_in_words),
)
"""In order of release; the shop's own follow after these."""
