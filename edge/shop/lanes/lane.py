"""Where a lane stands: whose order is on its screen, who is waited for, and how its next order begins."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from config.schema import Lane
from edge.shop.declined import Declined
from edge.shop.lanes.events import Call, LaneBegun
from edge.shop.orders.events import OrderOpened
from edge.shop.orders.order import Order, find_order, fresh_order, order_of
from edge.shop.shop import Shop


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """``order`` is the last one of the lane, None before its first. ``billed_minor``: ``payer`` is being asked for it.

    ``totalled``: the shopper wants to pay, and a payment code may come. ``payment``: the number of the attempt at a gateway.
    """

    lane: str
    orders: int = 0
    order: Order | None = None
    called: Call | Literal[""] = ""
    age: Literal["", "asked", "confirmed"] = ""
    bag_grams: int = 0
    base_grams: int = 0
    billed_minor: int | None = None
    billed_at: datetime | None = None
    totalled: bool = False
    attempts: int = 0
    payer: str = ""
    payment: str = ""
    tender: str = "card"

    @property
    def open_order(self) -> Order | None:
        """The order that goods can go on."""
        return self.order if self.order is not None and self.order.state == "open" else None


def lane_settings(shop: Shop, lane: str) -> Lane:
    """The settings of a self-checkout lane. Raises Declined."""
    found = shop.self_checkout(lane)
    if found is None:
        raise Declined(
            "no-lane", f"no lane called {lane} is without a till in the settings: add [lane.{lane}] without till", lane=lane
        )
    return found


def lane_state(db: sqlite3.Connection, lane: str, shop: Shop) -> LaneState:
    """How the lane stands now."""
    settings = shop.self_checkout(lane)
    bag_grams = 0
    if settings is not None and settings.bag_scale is not None:
        row = db.execute("SELECT grams FROM lane_bags WHERE scale = ?", (settings.bag_scale,)).fetchone()
        bag_grams = 0 if row is None else int(row[0])
    row = db.execute(
        """
        SELECT orders, order_id, called, age, base_grams, billed_minor, billed_at, totalled, attempts, payer, payment, tender
        FROM lanes WHERE lane = ?
        """,
        (lane,),
    ).fetchone()
    if row is None:
        return LaneState(lane=lane, bag_grams=bag_grams)
    orders, order, called, age, base_grams, billed_minor, billed_at, totalled, attempts, payer, payment, tender = row
    return LaneState(
        lane=lane,
        orders=orders,
        order=find_order(db, lane, order),
        called=called,
        age=age,
        bag_grams=bag_grams,
        base_grams=base_grams,
        billed_minor=billed_minor,
        billed_at=None if billed_at is None else datetime.fromisoformat(billed_at),
        totalled=bool(totalled),
        attempts=attempts,
        payer=payer,
        payment=payment,
        tender=tender,
    )


def next_order(
    state: LaneState, at: datetime, shop: Shop, *, table: str | None = None
) -> tuple[Order, tuple[LaneBegun | OrderOpened, ...]]:
    """The lane's open order, else its next one with the events that open it. Raises Declined while it is being paid."""
    refuse_billed(state)
    if state.open_order is not None:
        return state.open_order, ()
    opened = fresh_order(state.lane, str(state.orders + 1), at, shop, table=table)
    return order_of(opened), (LaneBegun(lane=state.lane, order=opened.order, bag_grams=state.bag_grams), opened)


def open_order_of(state: LaneState) -> Order:
    """The lane's open order. Raises Declined."""
    if state.open_order is None:
        raise Declined("lane-empty", f"nothing has been scanned at lane {state.lane} yet: scan something first", lane=state.lane)
    return state.open_order


def refuse_billed(state: LaneState) -> None:
    """Raise Declined while nobody knows whether the order is being paid just now."""
    if state.open_order is not None and state.billed_minor is not None:
        raise _being_paid(state.lane, state.open_order.order)


def refuse_being_paid(db: sqlite3.Connection, order: Order) -> None:
    """Raise Declined for an order that a terminal is asked for: what is due must not change behind its back."""
    asked = "SELECT 1 FROM lanes WHERE lane = ? AND order_id = ? AND billed_minor IS NOT NULL"
    if order.state == "open" and db.execute(asked, (order.till, order.order)).fetchone() is not None:
        raise _being_paid(order.till, order.order)


def _being_paid(lane: str, order: str) -> Declined:
    return Declined(
        "being-paid",
        f"order {order} of lane {lane} is being paid: finish or stop that at the terminal first",
        order=order,
    )
