"""A wish of the member whose visit a screen shows: declined when somebody else was named there meanwhile, who wished nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from edge.shop.declined import Declined
from edge.shop.faces.here import member_here
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event


def only_for(member_ref: str, place: str, wish: Decision) -> Decision:
    """``wish``, while ``member_ref`` was named last at ``place``. Raises Declined: member-not-here, and those of ``wish``."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        if member_here(place, moment.at, shop, db).member_ref != member_ref:
            raise Declined("member-not-here", "somebody else was named here meanwhile: show your code or number again")
        yield from wish(moment, shop, db)

    return decide
