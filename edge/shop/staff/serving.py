"""Which guide serves which shopper, and what a guide is credited with for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Literal

from edge.shop.declined import Declined
from edge.shop.members.events import JoinIntended
from edge.shop.moment import Moment
from edge.shop.orders.order import known_order
from edge.shop.part import Decision
from edge.shop.shop import Shop
from edge.shop.staff.events import AttributionTouched, GuideServed, Model
from edge.shop.staff.roster import of_id
from sync.events import Event


def serve(guide: str, till: str, order: str, by: Literal["badge", "page"]) -> Decision:
    """Say that ``guide`` serves the shopper of an open order; another guide may take over until it is paid."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        person = of_id(db, guide, shop.day(moment.at))
        found = known_order(db, till, order)
        if found.state != "open":
            told = f"{found.name} is {found.state}: who served it cannot be changed any more"
            raise Declined("order-closed", told, order=order, state=found.state)
        if guide_of(db, till, order) == person.staff:
            return ()
        return (GuideServed(guide=person.staff, till=till, order=order, by=by),)

    return decide


def guide_of(db: sqlite3.Connection, till: str, order: str) -> str | None:
    """Who serves the shopper of this order."""
    row = db.execute("SELECT guide FROM served WHERE till = ? AND order_id = ?", (till, order)).fetchone()
    return None if row is None else str(row[0])


def credit_join(intended: JoinIntended) -> tuple[AttributionTouched, ...]:
    """The touch of the guide who won somebody as a member, if one did."""
    if intended.guide is None:
        return ()
    return (AttributionTouched(guide=intended.guide, model="cpa", till=intended.till, order=intended.order),)


def credit(db: sqlite3.Connection, model: Model, till: str, order: str, amount_minor: int = 0) -> tuple[AttributionTouched, ...]:
    """The touch of the guide who serves this order, if one does."""
    guide = guide_of(db, till, order)
    if guide is None:
        return ()
    return (AttributionTouched(guide=guide, model=model, till=till, order=order, amount_minor=amount_minor),)
