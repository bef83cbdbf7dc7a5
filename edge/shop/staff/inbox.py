"""What one person of the staff is to see: the messages that concern them, the unread and urgent first."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from sync.events import rfc3339

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message as it stands in somebody's inbox; ``reply`` is their own. ``escalated``: others did not read it in time."""

    message: str
    kind: str
    urgent: bool
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    wants_reply: bool
    escalated: bool
    read: bool
    reply: str


def inbox(db: sqlite3.Connection, staff: str, at: datetime) -> list[Letter]:
    """The messages for ``staff`` that have not expired; whoever is on no roster sees what is for everybody."""
    named = _named(db, staff)
    rows = db.execute(
        """
        SELECT messages.message, kind, urgent, audience, title_zh, title_en, text_zh, text_en, wants_reply, escalated,
            escalate_to, seen.staff IS NOT NULL, coalesce(seen.reply, '')
        FROM messages LEFT JOIN messages_read AS seen ON seen.message = messages.message AND seen.staff = ?
        WHERE expires_at IS NULL OR expires_at > ?
        ORDER BY seen.staff IS NOT NULL, urgent DESC, escalated DESC, messages.message LIMIT ?
        """,
        (staff, rfc3339(at), MOST_SHOWN),
    )
    return [_letter(row) for row in rows if _concerns(row[3], row[9], row[10], named)]


def is_for(db: sqlite3.Connection, message: str, staff: str) -> bool | None:
    """Whether ``message`` stands in the inbox of ``staff``; None when there is no such message."""
    row = db.execute("SELECT audience, escalated, escalate_to FROM messages WHERE message = ?", (message,)).fetchone()
    if row is None:
        return None
    audience, escalated, escalate_to = row
    return _concerns(audience, escalated, escalate_to, _named(db, staff))


def _named(db: sqlite3.Connection, staff: str) -> set[str]:
    """By which words ``staff`` is meant: their own id and their roles."""
    roles = db.execute("SELECT roles FROM roster WHERE staff = ?", (staff,)).fetchone()
    return {staff, *(roles[0].split() if roles else ())}


def _concerns(audience: object, escalated: object, escalate_to: object, named: set[str]) -> bool:
    meant = str(audience).split()
    return not meant or not named.isdisjoint(meant) or bool(escalated and escalate_to in named)


def _letter(row: tuple[object, ...]) -> Letter:
    message, kind, urgent, _audience, title_zh, title_en, text_zh, text_en, wants_reply, escalated, _to, read, reply = row
    return Letter(
        message=str(message),
        kind=str(kind),
        urgent=bool(urgent),
        title_zh=str(title_zh),
        title_en=str(title_en),
        text_zh=str(text_zh),
        text_en=str(text_en),
        wants_reply=bool(wants_reply),
        escalated=bool(escalated),
        read=bool(read),
        reply=str(reply),
    )
