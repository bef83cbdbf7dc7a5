"""The invitation to join: a QR code that says which store, guide and till won the member, so that the cloud can thank them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from edge.shop.declined import Declined
from edge.shop.members.events import JoinIntended
from edge.shop.members.rules import PLACE, rules_now
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from edge.shop.staff.roster import of_id


def intend_join(till: str, guide: str | None, order: str | None = None) -> Decision:
    """Somebody is shown the invitation at ``till``, won by ``guide``, who works here today.

    Raises Declined (join-nothing-to-show, not-on-roster).
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[JoinIntended]:
        if rules_now(db).join is None:
            raise Declined("join-nothing-to-show", "headquarters has sent no invitation: nobody can join at this box yet")
        if guide is not None:
            of_id(db, guide, shop.day(moment.at))  # or any screen could credit anybody
        yield JoinIntended(till=till, lane=shop.lane_of(till), guide=guide, token=moment.token("join"), order=order)

    return decide


def invitation(intended: JoinIntended, shop: Shop, db: sqlite3.Connection) -> str:
    """The text of the QR code; empty when headquarters has taken the invitation back meanwhile."""
    rules = rules_now(db).join
    if rules is None:
        return ""
    filled = {
        "store": shop.store,
        "guide": intended.guide or "",
        "till": intended.till,
        "box": shop.box,
        "token": intended.token,
    }
    return PLACE.sub(lambda place: filled[place[1]], rules.qr)
