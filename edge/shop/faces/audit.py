"""Who did what with which template: kept as long as the law wants a record of processing, and naming no member.

A template's name is random; when the template is gone it leads to nobody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

What = Literal["consented", "enrolled", "matched", "exported", "withdrawn", "deleted"]

KEEP = timedelta(days=1_096)
"""Three years: PIPL article 56."""

MOST_ROWS = 500_000
AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """``by``: ``member``, ``clock``, or who of the store; ``template`` is empty where there is none."""

    what: What
    at: datetime | str
    place: str = ""
    by: str = ""


def write_down(act: Act, template: str, db: sqlite3.Connection) -> None:
    """Put ``act`` into the audit, in the transaction of what it tells; no event has the name of a template that matched."""
    at = act.at if isinstance(act.at, str) else rfc3339(act.at)
    number = db.execute(
        "INSERT INTO face_audit (at, what, template, place, by_whom) VALUES (?, ?, ?, ?, ?)",
        (at, act.what, template, act.place, act.by),
    ).lastrowid
    db.execute("DELETE FROM face_audit WHERE number <= ?", ((number or 0) - MOST_ROWS,))


def _is_due(db: sqlite3.Connection, at: datetime, shop: Shop) -> bool:
    if shop.clock() == "unsynced":
        return False
    return db.execute("SELECT 1 FROM face_audit WHERE at < ? LIMIT 1", (rfc3339(at - KEEP),)).fetchone() is not None


def _end(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    oldest = "SELECT number FROM face_audit WHERE at < ? ORDER BY at LIMIT ?"
    db.execute(f"DELETE FROM face_audit WHERE number IN ({oldest})", (rfc3339(moment.at - KEEP), AT_ONCE))  # noqa: S608
    return ()


AUDIT_ENDS = Timer(name="face audit", is_due=_is_due, decide=_end, silent=True)
