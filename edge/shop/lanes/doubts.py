"""What becomes of a payment after an attendant has called it unpaid: its gateway is asked until it is certain, for a day at most.

    LaneDoubted, on disk ──> the gateway is asked, again and again ──> nothing was charged    LaneCleared
                                                                  ├──> the money did come     see late_money.py
                                                                  └──> a day, and no word     LaneCleared, PaybackOffered

What is asked takes the payment back unless it was paid.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge.shop.lanes.doubt_events import LaneCleared, LaneDoubted, Outcome, PaybackOffered
from edge.shop.lanes.lane import LaneState, open_order_of
from edge.shop.lanes.paying import own_number
from edge.shop.masking import masked
from edge.shop.moment import Moment
from edge.shop.orders.order import known_order
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

ASKED_FOR = timedelta(days=1)
"""How long a gateway is asked. Alipay takes back for a day, WeChat Pay for seven."""

SHOWN_TEXT_CHARS = 200
RECEIPT_CHARS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """``amount_minor`` that ``payer`` was asked for as ``payment``; asked for at most until ``ends``."""

    lane: str
    order: str
    payer: str
    payment: str
    tender: str
    amount_minor: int
    currency: str
    ends: datetime


def doubt_further(state: LaneState, moment: Moment) -> Iterator[LaneDoubted]:
    """Have the gateway of the lane's payment asked on; a terminal cannot be asked."""
    if state.payment and state.billed_minor is not None:
        order = open_order_of(state)
        yield LaneDoubted(
            lane=state.lane,
            order=order.order,
            payer=state.payer,
            payment=state.payment,
            tender=state.tender,
            amount_minor=state.billed_minor,
            currency=order.currency,
            doubted_at=rfc3339(moment.at),
        )


def payments_doubted(db: sqlite3.Connection) -> list[Doubt]:
    """Those that nobody is certain of yet."""
    rows = db.execute(
        """
        SELECT till, order_id, payer, payment, doubts.tender, amount_minor, currency, doubted_at
        FROM payment_doubts AS doubts JOIN orders USING (number) ORDER BY doubted_at
        """
    )
    return [
        Doubt(
            lane=till,
            order=order,
            payer=payer,
            payment=payment,
            tender=tender,
            amount_minor=amount_minor,
            currency=currency,
            ends=datetime.fromisoformat(doubted_at) + ASKED_FOR,
        )
        for till, order, payer, payment, tender, amount_minor, currency, doubted_at in rows
    ]


def nothing_came(doubt: Doubt, reason: str) -> Decision:
    """The gateway is certain that nobody is charged. Never raises Declined."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        if is_doubted(doubt, db):
            yield cleared(doubt, "nothing", reason=reason)

    return decide


def never_known(doubt: Doubt, reason: str) -> Decision:
    """Nobody could tell for so long that a person must look. Never raises Declined."""

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        if is_doubted(doubt, db):
            yield cleared(doubt, "unknown", reason=reason)
            told = f"nobody could tell whether payment {doubt.payment} came: look for it at the merchant platform first"
            yield offered(doubt, told, shop, db)

    return decide


def is_doubted(doubt: Doubt, db: sqlite3.Connection) -> bool:
    """Whether its answer is still waited for: what becomes of it, becomes of it once."""
    return db.execute("SELECT 1 FROM payment_doubts WHERE payment = ?", (doubt.payment,)).fetchone() is not None


def cleared(doubt: Doubt, outcome: Outcome, *, receipt: str = "", reason: str = "") -> LaneCleared:
    """The event that ends it."""
    return LaneCleared(
        lane=doubt.lane,
        order=doubt.order,
        payer=doubt.payer,
        payment=doubt.payment,
        tender=doubt.tender,
        amount_minor=doubt.amount_minor,
        currency=doubt.currency,
        outcome=outcome,
        receipt=receipt[:RECEIPT_CHARS],
        reason=masked(reason)[:SHOWN_TEXT_CHARS],
    )


def offered(doubt: Doubt, reason: str, shop: Shop, db: sqlite3.Connection) -> PaybackOffered:
    """The event that puts the money before the staff."""
    order = known_order(db, doubt.lane, doubt.order)
    return PaybackOffered(
        till=doubt.lane,
        order=doubt.order,
        business_day=order.business_day,
        refund=doubt.payment,
        payer=doubt.payer,
        payback=own_number(shop, order, f"refund {doubt.payment}"),
        amount_minor=doubt.amount_minor,
        currency=doubt.currency,
        tender=doubt.tender,
        reason=reason,
    )
