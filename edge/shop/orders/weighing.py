"""When a weight is sold: a product was chosen, and this is the first stable weight after the pan was empty.

    pan: (never seen empty) --empty--> emptied --sold--> sold --empty--> emptied

Only a reading of the scale can sell, never a remembered weight, so nothing is sold that is not on the pan now: goods may lie
there before the product is chosen, and the box may have been killed in between. For that the scale is looked at again while it
stands still. A pan in state ``sold`` sells nothing until it was seen empty. Moving, over and under sell nothing; a scale that
stays ``under`` is empty, because what it was tared with has been taken off together with the goods.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import ClassVar

from drivers.readings import Weight
from edge.shop.orders.events import ItemAdded
from edge.shop.orders.order import Order, find_order
from edge.shop.orders.pricing import amount_of_weight
from edge.shop.shop import Shop
from sync.events import Event, EventClass

EMPTY_PAN_G = 5  # below this a pan holds only dust; a tared pan without its box shows less than nothing
LEAST_SOLD_G = 20  # OIML R 76-1: a class III scale starts at 20 intervals, and shop scales have intervals of 1 g or more
GOODS_AGAIN_MS = 500
EMPTY_AGAIN_MS = 5_000


class PanEmptied(Event, frozen=True, kw_only=True):
    """The pan was seen empty after a sale, or for the first time: the next stable weight may be sold."""

    type: ClassVar[str] = "storebox.pan.emptied"
    event_class: ClassVar[EventClass] = EventClass.ORDER  # it lets something be sold: it must not be dropped
    scale: str

    def subject(self) -> str:
        """The scale."""
        return self.scale

    def apply(self, db: sqlite3.Connection) -> None:
        """Let the next weight be sold."""
        db.execute("INSERT OR REPLACE INTO pans (scale, state) VALUES (?, 'emptied')", (self.scale,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A line that waits for its weight, at the price per kg that the shopper was shown."""

    order: Order
    line: int
    sku: str
    price_minor: int
    price_version: int
    category: str


def worth_deciding(previous: Weight | None, weight: Weight) -> bool:
    """Whether the shop must look at ``weight``: it came to rest, the pan was emptied or filled, or it rests for a while."""
    if weight.state == "under":  # once may be the bounce of a pan
        return previous is not None and previous.state == "under" and _later(previous, weight, GOODS_AGAIN_MS)
    if weight.state != "stable" or weight.grams is None:
        return False
    if previous is None or previous.state != "stable" or previous.grams is None:
        return True
    empty = weight.grams <= EMPTY_PAN_G
    if empty != (previous.grams <= EMPTY_PAN_G):
        return True
    return _later(previous, weight, EMPTY_AGAIN_MS if empty else GOODS_AGAIN_MS)


def weigh(weight: Weight, shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Sell the weight to the choice that awaits it, or note that the pan is empty; most weights say nothing."""
    tills = shop.tills_of(weight.device)
    grams = weight.grams if weight.state == "stable" else None
    if not tills:
        return ()
    emptied = db.execute("SELECT state FROM pans WHERE scale = ?", (weight.device,)).fetchone() == ("emptied",)
    if weight.state == "under" or (grams is not None and grams <= EMPTY_PAN_G):
        return () if emptied else (PanEmptied(scale=weight.device),)
    if not emptied or grams is None or grams < LEAST_SOLD_G:
        return ()
    return tuple(_sold(line, grams, weight.device) for line in awaited(db, tills)[:1])


def awaited(db: sqlite3.Connection, tills: tuple[str, ...]) -> list[Awaited]:
    """The lines of ``tills`` that wait for a weight, the latest choice first."""
    rows = db.execute(
        """
        SELECT till, order_id, line, sku, price_minor, price_version, category
        FROM order_lines JOIN orders USING (number) WHERE order_lines.state = 'awaiting' ORDER BY number DESC, line DESC
        """
    )
    return [
        Awaited(order=order, line=line, sku=sku, price_minor=price_minor, price_version=version, category=category)
        for till, order_id, line, sku, price_minor, version, category in rows.fetchall()
        if till in tills and (order := find_order(db, till, order_id)) is not None
    ]


def _later(previous: Weight, weight: Weight, again_ms: int) -> bool:
    return weight.monotonic_ms // again_ms != previous.monotonic_ms // again_ms


def _sold(line: Awaited, grams: int, scale: str) -> ItemAdded:
    return ItemAdded(
        till=line.order.till,
        order=line.order.order,
        business_day=line.order.business_day,
        line=line.line,
        sku=line.sku,
        grams=grams,
        scale=scale,
        price_minor=line.price_minor,
        amount_minor=amount_of_weight(line.price_minor, grams),
        currency=line.order.currency,
        price_version=line.price_version,
        category=line.category,
    )
