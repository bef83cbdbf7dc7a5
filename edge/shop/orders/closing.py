"""How an order ends: paid and completed, or voided.

Money that a till has already taken is never refused for a difference in the books: for an unknown or voided order, or with
another total, it is written down with the difference, for people to see. Only a second payment of a paid order is refused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from drivers import readings
from edge.shop.declined import Declined
from edge.shop.masking import masked
from edge.shop.moment import Moment
from edge.shop.orders.closing_events import OrderCompleted, OrderPaid, OrderVoided
from edge.shop.orders.due import Due, due_of
from edge.shop.orders.events import ItemRemoved
from edge.shop.orders.items import removal
from edge.shop.orders.order import Order, find_order, imply_order, known_order, refuse_closed
from edge.shop.promotions.applying import apply_bargain
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

SHOWN_TEXT_CHARS = 100
LONGEST_CHECKOUT_MS = 86_400_000
"""An order that was open for longer, or for less than no time, says nothing of how long shoppers wait: the clock was set."""


def pay_order(reading: readings.OrderPaid, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    """Write the payment of a till down. Raises EntryRefused only for an order that is paid already."""
    order, opened = imply_order(reading.device, reading.order, reading.at, shop, db)
    if order.state == "paid":
        raise Declined(
            "order-paid",
            f"{order.name} is paid already: if the money was really taken twice, give {reading.amount_minor} back",
            order=order.order,
        )
    yield from opened
    yield from unweighed(order, db)
    due = due_of(db, order, moment, shop)
    if reading.amount_minor == due.due_minor:
        yield from apply_bargain(db, order.till, order.order, moment, shop, taken=True)
    else:
        due = Due(total_minor=order.total_minor)  # the till has its own reductions, or none
    tender = masked(reading.tender)[:SHOWN_TEXT_CHARS]
    yield paid(order, due, amount_minor=reading.amount_minor, tender=tender, at=moment.at, device_at=reading.report.device_at)


def unweighed(order: Order, db: sqlite3.Connection) -> Iterator[ItemRemoved]:
    """Goods whose weight never came are not on a paid order."""
    lines = db.execute(
        """
        SELECT line FROM order_lines JOIN orders USING (number)
        WHERE till = ? AND order_id = ? AND order_lines.state = 'awaiting'
        """,
        (order.till, order.order),
    ).fetchall()
    for (line,) in lines:
        yield removal(order, line, 0, "unweighed")


def paid(order: Order, due: Due, *, amount_minor: int, tender: str, at: datetime, device_at: str | None = None) -> OrderPaid:
    """The event that closes ``order``: ``amount_minor`` was taken by ``tender`` at ``at``."""
    return OrderPaid(
        till=order.till,
        order=order.order,
        business_day=order.business_day,
        device_at=device_at,
        amount_minor=amount_minor,
        total_minor=due.total_minor,
        difference_minor=amount_minor - due.due_minor,
        currency=order.currency,
        tender=tender,
        after_void=order.state == "voided",
        reduced_minor=due.reduced_minor,
        reduced_lines=due.reduced_lines,
        points_minor=due.points_minor,
        balance_minor=due.balance_minor,
        paid_at=rfc3339(at),
        took_ms=_took_ms(order, at),
    )


def _took_ms(order: Order, at: datetime) -> int | None:
    if order.opened_at is None:
        return None
    took_ms = round((at - datetime.fromisoformat(order.opened_at)).total_seconds() * 1_000)
    return took_ms if 0 <= took_ms <= LONGEST_CHECKOUT_MS else None


def void_order(reading: readings.OrderVoided, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Give an open order up. Raises EntryRefused."""
    order = known_order(db, reading.device, reading.order)
    return (voided(order, reading.reason, reading.report.device_at),)


def voided(order: Order, reason: str, device_at: str | None = None) -> OrderVoided:
    """The event that gives ``order`` up. Raises EntryRefused for one that is closed."""
    refuse_closed(order)
    return OrderVoided(
        till=order.till,
        order=order.order,
        business_day=order.business_day,
        device_at=device_at,
        total_minor=order.total_minor,
        currency=order.currency,
        reason=masked(reason)[:SHOWN_TEXT_CHARS],
    )


def complete(till: str, order: str, db: sqlite3.Connection) -> Iterator[OrderCompleted]:
    """A paid order is complete when nothing of it is left to hand over; what is carried to a table is handed over by people."""
    found = find_order(db, till, order)
    if found is not None and found.stage == "paid" and found.table is None:
        yield _completed(found)


def hand_over(till: str, order: str, db: sqlite3.Connection) -> Iterator[OrderCompleted]:
    """The shopper has everything: staff carried it to the table or over the counter. Raises EntryRefused."""
    found = known_order(db, till, order)
    if found.stage != "paid":
        raise Declined("not-to-hand-over", f"{found.name} is {found.stage}: only a paid order is handed over", order=order)
    yield _completed(found)


def _completed(order: Order) -> OrderCompleted:
    return OrderCompleted(till=order.till, order=order.order, business_day=order.business_day)
