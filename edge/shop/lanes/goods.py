"""What goes on the order of a self-checkout lane and off it: scanned goods, labels of scales, goods chosen on the screen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from drivers.counter_readings import Scanned
from edge.shop.catalogue.buyers import price_groups
from edge.shop.catalogue.products import Product, find_product
from edge.shop.declined import Declined
from edge.shop.lanes.events import LaneCalled
from edge.shop.lanes.lane import LaneState, lane_settings, lane_state, next_order, open_order_of, refuse_billed
from edge.shop.masking import masked
from edge.shop.moment import Moment
from edge.shop.orders.closing import voided
from edge.shop.orders.items import added, put_on, take_off
from edge.shop.orders.order import Order
from edge.shop.orders.pricing import amount_of_pieces, amount_of_weight, weight_of_amount
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event

MOST_GRAMS = 100_000
"""A label that says more than 100 kg is misread."""


def scan_goods(scanned: Scanned, lane: str, moment: Moment, shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Put what was scanned on the lane's order; opens it. Raises EntryRefused."""
    _refuse_unsound(scanned, moment, shop)
    gtin = None if scanned.gtin is None else scanned.gtin.removeprefix("0")  # as it is printed under the bars
    state = lane_state(db, lane, shop)
    order, opened = next_order(state, moment.at, shop)
    groups = price_groups(db, order.member_ref)
    product = find_product(db, scanned.item or gtin or scanned.code, shop.currency, moment.at, groups)
    if scanned.grams is None and scanned.amount_minor is None and scanned.count is None:
        goods = put_on(order, product, 1 if product.unit == "piece" else None, shop, db)
    else:
        goods = (_labelled(scanned, order, product),)
    return (*opened, *goods, *_gate(product, state, order))


def choose_goods(lane: str, code: str, qty: int, *, table: str | None = None) -> Decision:
    """Put goods that were chosen on the screen on the order; by weight: the scale of the lane is awaited. Raises EntryRefused."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        lane_settings(shop, lane)
        state = lane_state(db, lane, shop)
        order, opened = next_order(state, moment.at, shop, table=None if table is None else masked(table))
        product = find_product(db, code, shop.currency, moment.at, price_groups(db, order.member_ref))
        goods = put_on(order, product, qty if product.unit == "piece" else None, shop, db)
        return (*opened, *goods, *_gate(product, state, order))

    return decide


def remove_goods(lane: str, line: int) -> Decision:
    """Take a line off again. Raises Declined."""

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        lane_settings(shop, lane)
        state = lane_state(db, lane, shop)
        refuse_billed(state)
        return take_off(open_order_of(state), line, db)

    return decide


def give_up(lane: str) -> Decision:
    """The shopper goes away without paying. Raises Declined."""

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        lane_settings(shop, lane)
        state = lane_state(db, lane, shop)
        refuse_billed(state)
        return (voided(open_order_of(state), "given up at the lane"),)

    return decide


def _refuse_unsound(scanned: Scanned, moment: Moment, shop: Shop) -> None:
    if scanned.problem:
        raise Declined("code-unsound", f"the code cannot be sold by: {scanned.problem}")
    if scanned.expires is not None and scanned.expires < _today(moment.at, shop):
        raise Declined(
            "goods-expired",
            f"the goods were to be used by {scanned.expires}: take others, and give these to staff",
            day=scanned.expires,
        )


def _today(at: datetime, shop: Shop) -> str:
    """The calendar day, not the business day: at midnight goods are a day older."""
    return at.astimezone(ZoneInfo(shop.timezone)).date().isoformat()


def _labelled(scanned: Scanned, order: Order, product: Product) -> Event:
    """Goods with the label of a scale: the price that is printed on it is the one that counts."""
    if scanned.count is not None:
        if product.unit != "piece" or not 1 <= scanned.count <= 9_999:
            raise Declined("label-does-not-fit", f"{product.sku} is not sold by {scanned.count} pieces", sku=product.sku)
        return added(
            order, product, amount_minor=amount_of_pieces(product.price_minor, scanned.count), qty=scanned.count, grams=None
        )
    if product.unit == "piece":
        if scanned.amount_minor is None or scanned.amount_minor < 1:
            raise Declined("label-does-not-fit", f"{product.sku} is sold by the piece, the label says a weight", sku=product.sku)
        return added(order, product, amount_minor=scanned.amount_minor, qty=1, grams=None)
    grams, amount_minor = scanned.grams, scanned.amount_minor
    if grams is None and amount_minor is not None:
        grams = weight_of_amount(product.price_minor, amount_minor)
    if grams is None or not 1 <= grams <= MOST_GRAMS or (amount_minor is not None and amount_minor < 1):
        raise Declined("label-does-not-fit", f"the label of {product.sku} says {grams} g: weigh it anew", sku=product.sku)
    price = amount_of_weight(product.price_minor, grams) if amount_minor is None else amount_minor
    return added(order, product, amount_minor=price, qty=None, grams=grams)


def _gate(product: Product, state: LaneState, order: Order) -> tuple[LaneCalled, ...]:
    """Goods for adults only: an attendant looks at the shopper once in an order, before it is paid."""
    if not product.adult or (state.open_order is not None and state.age):
        return ()
    return (LaneCalled(lane=state.lane, order=order.order, reason="age"),)
