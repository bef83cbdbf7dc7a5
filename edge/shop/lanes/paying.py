"""How an order is paid at a self-checkout lane: by card at the lane's terminal; by cash or payment code only at a staffed till.

    bill ──> LaneBilled, on disk ──> the terminal is asked ──> charged   OrderPaid
                                                          ├──> refused   LaneUnpaid: the order goes on
                                                          └──> unknown   LaneCalled: an attendant looks, nobody asks again

The box may die at any point of it: a lane that is found billed at the start waits for an attendant too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from edge.shop.declined import Declined
from edge.shop.lanes.bags import bags_of
from edge.shop.lanes.events import LaneBilled, LaneCalled, LaneUnpaid
from edge.shop.lanes.lane import LaneState, lane_settings, lane_state, open_order_of, refuse_billed
from edge.shop.masking import masked
from edge.shop.moment import Moment
from edge.shop.orders.closing import paid
from edge.shop.orders.due import due_of
from edge.shop.orders.order import Order, sold_lines
from edge.shop.part import Decision
from edge.shop.promotions.applying import apply_bargain, check_coupons
from edge.shop.promotions.bargain import bargain_for
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

SHOWN_TEXT_CHARS = 200


def bill(lane: str) -> Decision:
    """Begin to pay by card: with nothing due the order is paid at once, with wrong bags an attendant comes. Raises Declined."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        settings = lane_settings(shop, lane)
        state = lane_state(db, lane, shop)
        order = open_order_of(state)
        refuse_billed(state)
        _refuse_unready(state, order, db)
        bags = bags_of(state, order, shop, db)
        if bags.verdict in {"extra", "missing"}:
            yield LaneCalled(lane=lane, order=order.order, reason="bags", detail=f"{bags.verdict} {bags.grams} g")
            return
        check_coupons(db, order, bargain_for(db, order.till, order.order, moment, shop))
        due = due_of(db, order, moment, shop)
        if due.due_minor == 0:
            yield from close_as_paid(state, moment, shop, db, amount_minor=0, tender="none")
            return
        if settings.terminal is None:
            raise Declined("no-terminal", f"lane {lane} has no payment terminal: pay at the till", lane=lane)
        yield LaneBilled(
            lane=lane,
            order=order.order,
            terminal=settings.terminal,
            amount_minor=due.due_minor,
            currency=order.currency,
            billed_at=rfc3339(moment.at),
        )

    return decide


def charged(lane: str, order: str, amount_minor: int) -> Decision:
    """The terminal took ``amount_minor``: the order is paid, whatever has happened meanwhile. Never raises Declined."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        state = lane_state(db, lane, shop)
        if _is_billed(state, order):
            yield from close_as_paid(state, moment, shop, db, amount_minor=amount_minor, tender="card")

    return decide


def not_charged(lane: str, order: str, reason: str) -> Decision:
    """The terminal says that it took nothing."""

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        if _is_billed(lane_state(db, lane, shop), order):
            yield LaneUnpaid(lane=lane, order=order, reason=masked(reason)[:SHOWN_TEXT_CHARS])

    return decide


def doubt_payment(lane: str, order: str, detail: str) -> Decision:
    """Nobody can tell whether the terminal took the money: an attendant looks at its journal."""

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        state = lane_state(db, lane, shop)
        if _is_billed(state, order) and state.called != "payment":
            yield LaneCalled(lane=lane, order=order, reason="payment", detail=masked(detail)[:SHOWN_TEXT_CHARS])

    return decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What the terminal of a lane is asked for; ``since`` tells two attempts of one order apart."""

    lane: str
    order: str
    amount_minor: int
    since: str


def open_bills(db: sqlite3.Connection) -> list[Bill]:
    """The lanes whose terminal was asked and has not answered yet; not those that wait for an attendant because of it."""
    rows = db.execute(
        """
        SELECT lanes.lane, lanes.order_id, billed_minor, billed_at FROM lanes
        JOIN orders ON orders.till = lanes.lane AND orders.order_id = lanes.order_id
        WHERE billed_minor IS NOT NULL AND state = 'open' AND called != 'payment'
        """
    )
    return [Bill(lane=lane, order=order, amount_minor=amount, since=since) for lane, order, amount, since in rows]


def close_as_paid(
    state: LaneState, moment: Moment, shop: Shop, db: sqlite3.Connection, *, amount_minor: int, tender: str
) -> Iterator[Event]:
    """Close the lane's open order at what the shopper was promised when the terminal was asked."""
    order = open_order_of(state)
    then = moment if state.billed_at is None else replace(moment, at=state.billed_at)
    due = due_of(db, order, then, shop)
    yield from apply_bargain(db, order.till, order.order, then, shop, taken=True)
    yield paid(order, due, amount_minor=amount_minor, tender=tender, at=moment.at)


def _refuse_unready(state: LaneState, order: Order, db: sqlite3.Connection) -> None:
    if state.called:
        raise Declined("attendant-first", f"lane {state.lane} waits for an attendant: they come at once", lane=state.lane)
    awaiting = db.execute(
        """
        SELECT 1 FROM order_lines JOIN orders USING (number)
        WHERE till = ? AND order_id = ? AND order_lines.state = 'awaiting'
        """,
        (order.till, order.order),
    ).fetchone()
    if awaiting is not None:
        raise Declined("weigh-first", f"goods of {order.name} are not weighed yet: put them on the scale, or take them off")
    if not sold_lines(db, order.till, order.order):
        raise Declined("lane-empty", f"nothing is on the order of lane {state.lane} yet: scan something first", lane=state.lane)


def _is_billed(state: LaneState, order: str) -> bool:
    return state.open_order is not None and state.open_order.order == order and state.billed_minor is not None
