"""How an order ends: paid or voided.

Money that a till has already taken is never refused for a difference in the books: for an unknown or voided order, or with
another total, it is written down with the difference, for people to see. Only a second payment of a paid order is refused.
"""

from __future__ import annotations

import sqlite3

from drivers import readings
from edge.shop.masking import masked
from edge.shop.orders.events import OrderPaid, OrderVoided
from edge.shop.orders.items import removal
from edge.shop.orders.order import imply_order, known_order, refuse_closed
from edge.shop.shop import Shop
from sync.entries import EntryRefused
from sync.events import Event

SHOWN_TEXT_CHARS = 100


def pay_order(reading: readings.OrderPaid, shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Write the payment down. Raises EntryRefused only for an order that is paid already."""
    order, opened = imply_order(reading.device, reading.order, reading.at, shop, db)
    if order.state == "paid":
        raise EntryRefused(f"{order.name} is paid already: if the money was really taken twice, give {reading.amount_minor} back")
    unweighed = db.execute(
        """
        SELECT line FROM order_lines JOIN orders USING (number)
        WHERE till = ? AND order_id = ? AND order_lines.state = 'awaiting'
        """,
        (order.till, order.order),
    ).fetchall()
    paid = OrderPaid(
        till=order.till,
        order=order.order,
        business_day=order.business_day,
        device_at=reading.report.device_at,
        amount_minor=reading.amount_minor,
        total_minor=order.total_minor,
        difference_minor=reading.amount_minor - order.total_minor,
        currency=order.currency,
        tender=masked(reading.tender[:SHOWN_TEXT_CHARS]),
        after_void=order.state == "voided",
    )
    return (*opened, *(removal(order, line, 0, "unweighed") for (line,) in unweighed), paid)


def void_order(reading: readings.OrderVoided, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Give an open order up. Raises EntryRefused."""
    order = known_order(db, reading.device, reading.order)
    refuse_closed(order)
    return (
        OrderVoided(
            till=order.till,
            order=order.order,
            business_day=order.business_day,
            device_at=reading.report.device_at,
            total_minor=order.total_minor,
            currency=order.currency,
            reason=masked(reading.reason[:SHOWN_TEXT_CHARS]),
        ),
    )
