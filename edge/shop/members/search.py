"""Looks slice by slice for what is left of a forgotten member: keys that no row has any more, and events written before.

In an event the member is cut out, the event stays: a gap in the numbers would have to be explained, a paid order is an order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop
from sync.document_events import CommandFinished
from sync.events import Event

FORGET_MEMBER = "forget-member"
"""What headquarters calls the command."""

CUT_OUT = "forgotten"
"""What stands in an event in place of the member."""

SEARCH_EVENTS = 2_000
SEARCH_BUCKETS = 8
"""How much one transaction looks through: some 5 ms of work."""

BUCKETS = 256
"""First bytes of a key."""


def _is_due(db: sqlite3.Connection, _at: datetime, _shop: Shop) -> bool:
    asked = "SELECT EXISTS (SELECT 1 FROM member_leftovers) OR EXISTS (SELECT 1 FROM member_forgettings WHERE upto IS NOT NULL)"
    return bool(db.execute(asked).fetchone()[0])


def _go_on(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """A slice of the search; at its end headquarters is told, if the wish was its own."""
    return () if _search_keys(db) else _search_events(db)


def _search_keys(db: sqlite3.Connection) -> bool:
    """Whether keys of the erased were looked for."""
    row = db.execute("SELECT side, version, number, bucket FROM member_leftovers LIMIT 1").fetchone()
    if row is None:
        return False
    side, version, number, bucket = row
    current = db.execute("SELECT version FROM member_cache WHERE side = ?", (side,)).fetchone()
    if current != (version,) or bucket >= BUCKETS:
        db.execute("DELETE FROM member_leftovers WHERE side = ? AND version = ? AND number = ?", (side, version, number))
        return True
    upto = bucket + SEARCH_BUCKETS
    below, values = ("AND key < ?", (bytes([upto]),)) if upto < BUCKETS else ("", ())
    db.execute(
        f"DELETE FROM member_keys WHERE side = ? AND key >= ? {below} AND number = ?",  # noqa: S608
        (side, bytes([bucket]), *values, number),
    )
    db.execute(
        "UPDATE member_leftovers SET bucket = ? WHERE side = ? AND version = ? AND number = ?", (upto, side, version, number)
    )
    return True


def _search_events(db: sqlite3.Connection) -> tuple[Event, ...]:
    """From the newest to the oldest, cut the member out of what was journaled before; at the end forget who it was."""
    request, ref, by, upto, done = db.execute(
        "SELECT request, ref, by_whom, upto, done FROM member_forgettings WHERE upto IS NOT NULL LIMIT 1"
    ).fetchone()
    newest = "SELECT sequence FROM events WHERE sequence <= ? ORDER BY sequence DESC LIMIT ?"
    (first,) = db.execute(f"SELECT min(sequence) FROM ({newest})", (upto, SEARCH_EVENTS)).fetchone()  # noqa: S608
    if first is None:
        db.execute("UPDATE member_forgettings SET ref = '', upto = NULL WHERE request = ?", (request,))
        detail = f"erased; cut out of {done} events"
        told = CommandFinished(id=request, kind=FORGET_MEMBER, outcome="confirmed", detail=detail)
        return (told,) if by == "headquarters" else ()
    changed = db.execute(
        """
        UPDATE events SET subject = CASE subject WHEN ?1 THEN NULL ELSE subject END, data = replace(data, ?2, ?3)
        WHERE sequence BETWEEN ?4 AND ?5 AND type != 'storebox.member.forgotten' AND instr(data, ?2)
        """,
        (ref, f'"member_ref":"{ref}"', f'"member_ref":"{CUT_OUT}"', first, upto),
    ).rowcount
    db.execute("UPDATE member_forgettings SET upto = ?, done = ? WHERE request = ?", (first - 1, done + changed, request))
    return ()


FORGETTING = Timer(name="forgetting", is_due=_is_due, decide=_go_on, silent=True)
"""What is left of a forgotten member is gone within seconds, also after a restart."""
