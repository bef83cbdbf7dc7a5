"""What a shopper types or touches at a lane besides goods: who they are, a coupon, points, stored value, an invitation."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from edge.shop.declined import Declined
from edge.shop.lanes.lane import lane_settings, lane_state, next_order, open_order_of, refuse_billed
from edge.shop.members.identify import Shown, identify_member, recognise
from edge.shop.members.join import intend_join
from edge.shop.moment import Moment
from edge.shop.orders.order import Order
from edge.shop.part import Decision
from edge.shop.shop import Shop
from edge.shop.staff.roster import works_here
from edge.shop.staff.serving import guide_of
from sync.events import Event


def name_member(lane: str, shown: Shown) -> Decision:
    """Give the lane's order the member who was typed; opens it. Somebody unknown is provisional, as at a till.

    Raises Declined: member-not-found for what is nobody's and has no form of a phone number or a card, being-paid, and those of
    ``identify_member``.
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        lane_settings(shop, lane)
        state = lane_state(db, lane, shop)
        if shown.method == "code" and recognise(shown, shop, db).doubt:
            raise Declined("member-not-found", "no member has this number, and no phone number looks like it: type it again")
        order, opened = next_order(state, moment.at, shop)
        yield from opened
        yield from identify_member(replace(shown, order=order.order), shop, db)

    return decide


def on_order(lane: str, wish: Callable[[Order], Decision]) -> Decision:
    """``wish`` for the lane's open order. Raises Declined: lane-empty, being-paid, and those of ``wish``."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        lane_settings(shop, lane)
        state = lane_state(db, lane, shop)
        order = open_order_of(state)
        refuse_billed(state)
        return wish(order)(moment, shop, db)

    return decide


def invite(lane: str) -> Decision:
    """Show the invitation to join, won by the guide who serves the order and still works here.

    Raises Declined (join-nothing-to-show).
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        lane_settings(shop, lane)
        order = lane_state(db, lane, shop).open_order
        guide = None if order is None else guide_of(db, order.till, order.order)
        if guide is not None and not works_here(db, guide, shop.day(moment.at)):
            guide = None
        return intend_join(lane, guide, None if order is None else order.order)(moment, shop, db)

    return decide
