"""Which order a till means, and opening one. Goods or money for an order that the box never heard of open it by implication.

That happens when a till restarts and forgets what it had not sent yet: the shopper stands there, and a refusal would help nobody.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from drivers import readings
from edge.shop.declined import Declined
from edge.shop.orders.events import OrderOpened
from edge.shop.shop import Shop
from sync.events import Event, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order as the tables have it; ``lines`` is the last line number given, ``table`` where it is carried to."""

    till: str
    order: str
    lane: str | None
    state: Literal["open", "paid", "voided"]
    business_day: str
    currency: str
    implied: bool = False
    lines: int = 0
    total_minor: int = 0
    table: str | None = None
    opened_at: str | None = None
    completed: bool = False
    refunded: bool = False
    member_ref: str | None = None

    @property
    def stage(self) -> Literal["open", "paid", "completed", "refunded", "voided"]:
        """How far it has come."""
        if self.state != "paid":
            return self.state
        if self.refunded:
            return "refunded"
        return "completed" if self.completed else "paid"

    @property
    def name(self) -> str:
        """The order as people call it."""
        return f"order {self.order} of {self.till}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """A line that is sold: ``qty`` pieces or ``grams`` for ``amount_minor``; ``category`` as the catalogue said then.

    ``reduced_minor`` is the line's part of the reductions, known when it is paid. Not ``known``: ``sku`` is a till's code only.
    """

    line: int
    sku: str
    qty: int | None
    grams: int | None
    price_minor: int
    amount_minor: int
    category: str
    reduced_minor: int = 0
    known: bool = True


def sold_lines(db: sqlite3.Connection, till: str, order: str) -> list[SoldLine]:
    """The lines of an order that are sold, in order of entry: none removed, none that still awaits its weight."""
    rows = db.execute(
        """
        SELECT line, sku, qty, grams, price_minor, amount_minor, category, order_lines.reduced_minor, known
        FROM orders JOIN order_lines USING (number)
        WHERE till = ? AND order_id = ? AND order_lines.state = 'sold' ORDER BY line
        """,
        (till, order),
    )
    return [
        SoldLine(
            line=line,
            sku=sku,
            qty=qty,
            grams=grams,
            price_minor=price,
            amount_minor=amount,
            category=category,
            reduced_minor=reduced,
            known=bool(known),
        )
        for line, sku, qty, grams, price, amount, category, reduced, known in rows
    ]


def find_order(db: sqlite3.Connection, till: str, order: str) -> Order | None:
    """The order, if this box has heard of it."""
    row = db.execute(
        """
        SELECT lane, state, business_day, currency, implied, lines, total_minor, desk, opened_at, completed, refunded, member_ref
        FROM orders WHERE till = ? AND order_id = ?
        """,
        (till, order),
    ).fetchone()
    if row is None:
        return None
    lane, state, day, currency, implied, lines, total, table, opened_at, completed, refunded, member_ref = row
    return Order(
        till=till,
        order=order,
        lane=lane,
        state=state,
        business_day=day,
        currency=currency,
        implied=bool(implied),
        lines=lines,
        total_minor=total,
        table=table,
        opened_at=opened_at,
        completed=bool(completed),
        refunded=bool(refunded),
        member_ref=member_ref,
    )


def imply_order(till: str, order: str, at: datetime, shop: Shop, db: sqlite3.Connection) -> tuple[Order, tuple[OrderOpened, ...]]:
    """The order, and the event that opens it if the box has not heard of it."""
    found = find_order(db, till, order)
    if found is not None:
        return found, ()
    opened = fresh_order(till, order, at, shop, implied=True)
    return order_of(opened), (opened,)


def fresh_order(
    till: str, order: str, at: datetime, shop: Shop, *, implied: bool = False, table: str | None = None
) -> OrderOpened:
    """The event that opens an order at ``at``."""
    return OrderOpened(
        till=till,
        order=order,
        business_day=shop.day(at),
        lane=shop.lane_of(till),
        currency=shop.currency,
        implied=implied,
        table=table,
        opened_at=rfc3339(at),
    )


def order_of(opened: OrderOpened) -> Order:
    """The order as it is when it has just been opened."""
    return Order(
        till=opened.till,
        order=opened.order,
        lane=opened.lane,
        state="open",
        business_day=opened.business_day,
        currency=opened.currency,
        implied=opened.implied,
        table=opened.table,
        opened_at=opened.opened_at,
    )


def open_order(reading: readings.OrderOpened, shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Open it. Raises Declined for a number that was used before."""
    found = find_order(db, reading.device, reading.order)
    if found is not None:
        refuse_closed(found)
        if not found.implied:
            told = f"{found.name} is open already: go on with it, or give the new order another number"
            raise Declined("order-open", told, order=found.order)
        return ()  # it was opened by implication; the till's own word comes late and changes nothing
    opened = fresh_order(reading.device, reading.order, reading.at, shop)
    return (msgspec.structs.replace(opened, device_at=reading.report.device_at, till_day=reading.business_day),)


def refuse_closed(order: Order) -> None:
    """Raise EntryRefused for an order that is paid or voided."""
    if order.state != "open":
        raise Declined(
            "order-over",
            f"{order.name} is {order.state}: more goods, or goods taken back, need an order with a new number",
            order=order.order,
        )


def known_order(db: sqlite3.Connection, till: str, order: str) -> Order:
    """The order; raises EntryRefused if this box has not heard of it."""
    found = find_order(db, till, order)
    if found is None:
        raise Declined(
            "unknown-order", f"this box has not heard of order {order} of {till}: open it first", order=order, till=till
        )
    return found
