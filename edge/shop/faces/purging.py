"""Ends by the clock what is kept of faces: whose time is over, who agreed to a notice of before, who agreed and never enrolled.

While the clock is not synced nothing is judged: a clock that stands in another year would have everybody deleted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta

from edge.shop.faces.audit import Act
from edge.shop.faces.erasing import consent_named, erase
from edge.shop.faces.events import FaceDeleted, Reason
from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

UNUSED = timedelta(days=1)
"""So long a consent waits for an enrolment: the challenge may fail, and the member come back after the shopping."""

AT_ONCE = 100
"""Templates of one piece of work."""

_UNDATED = "SELECT template FROM face_templates WHERE clock = 'unsynced'"
_TOO_LONG = "SELECT template FROM face_templates WHERE expires_at > ?"
_ENDED: dict[Reason, str] = {
    "expired": "SELECT consent FROM face_templates WHERE expires_at <= ?",
    "unused": "SELECT consent FROM face_consents WHERE NOT enrolled AND given_at <= ?",
    "notice": "SELECT consent FROM face_consents WHERE notice < ?1 OR notice > ?1",
}


def _bounds(at: datetime, shop: Shop) -> dict[Reason, str]:
    """With what the rows are compared. With faces off no notice is shown, so none is another."""
    bounds: dict[Reason, str] = {"expired": rfc3339(at), "unused": rfc3339(at - UNUSED)}
    return bounds | {"notice": shop.faces.notice} if shop.faces.configured else bounds


def _longest(at: datetime, shop: Shop) -> str:
    return rfc3339(at + timedelta(days=shop.faces.keep_days))


def _is_due(db: sqlite3.Connection, at: datetime, shop: Shop) -> bool:
    if shop.clock() == "unsynced":
        return False
    asked = [(_UNDATED, ()), (_TOO_LONG, (_longest(at, shop),))]
    asked += [(_ENDED[reason], (bound,)) for reason, bound in _bounds(at, shop).items()]
    return any(db.execute(f"{rows} LIMIT 1", bound).fetchone() for rows, bound in asked)


def _purge(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    if _date(moment, shop, db):
        return
    for reason, bound in _bounds(moment.at, shop).items():
        ended = db.execute(f"{_ENDED[reason]} LIMIT ?2", (bound, AT_ONCE)).fetchall()
        for (consent,) in ended:
            kept = consent_named(db, consent)
            if kept is None:  # only somebody with a program of their own leaves a template without its consent
                db.execute("DELETE FROM face_templates WHERE consent = ?", (consent,))
            else:
                erase(kept, Act(what="deleted", at=moment.at, by=reason), db)
                yield FaceDeleted(member_ref=kept.member_ref, consent=consent, reason=reason)
        if ended:
            return


def _date(moment: Moment, shop: Shop, db: sqlite3.Connection) -> bool:
    """Whether there were templates of a wrong clock, or of settings that kept them longer."""
    made, longest = rfc3339(moment.at), _longest(moment.at, shop)
    undated = db.execute(
        f"UPDATE face_templates SET clock = 'synced', made_at = ?, expires_at = ? WHERE template IN ({_UNDATED} LIMIT ?)",  # noqa: S608
        (made, longest, AT_ONCE),
    ).rowcount
    if undated:
        return True
    too_long = f"UPDATE face_templates SET expires_at = ?1 WHERE template IN ({_TOO_LONG.replace('?', '?1')} LIMIT ?2)"  # noqa: S608
    return db.execute(too_long, (longest, AT_ONCE)).rowcount > 0


FACE_ENDS = Timer(name="face templates", is_due=_is_due, decide=_purge, silent=True)
