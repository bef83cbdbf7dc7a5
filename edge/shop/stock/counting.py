"""What people tell the books: that they counted, that goods came or broke. A count is told even when it finds no difference."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import ClassVar, Literal

from edge.shop.declined import Declined
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from edge.shop.stock.available import physical
from edge.shop.stock.handled import Handled, goods_of
from edge.shop.stock.levels import Unit, change_stock
from sync.events import Event, EventClass


class StockCounted(Event, frozen=True, kw_only=True):
    """``by`` found ``counted`` of ``sku`` where the books said ``expected``; the ``difference`` is a change of its own."""

    type: ClassVar[str] = "storebox.stock.counted"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    count: str
    sku: str
    unit: Unit
    counted: int
    expected: int
    difference: int
    by: str

    def subject(self) -> str:
        """The SKU."""
        return self.sku


def count_stock(count: str, found: tuple[Handled, ...], by: str) -> Decision:
    """A stocktake: so much of each product is in the building, shelves and back room together. Raises Declined."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        _refuse_nothing(found)
        for (sku, unit), counted in goods_of(found, db):
            expected = physical(db, sku, unit)
            difference = counted - expected
            yield StockCounted(count=count, sku=sku, unit=unit, counted=counted, expected=expected, difference=difference, by=by)
            if difference:
                day = shop.day(moment.at)
                yield change_stock(db, sku, difference, "count", unit=unit, cause=count, business_day=day)

    return decide


def book_goods(reason: Literal["delivery", "damage"], paper: str, goods: tuple[Handled, ...]) -> Decision:
    """Goods came, or broke; ``paper`` names the delivery note or the report. Raises Declined."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        _refuse_nothing(goods)
        sign = 1 if reason == "delivery" else -1
        for (sku, unit), qty in goods_of(goods, db):
            if qty == 0:
                raise Declined("bad-quantity", f"0 of {sku} is no {reason}: leave the line out", code=sku)
            yield change_stock(db, sku, sign * qty, reason, unit=unit, cause=paper, business_day=shop.day(moment.at))

    return decide


def _refuse_nothing(lines: tuple[Handled, ...]) -> None:
    if not lines:
        raise Declined("no-lines", "there is no line: name at least one product with its quantity")
