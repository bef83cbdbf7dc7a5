"""Who works here: found by badge or by id, on duty or not. A badge is only ever compared as a keyed hash."""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from edge.shop.declined import Declined
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from edge.shop.staff.events import StaffArrived, StaffLeft
from sync.events import Event, rfc3339

BADGE_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person of the roster."""

    staff: str
    name_zh: str
    name_en: str
    roles: frozenset[str]


def badge_hash(db: sqlite3.Connection, code: str) -> bytes | None:
    """What the roster would hold of a badge with the text ``code``; None without a roster."""
    salt = db.execute("SELECT salt FROM roster_salt").fetchone()
    if salt is None:
        return None
    return hmac.digest(salt[0], code.strip().encode(errors="surrogatepass"), "sha256")[:BADGE_BYTES]


def of_badge(db: sqlite3.Connection, code: str, day: str) -> Person | None:
    """Whose badge ``code`` is, among those who work here on ``day``."""
    badge = badge_hash(db, code)
    return None if badge is None else _person(db, "badge = ?", badge, day)


def of_id(db: sqlite3.Connection, staff: str, day: str) -> Person:
    """The person ``staff``. Raises Declined for one who does not work here on ``day``."""
    found = _person(db, "staff = ?", staff, day)
    if found is None:
        shown = staff[:32]
        raise Declined("not-on-roster", f"nobody called {shown!r} is on the roster today: ask headquarters", staff=shown)
    return found


def works_here(db: sqlite3.Connection, staff: str, day: str) -> bool:
    """Whether ``staff`` is on the roster on ``day``."""
    return _person(db, "staff = ?", staff, day) is not None


def scan_badge(badge: bytes | None, place: str) -> Decision:
    """Come or go by a badge, given as its hash."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        person = None if badge is None else _person(db, "badge = ?", badge, shop.day(moment.at))
        if person is None:
            raise Declined("unknown-badge", "this badge is of nobody who works here today: ask headquarters for a new roster")
        if db.execute("SELECT 1 FROM on_duty WHERE staff = ?", (person.staff,)).fetchone():
            return (StaffLeft(staff=person.staff, place=place),)
        return (StaffArrived(staff=person.staff, place=place, at=rfc3339(moment.at)),)

    return decide


def on_duty(db: sqlite3.Connection) -> list[tuple[str, str, str, str]]:
    """Who is here: id, both names, since when (UTC)."""
    return db.execute(
        "SELECT staff, name_zh, name_en, since FROM on_duty JOIN roster USING (staff) ORDER BY since, staff"
    ).fetchall()


def _person(db: sqlite3.Connection, where: str, value: object, day: str) -> Person | None:
    row = db.execute(
        f"SELECT staff, name_zh, name_en, roles FROM roster WHERE {where} AND (until IS NULL OR until >= ?)",  # noqa: S608
        (value, day),
    ).fetchone()
    if row is None:
        return None
    staff, name_zh, name_en, roles = row
    return Person(staff=staff, name_zh=name_zh, name_en=name_en, roles=frozenset(roles.split()))
