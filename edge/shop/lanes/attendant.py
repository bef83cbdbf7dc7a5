"""The attendant of the self-checkout lanes: called by the shopper or by the lane, and the word with which the lane goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import assert_never

from edge.shop.catalogue.products import product_of
from edge.shop.declined import Declined
from edge.shop.lanes.answers import taken
from edge.shop.lanes.bags import base_that_fits
from edge.shop.lanes.doubts import doubt_further
from edge.shop.lanes.events import LaneAttended, LaneCalled, Verdict
from edge.shop.lanes.lane import LaneState, lane_settings, lane_state, open_order_of
from edge.shop.lanes.paying import close_as_paid
from edge.shop.lanes.payment_events import LaneUnpaid
from edge.shop.masking import masked
from edge.shop.moment import Moment
from edge.shop.orders.closing import voided
from edge.shop.orders.items import take_off
from edge.shop.orders.order import Order
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event

NAME_CHARS = 60


def call_attendant(lane: str) -> Decision:
    """The shopper wants help; once is enough. Raises Declined."""

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        lane_settings(shop, lane)
        state = lane_state(db, lane, shop)
        if not state.called:
            yield LaneCalled(lane=lane, order=_number(state), reason="help")

    return decide


def attend(lane: str, verdict: Verdict, by: str) -> Decision:
    """``by`` is there and decides. Raises Declined for a verdict that does not answer the call."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        lane_settings(shop, lane)
        state = lane_state(db, lane, shop)
        if state.called == "":
            raise Declined("nobody-called", f"nobody waits at lane {lane}", lane=lane)
        fitting = ("paid", "unpaid") if state.called == "payment" else ("released", "refused")
        if verdict not in fitting:
            raise Declined(
                "verdict-does-not-fit",
                f"lane {lane} waits because of {state.called}: say {' or '.join(fitting)}",
                lane=lane,
            )
        base = state.base_grams
        if state.called == "bags" and verdict == "released" and state.open_order is not None:
            base = base_that_fits(state, state.open_order, db)
        yield LaneAttended(
            lane=lane, order=_number(state), reason=state.called, verdict=verdict, by=masked(by)[:NAME_CHARS], base_grams=base
        )
        if state.open_order is not None:
            yield from _followed(state, verdict, moment, shop, db)

    return decide


def _followed(state: LaneState, verdict: Verdict, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    order = open_order_of(state)
    match verdict:
        case "released":
            return
        case "refused":
            if state.called == "age":
                yield from _without_adult_goods(order, db)
            elif state.called == "idle":
                yield voided(order, "the shopper had gone")
        case "paid":
            amount_minor = state.billed_minor or 0
            yield taken(state, order.order, amount_minor, receipt="")
            yield from close_as_paid(state, moment, shop, db, amount_minor=amount_minor, tender=state.tender)
        case "unpaid":
            looked = "an attendant looked at the terminal" if state.tender == "card" else "an attendant looked it up"
            yield from doubt_further(state, moment)
            yield LaneUnpaid(lane=state.lane, order=order.order, reason=looked, tender=state.tender)
        case _:
            assert_never(verdict)


def _without_adult_goods(order: Order, db: sqlite3.Connection) -> Iterator[Event]:
    """Also those that still await their weight: nobody asks again when the scale sells them."""
    lines = db.execute(
        """
        SELECT line, sku FROM order_lines JOIN orders USING (number)
        WHERE till = ? AND order_id = ? AND order_lines.state != 'removed' ORDER BY line
        """,
        (order.till, order.order),
    ).fetchall()
    for line, sku in lines:
        product = product_of(db, sku)
        if product is not None and product.adult:
            yield from take_off(order, line, db)


def _number(state: LaneState) -> str:
    return "" if state.open_order is None else state.open_order.order
