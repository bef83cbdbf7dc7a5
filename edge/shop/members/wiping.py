"""When nothing names a forgotten member any more: the journal's files are to be wiped, then whoever asked is told.

The box's own part (edge/forgetting.py) does it between the commits, for no decision can.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.document_events import CommandFinished
from sync.events import Event

FORGET_MEMBER = "forget-member"
"""What headquarters calls the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request of whose member the files may still have bytes, and when it was made. ``stage`` grows while it is fulfilled."""

    request: str
    stage: int
    at: datetime


def to_wipe(db: sqlite3.Connection) -> tuple[Wish, ...]:
    """The wishes that wait for the files."""
    rows = db.execute("SELECT request, wipe, at FROM member_forgettings WHERE wipe")
    return tuple(Wish(request=request, stage=stage, at=datetime.fromisoformat(at)) for request, stage, at in rows)


def wiped(wishes: tuple[Wish, ...]) -> Decision:
    """The files have no byte any more of what was gone at these stages: headquarters is told, if the wish was its own."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        for wish in wishes:
            row = db.execute(
                "UPDATE member_forgettings SET wipe = 0 WHERE request = ? AND wipe = ? RETURNING by_whom, done, removed",
                (wish.request, wish.stage),
            ).fetchone()
            if row is not None and row[0] == "headquarters":
                detail = f"erased; cut out of {row[1]} events, {row[2]} events removed"
                yield CommandFinished(id=wish.request, kind=FORGET_MEMBER, outcome="confirmed", detail=detail)

    return decide
