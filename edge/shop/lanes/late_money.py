"""Money that came after an attendant had called it unpaid: it pays for the order that still waits for it, or is offered back.

    the order is open, and this is what is due      LaneCleared (paid), LaneCharged, OrderPaid
    somebody is asked for the order once more,
    or an attendant is to look at the goods first   nothing yet: the doubt goes on, the gateway is asked again later
    everything else                                 LaneCleared (late), PaybackOffered: staff decide

All in one transaction with the end of the doubt: one payment closes one order, or is offered back, once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace

from edge.shop.declined import Declined
from edge.shop.lanes.answers import taken
from edge.shop.lanes.doubts import ASKED_FOR, Doubt, cleared, is_doubted, offered
from edge.shop.lanes.lane import LaneState, lane_state, open_order_of
from edge.shop.lanes.paying import close_as_paid, is_unweighed
from edge.shop.moment import Moment
from edge.shop.orders.due import due_of
from edge.shop.part import Decision
from edge.shop.promotions.applying import check_coupons
from edge.shop.promotions.bargain import bargain_for
from edge.shop.shop import Shop
from sync.events import Event

LATE = "the money came after the attendant had found nothing"


def came_late(doubt: Doubt, receipt: str) -> Decision:
    """The money did come. It says nothing while that order may yet be paid otherwise. Never raises Declined."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        if not is_doubted(doubt, db):
            return
        state = lane_state(db, doubt.lane, shop)
        if state.open_order is None or state.open_order.order != doubt.order:
            yield from _too_late(doubt, receipt, shop, db)
        elif _is_undecided(state, db):
            if moment.at >= doubt.ends:
                yield from _too_late(doubt, receipt, shop, db)
        elif _is_due(doubt, state, moment, shop, db):
            billed = _billed_again(doubt, state)
            yield cleared(doubt, "paid", receipt=receipt)
            yield taken(billed, doubt.order, doubt.amount_minor, receipt)
            yield from close_as_paid(billed, moment, shop, db, amount_minor=doubt.amount_minor, tender=doubt.tender)
        else:
            yield from _too_late(doubt, receipt, shop, db)

    return decide


def _is_undecided(state: LaneState, db: sqlite3.Connection) -> bool:
    """Whether somebody is asked for the order just now, or an attendant or the scale has a word to say about its goods."""
    return state.billed_minor is not None or state.called in {"age", "bags"} or is_unweighed(open_order_of(state), db)


def _is_due(doubt: Doubt, state: LaneState, moment: Moment, shop: Shop, db: sqlite3.Connection) -> bool:
    """Whether it is what the order costs now, at the prices of then; a coupon may have been used elsewhere since."""
    order, then = open_order_of(state), replace(moment, at=doubt.ends - ASKED_FOR)
    try:
        check_coupons(db, order, bargain_for(db, order.till, order.order, then, shop))
    except Declined:
        return False
    return due_of(db, order, then, shop).due_minor == doubt.amount_minor


def _billed_again(doubt: Doubt, state: LaneState) -> LaneState:
    """The lane as it stood when the payer was asked for this money."""
    return replace(state, payer=doubt.payer, payment=doubt.payment, tender=doubt.tender, billed_at=doubt.ends - ASKED_FOR)


def _too_late(doubt: Doubt, receipt: str, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    yield cleared(doubt, "late", receipt=receipt)
    yield offered(doubt, LATE, shop, db)
