"""Forgets a member: erased from every table at once, cut out of the events that were written before, kept out of later documents.

Who is forgotten stands in ``member_forgettings`` until the journal is searched through. When a person of the store asked it also
stands in the event until headquarters has that, for headquarters must learn it once. An order stays an order; nobody's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import ClassVar, Literal

from edge.shop.declined import Declined
from edge.shop.faces.erasing import consents_of, erase_faces
from edge.shop.faces.events import FaceDeleted
from edge.shop.faces.pseudonyms import pseudonyms_of
from edge.shop.members.hashes import found_by_ref
from edge.shop.members.job_texts import cut_out_of_jobs
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.promotions.events import receiver_key
from edge.shop.shop import Shop
from sync.events import Event, EventClass

CUT_OUT = "forgotten"
"""What stands in place of the member, in events and on paper."""


class MemberForgotten(Event, frozen=True, kw_only=True):
    """A member was erased here, as ``request`` wanted it. Who it was is said only where headquarters does not know it yet.

    ``place`` is the screen where the member wished it.
    """

    type: ClassVar[str] = "storebox.member.forgotten"
    event_class: ClassVar[EventClass] = EventClass.MEMBER
    request: str
    by: Literal["headquarters", "store"]
    member_ref: str | None = None
    place: str = ""

    def subject(self) -> str:
        """The request."""
        return self.request

    def apply(self, db: sqlite3.Connection) -> None:
        """Erase whom the request names in its own table."""
        _erase_member(self.request, db)


def forget_member(member_ref: str, request: str, by: Literal["headquarters", "store"]) -> Decision:
    """Forget whoever is called ``member_ref``, member or pseudonym; ``request`` names the wish and happens once."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        return forget(member_ref, request, by, db)

    return decide


def forget(
    member_ref: str, request: str, by: Literal["headquarters", "store"], db: sqlite3.Connection, place: str = ""
) -> tuple[Event, ...]:
    """The events that erase: the member, and the pseudonyms as which they agreed to be recognised. Raises Declined for nobody."""
    if not member_ref:
        raise Declined("nobody-to-forget", "the request names no member: send the member's reference")
    if db.execute("SELECT 1 FROM member_forgettings WHERE request = ?", (request,)).fetchone():
        return ()
    # Who it is must not be in an audit for ever: it is put aside, the event only names the request.
    db.execute("INSERT INTO member_forgettings (request, ref, by_whom) VALUES (?, ?, ?)", (request, member_ref, by))
    pseudonyms = pseudonyms_of(db, member_ref)
    children = [kept for kept in consents_of(db, member_ref) if kept.member_ref != member_ref]
    return (
        MemberForgotten(request=request, by=by, member_ref=member_ref if by == "store" else None, place=place),
        *(FaceDeleted(member_ref=kept.member_ref, consent=kept.consent, reason="guardian") for kept in children),
        *(event for number, ref in enumerate(pseudonyms) for event in forget(ref, f"{request}.{number}", "store", db)),
    )


def _erase_member(request: str, db: sqlite3.Connection) -> None:
    """Take whom ``request`` names out of every table, and lay the stone that keeps stale documents from bringing it back."""
    (ref,) = db.execute("SELECT ref FROM member_forgettings WHERE request = ?", (request,)).fetchone()
    key = found_by_ref(ref)
    sequence, at = db.execute("SELECT sequence, time FROM events ORDER BY sequence DESC LIMIT 1").fetchone() or (0, "")
    db.execute("DELETE FROM member_tombstones WHERE key = ? OR sequence = ?", (key, sequence))
    db.execute("INSERT INTO member_tombstones (sequence, key, at) VALUES (?, ?, ?)", (sequence, key, at))
    db.execute("UPDATE member_forgettings SET sequence = ?1, upto = ?1, at = ?2 WHERE request = ?3", (sequence, at, request))
    _erase_row(key, db)
    erase_faces(ref, at, db)
    db.execute("DELETE FROM members WHERE member_ref = ?", (ref,))
    db.execute("DELETE FROM member_codes_used WHERE member_ref = ?", (ref,))
    db.execute("DELETE FROM members_at WHERE member_ref = ?", (ref,))
    db.execute("DELETE FROM face_pseudonyms WHERE ?1 IN (pseudonym, member_ref)", (ref,))
    db.execute("DELETE FROM offers_shown WHERE member_ref = ?", (ref,))
    db.execute("DELETE FROM gifts_granted WHERE receiver = ?", (receiver_key(ref),))
    db.execute("DELETE FROM member_movements WHERE member_ref = ?", (ref,))
    db.execute("DELETE FROM member_spendings WHERE member_ref = ? AND state = 'held'", (ref,))
    for table in ("orders", "member_spendings", "member_earnings"):
        db.execute(f"UPDATE {table} SET member_ref = NULL WHERE member_ref = ?", (ref,))  # noqa: S608 - our own names
    cut_out_of_jobs(ref, CUT_OUT, db)


def bury_again(db: sqlite3.Connection) -> None:
    """Erase from the document that was just adopted whom it would bring back; a stone that it knows of has done its work."""
    db.execute("DELETE FROM member_tombstones WHERE sequence <= (SELECT as_of_sequence FROM member_cache)")
    for (key,) in db.execute("SELECT key FROM member_tombstones").fetchall():
        _erase_row(key, db)


def _erase_row(key: bytes, db: sqlite3.Connection) -> None:
    """The row and the key that is known; its other keys, and texts that were for it alone, are looked for by the clock."""
    row = db.execute(
        "SELECT side, version, number FROM member_cache JOIN member_keys USING (side) WHERE key = ?", (key,)
    ).fetchone()
    if row is None:
        return
    side, version, number = row
    db.execute("DELETE FROM member_keys WHERE side = ? AND key = ?", (side, key))
    db.execute("DELETE FROM member_rows WHERE side = ? AND number = ?", (side, number))
    db.execute("INSERT OR REPLACE INTO member_leftovers (side, version, number) VALUES (?, ?, ?)", (side, version, number))
