"""What goes on an order and comes off it again: pieces at once, goods by weight when the scale of the lane has weighed them.

Every accepted choice takes the next line number, also one that still awaits its weight, so that the till and the box count alike.
"""

from __future__ import annotations

import sqlite3
from typing import Literal

from drivers import readings
from edge.shop.catalogue.buyers import price_groups
from edge.shop.catalogue.products import Product, find_product
from edge.shop.declined import Declined
from edge.shop.orders.events import ItemAdded, ItemChosen, ItemRemoved
from edge.shop.orders.order import Order, imply_order, known_order, refuse_closed
from edge.shop.orders.pricing import amount_of_pieces
from edge.shop.orders.weighing import awaited
from edge.shop.shop import Shop
from sync.events import Event

MOST_PIECES = 9_999


def choose_item(reading: readings.ItemChosen, shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Put goods on an order, at the price of this moment for its member. Raises EntryRefused."""
    order, opened = imply_order(reading.device, reading.order, reading.at, shop, db)
    refuse_closed(order)
    product = find_product(db, reading.code, order.currency, reading.at, price_groups(db, order.member_ref))
    return (*opened, *put_on(order, product, reading.qty, shop, db, device_at=reading.report.device_at))


def put_on(
    order: Order, product: Product, qty: int | None, shop: Shop, db: sqlite3.Connection, *, device_at: str | None = None
) -> tuple[Event, ...]:
    """``qty`` pieces at once, or goods that the scale of the lane must weigh (``qty`` None). Raises EntryRefused."""
    if product.unit == "piece":
        return (_pieces(order, product, qty, device_at),)
    return _to_weigh(order, product, qty, shop, db, device_at=device_at)


def _pieces(order: Order, product: Product, qty: int | None, device_at: str | None) -> ItemAdded:
    if qty is None:
        raise Declined("sold-by-piece", f"{product.sku} is sold by the piece: send the quantity")
    if not 1 <= qty <= MOST_PIECES:
        raise Declined(
            "pieces-out-of-range", f"{qty} pieces of {product.sku} cannot be sold: the quantity is from 1 to {MOST_PIECES}"
        )
    return added(
        order, product, amount_minor=amount_of_pieces(product.price_minor, qty), qty=qty, grams=None, device_at=device_at
    )


def added(
    order: Order, product: Product, *, amount_minor: int, qty: int | None, grams: int | None, device_at: str | None = None
) -> ItemAdded:
    """The event that puts goods on the next line of ``order``."""
    return ItemAdded(
        till=order.till,
        order=order.order,
        business_day=order.business_day,
        device_at=device_at,
        line=order.lines + 1,
        sku=product.sku,
        qty=qty,
        grams=grams,
        price_minor=product.price_minor,
        amount_minor=amount_minor,
        currency=order.currency,
        price_version=product.version,
        category=product.category,
    )


def _to_weigh(
    order: Order, product: Product, qty: int | None, shop: Shop, db: sqlite3.Connection, *, device_at: str | None
) -> tuple[Event, ...]:
    """A pan weighs for one choice: the till's later choice replaces its earlier one, another till has to wait."""
    if qty is not None:
        raise Declined("sold-by-weight", f"{product.sku} is sold by weight: send it without a quantity and put it on the scale")
    scale = shop.scale_of(order.till)
    if scale is None:
        raise Declined(
            "no-scale-here",
            f"{product.sku} is sold by weight, but no lane gives {order.till} a scale: name both in [lane.<name>]",
        )
    replaced: list[Event] = []
    for line in awaited(db, shop.tills_of(scale)):
        if line.order.till != order.till:
            raise Declined("scale-busy", f"{scale} is waiting to weigh for {line.order.name}: finish that first, or take it off")
        replaced.append(removal(line.order, line.line, 0, "replaced"))
    chosen = ItemChosen(
        till=order.till,
        order=order.order,
        business_day=order.business_day,
        device_at=device_at,
        line=order.lines + 1,
        sku=product.sku,
        price_minor=product.price_minor,
        price_version=product.version,
        category=product.category,
    )
    return (*replaced, chosen)


def remove_item(reading: readings.ItemRemoved, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Take a line off, weighed or still awaited. Raises EntryRefused."""
    order = known_order(db, reading.device, reading.order)
    return take_off(order, reading.line, db, reading.report.device_at)


def take_off(order: Order, line: int, db: sqlite3.Connection, device_at: str | None = None) -> tuple[Event, ...]:
    """Take ``line`` off. Raises EntryRefused."""
    refuse_closed(order)
    row = db.execute(
        """
        SELECT order_lines.state, amount_minor FROM order_lines JOIN orders USING (number)
        WHERE till = ? AND order_id = ? AND line = ?
        """,
        (order.till, order.order, line),
    ).fetchone()
    if row is None:
        raise Declined(
            "no-such-line", f"{order.name} has no line {line}: its lines are numbered from 1 to {order.lines}", line=line
        )
    state, amount_minor = row
    if state == "removed":
        raise Declined("line-taken-off", f"line {line} of {order.name} was taken off before", line=line)
    return (removal(order, line, amount_minor, "asked", device_at),)


def removal(
    order: Order,
    line: int,
    amount_minor: int,
    reason: Literal["asked", "replaced", "unweighed"],
    device_at: str | None = None,
) -> ItemRemoved:
    """The event that takes ``line`` off."""
    return ItemRemoved(
        till=order.till,
        order=order.order,
        business_day=order.business_day,
        device_at=device_at,
        line=line,
        amount_minor=amount_minor,
        reason=reason,
    )
