"""Which order a till means, and opening one. Goods or money for an order that the box never heard of open it by implication.

That happens when a till restarts and forgets what it had not sent yet: the shopper stands there, and a refusal would help nobody.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from drivers import readings
from edge.shop.orders.events import OrderOpened
from edge.shop.shop import Shop
from sync.entries import EntryRefused
from sync.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order as the tables have it; ``lines`` is the last line number given."""

    till: str
    order: str
    lane: str | None
    state: Literal["open", "paid", "voided"]
    business_day: str
    currency: str
    implied: bool = False
    lines: int = 0
    total_minor: int = 0

    @property
    def name(self) -> str:
        """The order as people call it."""
        return f"order {self.order} of {self.till}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """A line that is sold: ``qty`` pieces or ``grams`` for ``amount_minor``; ``category`` as the catalogue said then."""

    line: int
    sku: str
    qty: int | None
    grams: int | None
    price_minor: int
    amount_minor: int
    category: str


def sold_lines(db: sqlite3.Connection, till: str, order: str) -> list[SoldLine]:
    """The lines of an order that are sold, in order of entry: none removed, none that still awaits its weight."""
    rows = db.execute(
        """
        SELECT line, sku, qty, grams, price_minor, amount_minor, category FROM orders JOIN order_lines USING (number)
        WHERE till = ? AND order_id = ? AND order_lines.state = 'sold' ORDER BY line
        """,
        (till, order),
    )
    return [
        SoldLine(line=line, sku=sku, qty=qty, grams=grams, price_minor=price, amount_minor=amount, category=category)
        for line, sku, qty, grams, price, amount, category in rows
    ]


def find_order(db: sqlite3.Connection, till: str, order: str) -> Order | None:
    """The order, if this box has heard of it."""
    row = db.execute(
        """
        SELECT lane, state, business_day, currency, implied, lines, total_minor FROM orders WHERE till = ? AND order_id = ?
        """,
        (till, order),
    ).fetchone()
    if row is None:
        return None
    lane, state, day, currency, implied, lines, total = row
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
    )


def imply_order(till: str, order: str, at: datetime, shop: Shop, db: sqlite3.Connection) -> tuple[Order, tuple[OrderOpened, ...]]:
    """The order, and the event that opens it if the box has not heard of it."""
    found = find_order(db, till, order)
    if found is not None:
        return found, ()
    opened = OrderOpened(
        till=till, order=order, business_day=shop.day(at), lane=shop.lane_of(till), currency=shop.currency, implied=True
    )
    fresh = Order(
        till=till, order=order, lane=opened.lane, state="open", business_day=opened.business_day, currency=opened.currency
    )
    return fresh, (opened,)


def open_order(reading: readings.OrderOpened, shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Open it. Raises EntryRefused for a number that was used before."""
    found, implied = imply_order(reading.device, reading.order, reading.at, shop, db)
    if not implied:
        refuse_closed(found)
        if not found.implied:
            raise EntryRefused(f"{found.name} is open already: go on with it, or give the new order another number")
        return ()  # it was opened by implication; the till's own word comes late and changes nothing
    return (
        OrderOpened(
            till=found.till,
            order=found.order,
            business_day=found.business_day,
            device_at=reading.report.device_at,
            lane=found.lane,
            currency=found.currency,
            till_day=reading.business_day,
        ),
    )


def refuse_closed(order: Order) -> None:
    """Raise EntryRefused for an order that is paid or voided."""
    if order.state != "open":
        raise EntryRefused(f"{order.name} is {order.state}: more goods, or goods taken back, need an order with a new number")


def known_order(db: sqlite3.Connection, till: str, order: str) -> Order:
    """The order; raises EntryRefused if this box has not heard of it."""
    found = find_order(db, till, order)
    if found is None:
        raise EntryRefused(f"this box has not heard of order {order} of {till}: open it first")
    return found
