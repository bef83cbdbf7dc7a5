"""Who agreed as a pseudonym, and which member that is once headquarters tells: without it to forget the member forgot no face.

    kiosk: 13800138000 ──> nobody knows it: a pseudonym agrees      face_pseudonyms: sealed, what was shown
    members document   ──> the box looks who that is (a timer)      face_pseudonyms: the member's reference
    any till, lane     ──> the same is shown, and known by now      the same, at once
    forget the member  ──> the pseudonym is forgotten as well

What was shown is kept concealed and sealed with the box's own key, as long as the consent is: with the key that makes pseudonyms
nobody learns more from it than from the pseudonym, without it nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

import msgspec

from edge.shop.members.hashes import Kind, found_by, salted, seal, unseal
from edge.shop.members.member import Member, member_at
from edge.shop.members.rules import secrets_now
from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop
from sync.events import Event

PURPOSE = b"face_pseudonyms"
AT_ONCE = 100
"""Pseudonyms of one piece of work: some 50 µs each."""

Hidden = tuple[tuple[Kind, bytes], ...]
_read_hidden = msgspec.msgpack.Decoder(Hidden).decode
_UNKNOWN = """
    SELECT pseudonym, hidden FROM member_cache CROSS JOIN face_pseudonyms
    WHERE member_ref IS NULL AND hidden IS NOT NULL AND looked < version LIMIT ?
    """


def note_shown(place: str, pseudonym: str, hidden: Hidden, member_key: bytes, db: sqlite3.Connection) -> None:
    """Nobody knows who stands at ``place``: keep what was shown while they stand there, for they may agree."""
    sealed = seal(msgspec.msgpack.encode(hidden), member_key, PURPOSE)
    db.execute("UPDATE members_at SET hidden = ? WHERE place = ? AND member_ref = ?", (sealed, place, pseudonym))


def keep_shown(place: str, ref: str, db: sqlite3.Connection) -> None:
    """``ref``, who stands at ``place``, agrees: what was shown is kept as long as the consent, if it is a pseudonym."""
    db.execute(
        """
        INSERT OR IGNORE INTO face_pseudonyms (pseudonym, hidden)
        SELECT member_ref, hidden FROM members_at WHERE place = ? AND member_ref = ? AND hidden IS NOT NULL
        """,
        (place, ref),
    )


def is_now(pseudonym: str, member_ref: str, db: sqlite3.Connection) -> None:
    """What makes ``pseudonym`` was shown and is known: they are the member, if that pseudonym has agreed to anything."""
    db.execute(
        """
        INSERT INTO face_pseudonyms (pseudonym, member_ref)
        SELECT ?1, ?2 WHERE ?1 != ?2 AND (EXISTS (SELECT 1 FROM face_consents WHERE member_ref = ?1)
            OR EXISTS (SELECT 1 FROM face_consents WHERE guardian_ref = ?1))
        ON CONFLICT DO UPDATE SET member_ref = excluded.member_ref
        """,
        (pseudonym, member_ref),
    )


def pseudonyms_of(db: sqlite3.Connection, member_ref: str) -> tuple[str, ...]:
    """As whom the member has agreed to anything, before headquarters told of them."""
    rows = db.execute("SELECT pseudonym FROM face_pseudonyms WHERE member_ref = ? ORDER BY pseudonym", (member_ref,))
    return tuple(pseudonym for (pseudonym,) in rows)


def member_of(db: sqlite3.Connection, ref: str) -> str:
    """The member whom headquarters has told of since; ``ref`` itself for one who is no such pseudonym."""
    row = db.execute("SELECT member_ref FROM face_pseudonyms WHERE pseudonym = ? AND member_ref IS NOT NULL", (ref,)).fetchone()
    return ref if row is None else str(row[0])


def drop_shown(refs: Iterable[str | None], db: sqlite3.Connection) -> None:
    """A consent of ``refs`` is gone: nothing is kept of a pseudonym that has no other."""
    for ref in refs:
        db.execute(
            """
            DELETE FROM face_pseudonyms WHERE pseudonym = ?1 AND NOT EXISTS (SELECT 1 FROM face_consents WHERE member_ref = ?1)
                AND NOT EXISTS (SELECT 1 FROM face_consents WHERE guardian_ref = ?1)
            """,
            (ref,),
        )


def _is_due(db: sqlite3.Connection, _at: datetime, _shop: Shop) -> bool:
    return db.execute(_UNKNOWN, (1,)).fetchone() is not None


def _look(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """Whether the members document in use has those who agreed as pseudonyms. Tells nothing."""
    for pseudonym, sealed in db.execute(_UNKNOWN, (AT_ONCE,)).fetchall():
        member = _found(sealed, shop, db)
        db.execute(
            "UPDATE face_pseudonyms SET looked = (SELECT version FROM member_cache), member_ref = ? WHERE pseudonym = ?",
            (None if member is None else member.ref, pseudonym),
        )
    return ()


def _found(sealed: bytes, shop: Shop, db: sqlite3.Connection) -> Member | None:
    """None also where another box has sealed it, or the document: this one cannot tell its members."""
    content, secrets = unseal(sealed, shop.member_key, PURPOSE), secrets_now(db, shop.member_key)
    if content is None or secrets is None:
        return None
    for kind, hidden in _read_hidden(content):
        for salt in secrets.salts:
            member = member_at(db, found_by(kind, salted(salt, hidden), shop.member_key))
            if member is not None:
                return member
    return None


WHO_AGREED = Timer(name="who agreed", is_due=_is_due, decide=_look, silent=True)
