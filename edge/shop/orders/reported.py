"""An order that a till reports whole, after it took the money: recorded at the till's own prices, as if it had come in steps.

Goods that no catalogue of ours knows are no reason to refuse: the money was taken. They are recorded under the till's code, which
is taken for no SKU, and headquarters is told of each; a till over MQTT asks before, and is refused. Refused here is only what
cannot be true: lines that do not make the amount, or an order that was paid before.
"""

from __future__ import annotations

import sqlite3

import msgspec

from drivers.counter_readings import OrderReported, SoldLine
from edge.shop.catalogue.products import Product, code_key, product_of
from edge.shop.declined import Declined
from edge.shop.masking import masked
from edge.shop.members.events import MemberIdentified
from edge.shop.members.identify import Shown, conceal_code, identified, recognise
from edge.shop.orders.closing import paid
from edge.shop.orders.due import Due
from edge.shop.orders.events import ItemAdded, OrderOpened, ProductUnknown
from edge.shop.orders.order import Order, find_order, fresh_order, order_of, refuse_closed
from edge.shop.orders.pricing import price_of_kilogram, price_of_piece
from edge.shop.shop import Shop
from sync.events import Event


def record_order(reading: OrderReported, member: Shown | None, shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Open, fill and pay it in one. Raises Declined."""
    total_minor = sum(line.amount_minor for line in reading.lines)
    if total_minor != reading.amount_minor:
        raise Declined(
            "lines-differ",
            f"order {reading.order}: its lines make {total_minor}, but {reading.amount_minor} was paid: "
            "send every discount and rounding as a line of its own",
            order=reading.order,
        )
    order, opened = _order(reading, shop, db)
    refuse_closed(order)
    version = (db.execute("SELECT version FROM catalogue").fetchone() or (0,))[0]
    added = (_added(order, number, line, version, db) for number, line in enumerate(reading.lines, order.lines + 1))
    lines = [event for item in added for event in (item, *_unknown(item))]
    due = Due(total_minor=order.total_minor + total_minor)
    money = paid(order, due, amount_minor=reading.amount_minor, tender=masked(reading.tender), at=reading.at)
    return (*opened, *lines, *_member(member, shop, db), money)


def member_of(reading: OrderReported, shop: Shop) -> Shown | None:
    """What may be kept of the member code that came with the order."""
    if not (reading.member and reading.member.strip()):
        return None
    return conceal_code(reading.member, till=reading.device, order=reading.order, at=reading.at, shop=shop)


def _order(reading: OrderReported, shop: Shop, db: sqlite3.Connection) -> tuple[Order, tuple[OrderOpened, ...]]:
    found = find_order(db, reading.device, reading.order)
    if found is not None:
        return found, ()
    opened = msgspec.structs.replace(fresh_order(reading.device, reading.order, reading.at, shop), till_day=reading.business_day)
    return order_of(opened), (opened,)


def _added(order: Order, number: int, line: SoldLine, version: int, db: sqlite3.Connection) -> ItemAdded:
    known = _known(db, line.code)
    price_minor = (
        price_of_kilogram(line.amount_minor, line.grams)
        if line.grams is not None
        else price_of_piece(line.amount_minor, line.qty or 1)
    )
    return ItemAdded(
        till=order.till,
        order=order.order,
        business_day=order.business_day,
        line=number,
        sku=masked(line.code) if known is None else known.sku,
        qty=line.qty,
        grams=line.grams,
        price_minor=price_minor,
        amount_minor=line.amount_minor,
        currency=order.currency,
        price_version=version,
        till_price=True,
        known=known is not None,
        category="" if known is None else known.category,
    )


def _unknown(item: ItemAdded) -> tuple[ProductUnknown, ...]:
    """What headquarters hears of goods that it did not tell of; a line that takes money off is none."""
    if item.known or item.amount_minor < 0:
        return ()
    about = {"till": item.till, "order": item.order, "business_day": item.business_day}
    unknown = ProductUnknown(
        **about, line=item.line, code=item.sku, amount_minor=item.amount_minor, price_version=item.price_version
    )
    return (unknown,)


def _known(db: sqlite3.Connection, code: str) -> Product | None:
    row = db.execute(
        """
        SELECT sku FROM catalogue JOIN catalogue_codes AS known ON known.version = catalogue.version AND known.code = ?
        """,
        (code_key(code),),
    ).fetchone()
    return None if row is None else product_of(db, row[0])


def _member(shown: Shown | None, shop: Shop, db: sqlite3.Connection) -> tuple[MemberIdentified, ...]:
    """The money was taken: for a code that is wrong or too old the order is not refused, its member is only doubted."""
    return () if shown is None else (identified(shown, recognise(shown, shop, db), shop, db),)
