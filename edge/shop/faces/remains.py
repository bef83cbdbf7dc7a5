"""When a template was deleted its bytes may still stand in the journal's files: they are to be wiped (edge/forgetting.py)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """Of all deletions up to ``number``, the first of them at ``since``."""

    number: int
    since: datetime


def face_remains(db: sqlite3.Connection) -> Remains | None:
    """What is to be wiped, None for nothing."""
    number, since = db.execute("SELECT max(number), min(at) FROM face_remains").fetchone()
    return None if number is None else Remains(number=number, since=datetime.fromisoformat(since))


def faces_wiped(remains: Remains) -> Decision:
    """The files have no byte of them any more. Tells nothing."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        db.execute("DELETE FROM face_remains WHERE number <= ?", (remains.number,))
        return ()

    return decide
