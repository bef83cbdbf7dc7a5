"""What a sale does to the books: paid goods leave the physical stock, refunded ones return to it.

A void changes nothing, because nothing was sold; money taken for an order that had been voided sells its goods after all. Goods
that return broken are booked out by people (reason ``damage``). Lines that take money off are no goods, and of what no catalogue
knows there is no stock.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

from edge.shop.moment import Moment
from edge.shop.orders.closing_events import OrderPaid, OrderRefunded, RefundedLine
from edge.shop.orders.order import SoldLine, sold_lines
from edge.shop.promotions.events import GiftGranted
from edge.shop.shop import Shop
from edge.shop.stock.levels import StockChanged, Unit, change_stock


def take_sold(paid: OrderPaid, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[StockChanged]:
    """One change for each product of the order."""
    for (sku, unit), qty in _goods(sold_lines(db, paid.till, paid.order)):
        yield change_stock(db, sku, -qty, "sale", unit=unit, cause=paid.subject(), business_day=shop.day(moment.at))


def return_refunded(refunded: OrderRefunded, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[StockChanged]:
    """One change for each product that came back."""
    for (sku, unit), qty in _goods(refunded.lines):
        yield change_stock(db, sku, qty, "refund", unit=unit, cause=refunded.subject(), business_day=shop.day(moment.at))


def take_gift(granted: GiftGranted, db: sqlite3.Connection) -> Iterable[StockChanged]:
    """A gift that is goods of the store leaves the books, too; it does not come back with a refund."""
    if granted.sku is not None:
        cause = granted.till if granted.order is None else f"{granted.till}/{granted.order}"
        yield change_stock(db, granted.sku, -granted.qty, "gift", cause=cause, business_day=granted.business_day)


def _goods(lines: Iterable[SoldLine | RefundedLine]) -> list[tuple[tuple[str, Unit], int]]:
    found: Counter[tuple[str, Unit]] = Counter()
    for line in lines:
        if line.amount_minor < 0 or not line.known:
            continue
        if line.grams is not None:
            found[line.sku, "g"] += line.grams
        else:
            found[line.sku, "piece"] += line.qty or 0
    return [(goods, qty) for goods, qty in found.items() if qty > 0]
