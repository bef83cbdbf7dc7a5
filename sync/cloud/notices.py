"""Published documents, the newest of each kind for each audience, and commands, behind one cursor that only grows."""

from __future__ import annotations

import sqlite3

from sync.cloud.sink import Behind, Notice, Registered, StaleDocument

COMMAND_PREFIX = "command/"
"""A command is a notice of a kind of its own, ``command/<id>``; no kind of document begins so."""

PAGE_BYTES = 16 * 1024 * 1024  # of one answer; a box asks again for the rest


def published_version(db: sqlite3.Connection, kind: str, *, store: str, box: str) -> int:
    """0 before the first."""
    row = db.execute("SELECT version FROM notices WHERE kind = ? AND store = ? AND box = ?", (kind, store, box)).fetchone()
    return 0 if row is None else int(row[0])


def publish(db: sqlite3.Connection, notice: Notice, now: str) -> int:
    """Put up ``notice`` in place of the older version; its cursor."""
    before = published_version(db, notice.kind, store=notice.store, box=notice.box)
    if notice.version <= before:
        raise StaleDocument(f"{notice.kind} {before} is published already; publish version {before + 1} or later")
    db.execute("DELETE FROM notices WHERE kind = ? AND store = ? AND box = ?", (notice.kind, notice.store, notice.box))
    done = db.execute(
        "INSERT INTO notices (kind, version, store, box, jws, published_at) VALUES (?, ?, ?, ?, ?, ?)",
        (notice.kind, notice.version, notice.store, notice.box, notice.jws, now),
    )
    return int(done.lastrowid or 0)


def last_cursor(db: sqlite3.Connection) -> int:
    """0 before the first."""
    (cursor,) = db.execute("SELECT coalesce(max(cursor), 0) FROM notices").fetchone()
    return int(cursor)


def notices_after(db: sqlite3.Connection, cursor: int, to: Registered) -> Behind:
    """What ``to`` has not seen. A cursor from the future (the sink was restored from a copy) starts again."""
    newest = last_cursor(db)
    after = cursor if cursor <= newest else 0
    rows = db.execute(
        "SELECT cursor, kind, jws FROM notices WHERE cursor > ? AND store IN ('', ?) AND box IN ('', ?) ORDER BY cursor",
        (after, to.store, to.box),
    )
    documents: list[str] = []
    commands: list[str] = []
    room = PAGE_BYTES
    for at, kind, jws in rows:
        room -= len(jws)
        if (documents or commands) and room < 0:
            return Behind(cursor=after, documents=documents, commands=commands)
        (commands if kind.startswith(COMMAND_PREFIX) else documents).append(jws)
        after = at
    return Behind(cursor=newest, documents=documents, commands=commands)


def forget_commands(db: sqlite3.Connection, before: str) -> None:
    """Drop commands that were published before this time (RFC 3339): they have expired, and a new box must not get them."""
    db.execute(
        "DELETE FROM notices WHERE substr(kind, 1, ?) = ? AND published_at < ?", (len(COMMAND_PREFIX), COMMAND_PREFIX, before)
    )
