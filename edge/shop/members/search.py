"""Looks slice by slice for what is left of a forgotten member: keys that no row has any more, texts that were for nobody else,
and events written before.

An event of the member alone vanishes; out of every other the member is cut, for a paid order is an order.

    upto set           events are searched, from the newest to the oldest
    ref set            a person of the store asked, and headquarters has not heard yet who it is
    wipe not 0         nothing names the member any more but old bytes in the journal's files (edge/forgetting.py)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime

from edge.shop.members.forget import CUT_OUT
from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop
from sync.events import Event, EventClass
from sync.forgotten import remove_member_events

SEARCH_EVENTS = 2_000
SEARCH_BUCKETS = 8
SEARCH_MEMBERS = 4_000
"""How much one transaction looks through: some 5 ms of work."""

BUCKETS = 256
"""First bytes of a key."""

_AUDIT = "storebox.member.forgotten"
_HEARD = f"""
    SELECT request, ref, sequence FROM member_forgettings WHERE ref != '' AND upto IS NULL
    AND NOT EXISTS (SELECT 1 FROM events WHERE events.sequence = member_forgettings.sequence AND state = 'queued'
        AND type = '{_AUDIT}')
    """  # noqa: S608 - our own name


def _is_due(db: sqlite3.Connection, _at: datetime, _shop: Shop) -> bool:
    asked = f"""
        SELECT EXISTS (SELECT 1 FROM member_leftovers)
            OR EXISTS (SELECT 1 FROM member_forgettings WHERE ref != '' AND upto IS NOT NULL) OR EXISTS ({_HEARD})
        """  # noqa: S608
    return bool(db.execute(asked).fetchone()[0])


def _go_on(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """A slice of the search."""
    if _search_keys(db) or _end_audit(db):
        return ()
    return _search_events(db)


def _search_keys(db: sqlite3.Connection) -> bool:
    """Whether keys of the erased were looked for."""
    row = db.execute("SELECT side, version, number, bucket FROM member_leftovers LIMIT 1").fetchone()
    if row is None:
        return False
    side, version, number, bucket = row
    current = db.execute("SELECT version FROM member_cache WHERE side = ?", (side,)).fetchone()
    if current != (version,) or (bucket >= BUCKETS and not _search_offers(side, number, bucket - BUCKETS, db)):
        db.execute("DELETE FROM member_leftovers WHERE side = ? AND version = ? AND number = ?", (side, version, number))
        return True
    upto = bucket + (SEARCH_BUCKETS if bucket < BUCKETS else 1)
    if bucket < BUCKETS:
        _remove_keys(side, number, bucket, upto, db)
    db.execute(
        "UPDATE member_leftovers SET bucket = ? WHERE side = ? AND version = ? AND number = ?", (upto, side, version, number)
    )
    return True


def _remove_keys(side: int, number: int, bucket: int, upto: int, db: sqlite3.Connection) -> None:
    below, values = ("AND key < ?", (bytes([upto]),)) if upto < BUCKETS else ("", ())
    db.execute(
        f"DELETE FROM member_keys WHERE side = ? AND key >= ? {below} AND number = ?",  # noqa: S608
        (side, bytes([bucket]), *values, number),
    )


def _search_offers(side: int, number: int, slice_: int, db: sqlite3.Connection) -> bool:
    """Look at the next members for offers of the erased that are theirs too; at the end what is left was for the erased alone."""
    first = slice_ * SEARCH_MEMBERS
    (last,) = db.execute("SELECT coalesce(max(number), 0) FROM member_rows WHERE side = ?", (side,)).fetchone()
    own = "side = ? AND number = ?"
    if first > last or db.execute(f"SELECT 1 FROM member_offers WHERE {own}", (side, number)).fetchone() is None:  # noqa: S608
        alone = f"SELECT offer FROM member_offers WHERE {own}"  # noqa: S608
        db.execute(f"DELETE FROM member_offer_texts WHERE side = ? AND number IN ({alone})", (side, side, number))  # noqa: S608
        db.execute(f"DELETE FROM member_offers WHERE {own}", (side, number))  # noqa: S608
        return False
    shared = "SELECT offer FROM member_offers WHERE side = ? AND number BETWEEN ? AND ? AND number != ?"
    db.execute(
        f"DELETE FROM member_offers WHERE {own} AND offer IN ({shared})",  # noqa: S608
        (side, number, side, first, first + SEARCH_MEMBERS - 1, number),
    )
    return True


def _end_audit(db: sqlite3.Connection) -> bool:
    """Whether headquarters has heard whom the store forgot, so that nothing here need name the member any more."""
    row = db.execute(f"{_HEARD} LIMIT 1").fetchone()
    if row is None:
        return False
    request, ref, sequence = row
    db.execute(f"UPDATE events SET {_CUT} WHERE sequence = ?4", (ref, *_cut(ref), sequence))  # noqa: S608
    db.execute("UPDATE member_forgettings SET ref = '', wipe = wipe + 2 WHERE request = ?", (request,))
    return True


def _search_events(db: sqlite3.Connection) -> Iterator[Event]:
    """From the newest to the oldest; at the end forget who it was, unless headquarters must still hear it."""
    row = db.execute(
        "SELECT request, ref, by_whom, upto FROM member_forgettings WHERE ref != '' AND upto IS NOT NULL LIMIT 1"
    ).fetchone()
    if row is None:
        return
    request, ref, by, upto = row
    newest = "SELECT sequence FROM events WHERE sequence <= ? ORDER BY sequence DESC LIMIT ?"
    (first,) = db.execute(f"SELECT min(sequence) FROM ({newest})", (upto, SEARCH_EVENTS)).fetchone()  # noqa: S608
    if first is None:
        keep = ref if by == "store" else ""
        db.execute("UPDATE member_forgettings SET ref = ?, upto = NULL, wipe = 1 WHERE request = ?", (keep, request))
        return
    own, others = _naming(ref, first, upto, db)
    yield from remove_member_events(db, own)
    for sequence in others:
        db.execute(f"UPDATE events SET {_CUT} WHERE sequence = ?4", (ref, *_cut(ref), sequence))  # noqa: S608
    db.execute(
        "UPDATE member_forgettings SET upto = ?, done = done + ?, removed = removed + ? WHERE request = ?",
        (first - 1, len(others), len(own), request),
    )


_CUT = "subject = CASE subject WHEN ?1 THEN NULL ELSE subject END, data = replace(data, ?2, ?3)"


def _cut(ref: str) -> tuple[str, str]:
    return f'"member_ref":"{ref}"', f'"member_ref":"{CUT_OUT}"'


def _naming(ref: str, first: int, upto: int, db: sqlite3.Connection) -> tuple[list[int], list[int]]:
    """The events that name the member: the member's own, and those of which it is only a part."""
    rows = db.execute(
        "SELECT sequence, class FROM events WHERE sequence BETWEEN ? AND ? AND type != ? AND instr(data, ?) ORDER BY sequence",
        (first, upto, _AUDIT, _cut(ref)[0]),
    ).fetchall()
    own = [sequence for sequence, event_class in rows if event_class == EventClass.MEMBER]
    return own, [sequence for sequence, event_class in rows if event_class != EventClass.MEMBER]


FORGETTING = Timer(name="forgetting", is_due=_is_due, decide=_go_on, silent=True)
"""What is left of a forgotten member is gone within seconds, also after a restart."""
