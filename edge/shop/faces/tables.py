"""What is kept of members who may be recognised by face: no template without its consent, and an audit that names nobody.

face_consents    who agreed to which notice, where and how named; for a child under 14 its guardian
face_templates   the sealed vector, which this process cannot open; gone with its consent
face_audit       what was done with which template, where and when
face_remains     a template was deleted, and the journal's files may still have bytes of it
face_pseudonyms  who agreed before headquarters told of them: sealed, what they had shown; then, who that is
members_at       who named themselves where: now the one before too, for a guardian comes with a child
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.migrations import Migration

if TYPE_CHECKING:
    from sqlite_utils import Database

_0018 = (
    """
    CREATE TABLE face_consents (
        consent TEXT PRIMARY KEY,
        member_ref TEXT NOT NULL UNIQUE,
        notice TEXT NOT NULL,
        language TEXT NOT NULL CHECK (language IN ('zh', 'en')),
        age TEXT NOT NULL CHECK (age IN ('adult', 'guardian')),
        guardian_ref TEXT CHECK (guardian_ref != member_ref),
        staff TEXT NOT NULL,
        place TEXT NOT NULL,
        named_by TEXT NOT NULL,
        given_at TEXT NOT NULL,
        enrolled INTEGER NOT NULL DEFAULT 0,
        UNIQUE (consent, member_ref),
        CHECK ((age = 'guardian') = (guardian_ref IS NOT NULL AND staff != ''))
    ) STRICT
    """,
    "CREATE INDEX face_consents_notice ON face_consents (notice)",
    "CREATE INDEX face_consents_guardian ON face_consents (guardian_ref) WHERE guardian_ref IS NOT NULL",
    "CREATE INDEX face_consents_unused ON face_consents (given_at) WHERE NOT enrolled",
    """
    CREATE TABLE face_templates (
        template TEXT PRIMARY KEY,
        consent TEXT NOT NULL UNIQUE,
        member_ref TEXT NOT NULL,
        sealed BLOB NOT NULL CHECK (length(sealed) BETWEEN 1 AND 2048),
        model TEXT NOT NULL,
        clock TEXT NOT NULL CHECK (clock IN ('synced', 'unsynced')),
        made_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        FOREIGN KEY (consent, member_ref) REFERENCES face_consents (consent, member_ref) ON DELETE CASCADE
    ) STRICT
    """,
    "CREATE INDEX face_templates_expire ON face_templates (expires_at)",
    "CREATE INDEX face_templates_undated ON face_templates (template) WHERE clock = 'unsynced'",
    """
    CREATE TABLE face_audit (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        what TEXT NOT NULL CHECK (what IN ('consented', 'enrolled', 'matched', 'exported', 'withdrawn', 'deleted')),
        template TEXT NOT NULL,
        place TEXT NOT NULL,
        by_whom TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX face_audit_at ON face_audit (at)",
    "CREATE TABLE face_remains (number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL) STRICT",
    "DROP TABLE members_at",
    """
    CREATE TABLE members_at (
        number INTEGER PRIMARY KEY,
        place TEXT NOT NULL,
        member_ref TEXT NOT NULL,
        method TEXT NOT NULL,
        since TEXT NOT NULL,
        UNIQUE (place, member_ref)
    ) STRICT
    """,
)
"""Whoever stood at a screen before an update names themselves anew: that counts for minutes."""


def _face_tables(db: Database) -> None:
    for statement in _0018:
        db.execute(statement)


_0021 = (
    "ALTER TABLE members_at ADD COLUMN hidden BLOB",
    """
    CREATE TABLE face_pseudonyms (
        pseudonym TEXT PRIMARY KEY,
        hidden BLOB,
        member_ref TEXT CHECK (member_ref != pseudonym),
        looked INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    "CREATE INDEX face_templates_model ON face_templates (model)",
    "CREATE INDEX face_pseudonyms_of ON face_pseudonyms (member_ref) WHERE member_ref IS NOT NULL",
    "CREATE INDEX face_pseudonyms_unknown ON face_pseudonyms (looked) WHERE member_ref IS NULL AND hidden IS NOT NULL",
)
"""``looked``: the version of the members document that did not have them."""


def _pseudonym_tables(db: Database) -> None:
    for statement in _0021:
        db.execute(statement)


FACE_PSEUDONYMS = Migration(name="shop-0021", apply=_pseudonym_tables)
FACE_TABLES = Migration(name="shop-0018", apply=_face_tables)
"""One that has been released is never edited; a later one mends it."""
