"""What the terminal or the gateway of a lane answered, as decisions; and the bills that wait for an answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from edge.shop.lanes.events import LaneCalled
from edge.shop.lanes.lane import LaneState, lane_state
from edge.shop.lanes.paying import close_as_paid
from edge.shop.lanes.payment_events import LaneCharged, LaneUnpaid
from edge.shop.masking import masked
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event

SHOWN_TEXT_CHARS = 200
RECEIPT_CHARS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What ``payer`` is asked for; ``attempt`` tells those of one order apart.

    For a payment code: ``payment`` is its number at the gateway, ``shown_ms`` when the scanner read it.
    """

    lane: str
    order: str
    amount_minor: int
    attempt: int
    payer: str = ""
    payment: str = ""
    shown_ms: int | None = None


def open_bills(db: sqlite3.Connection) -> list[Bill]:
    """The lanes whose payer was asked and has not answered yet; not those that wait for an attendant because of it."""
    rows = db.execute(
        """
        SELECT lanes.lane, lanes.order_id, billed_minor, attempts, payer, payment, shown_ms FROM lanes
        JOIN orders ON orders.till = lanes.lane AND orders.order_id = lanes.order_id
        WHERE billed_minor IS NOT NULL AND state = 'open' AND called != 'payment'
        """
    )
    return [
        Bill(lane=lane, order=order, amount_minor=amount, attempt=attempt, payer=payer, payment=payment, shown_ms=shown_ms)
        for lane, order, amount, attempt, payer, payment, shown_ms in rows
    ]


def charged(lane: str, order: str, amount_minor: int, receipt: str = "") -> Decision:
    """``amount_minor`` was taken: the order is paid, whatever has happened meanwhile. Never raises Declined."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        state = lane_state(db, lane, shop)
        if _is_billed(state, order):
            yield taken(state, order, amount_minor, receipt)
            yield from close_as_paid(state, moment, shop, db, amount_minor=amount_minor, tender=state.tender)

    return decide


def taken(state: LaneState, order: str, amount_minor: int, receipt: str) -> LaneCharged:
    """The event that says where the money of the lane's order came from."""
    return LaneCharged(
        lane=state.lane,
        order=order,
        payer=state.payer,
        payment=state.payment,
        tender=state.tender,
        receipt=receipt[:RECEIPT_CHARS],
        amount_minor=amount_minor,
        currency="" if state.order is None else state.order.currency,
    )


def not_charged(lane: str, order: str, reason: str, *, offline: bool = False) -> Decision:
    """The terminal or the gateway says that it took nothing; ``offline``: it could not be asked."""

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        state = lane_state(db, lane, shop)
        if _is_billed(state, order):
            told = masked(reason)[:SHOWN_TEXT_CHARS]
            yield LaneUnpaid(lane=lane, order=order, reason=told, tender=state.tender, offline=offline)

    return decide


def doubt_payment(lane: str, order: str, detail: str) -> Decision:
    """Nobody can tell whether the money was taken: an attendant looks into the books of the terminal or the gateway."""

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        state = lane_state(db, lane, shop)
        if _is_billed(state, order) and state.called != "payment":
            yield LaneCalled(lane=lane, order=order, reason="payment", detail=masked(detail)[:SHOWN_TEXT_CHARS])

    return decide


def _is_billed(state: LaneState, order: str) -> bool:
    return state.open_order is not None and state.open_order.order == order and state.billed_minor is not None
