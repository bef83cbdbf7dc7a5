"""A refund goes back to where the money came from: the card at the terminal, the wallet at the gateway; else a person gives it.

    OrderRefunded ──> PaybackAsked, on disk ──> the payer is asked ──> given     PaybackGiven
                                                                  ├──> refused   PaybackLeft: an attendant gives it by hand
                                                                  └──> unknown   PaybackLeft: an attendant looks first
                                                                                 └──> PaybackSettled

Money that came late is offered (PaybackOffered, see ``doubts.py``): a person has it asked for, or says that it is settled.

A gateway is asked again after a crash, for it gives the same number back once. A terminal is not: nobody knows what it did.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from edge.shop.declined import Declined
from edge.shop.lanes.payback_events import PaybackAsked, PaybackGiven, PaybackLeft, PaybackSettled
from edge.shop.lanes.paying import own_number
from edge.shop.masking import masked
from edge.shop.moment import Moment
from edge.shop.orders.closing_events import OrderRefunded
from edge.shop.orders.order import known_order
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event

SHOWN_TEXT_CHARS = 200
RECEIPT_CHARS = 64
MOST_SHOWN = 50

State = Literal["offered", "asked", "given", "by-hand", "unknown", "settled"]
OPEN: tuple[State, ...] = ("offered", "by-hand", "unknown")
"""What waits for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payback:
    """``amount_minor`` of the ``paid_minor`` that ``payer`` took as ``payment`` goes back under the number ``payback``."""

    till: str
    order: str
    business_day: str
    currency: str
    refund: str
    payer: str
    payment: str
    paid_minor: int
    payback: str
    amount_minor: int
    state: State
    detail: str
    tender: str


def ask_back(refunded: OrderRefunded, shop: Shop, db: sqlite3.Connection) -> Iterator[PaybackAsked]:
    """Have the money of a refund given back by who took it; nothing for an order that a till, or nobody, was paid for."""
    taken = db.execute(
        "SELECT payer, order_payments.tender FROM order_payments JOIN orders USING (number) WHERE till = ? AND order_id = ?",
        (refunded.till, refunded.order),
    ).fetchone()
    if taken is None or refunded.money_minor <= 0:
        return
    payer, tender = taken
    order = known_order(db, refunded.till, refunded.order)
    yield PaybackAsked(
        till=refunded.till,
        order=refunded.order,
        business_day=refunded.business_day,
        refund=refunded.refund,
        payer=payer,
        payback=own_number(shop, order, f"refund {refunded.refund}"),
        amount_minor=refunded.money_minor,
        currency=refunded.currency,
        tender=tender,
    )


def paybacks_asked(db: sqlite3.Connection) -> list[Payback]:
    """Those whose payer was asked, or is about to be, and has not answered."""
    return _paybacks(db, "order_paybacks.state = 'asked' ORDER BY number, refund", ())


def paybacks_left(db: sqlite3.Connection) -> list[Payback]:
    """Those that wait for a person, the oldest first."""
    return _paybacks(
        db, "order_paybacks.state IN ('offered', 'by-hand', 'unknown') ORDER BY number, refund LIMIT ?", (MOST_SHOWN,)
    )


def paybacks_of(db: sqlite3.Connection, till: str, order: str) -> list[Payback]:
    """Those of one order."""
    return _paybacks(db, "till = ? AND order_id = ? ORDER BY refund", (till, order))


def given_back(payback: Payback, receipt: str) -> Decision:
    """The payer gives it back. Never raises Declined."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        if _is_asked(payback, db):
            yield PaybackGiven(**_named(payback), receipt=receipt[:RECEIPT_CHARS])

    return decide


def left_to_people(payback: Payback, to: Literal["by-hand", "unknown"], reason: str) -> Decision:
    """The payer does not give it back, or nobody can tell. Never raises Declined."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        if _is_asked(payback, db):
            yield PaybackLeft(**_named(payback), to=to, reason=masked(reason)[:SHOWN_TEXT_CHARS])

    return decide


def settle_payback(till: str, order: str, refund: str, by: str) -> Decision:
    """``by`` says that the shopper has the money. Raises Declined for one that does not wait for a person."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        found = _payback(db, till, order, refund)
        if found is None or found.state not in OPEN:
            how = "not known" if found is None else found.state
            told = f"refund {refund} of order {order} of {till} waits for nobody: it is {how}"
            raise Declined("payback-not-open", told, order=order)
        yield PaybackSettled(**_named(found), by=masked(by)[:SHOWN_TEXT_CHARS])

    return decide


def accept_payback(till: str, order: str, refund: str, by: str) -> Decision:
    """``by`` has the payer asked for what is offered. Raises Declined for what is not."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        found = _payback(db, till, order, refund)
        if found is None or found.state != "offered":
            how = "not known" if found is None else found.state
            raise Declined(
                "payback-not-offered", f"refund {refund} of order {order} of {till} is not offered: it is {how}", order=order
            )
        yield PaybackAsked(**_named(found), tender=found.tender, by=masked(by)[:SHOWN_TEXT_CHARS])

    return decide


def _payback(db: sqlite3.Connection, till: str, order: str, refund: str) -> Payback | None:
    return next((each for each in paybacks_of(db, till, order) if each.refund == refund), None)


def _is_asked(payback: Payback, db: sqlite3.Connection) -> bool:
    now = _payback(db, payback.till, payback.order, payback.refund)
    return now is not None and now.state == "asked"


def _named(payback: Payback) -> dict[str, Any]:
    """What every event of it says."""
    return {
        "till": payback.till,
        "order": payback.order,
        "business_day": payback.business_day,
        "refund": payback.refund,
        "payer": payback.payer,
        "payback": payback.payback,
        "amount_minor": payback.amount_minor,
        "currency": payback.currency,
    }


def _paybacks(db: sqlite3.Connection, which: str, values: tuple[str | int, ...]) -> list[Payback]:
    rows = db.execute(
        f"""
        SELECT till, order_id, business_day, currency, refund, order_paybacks.payer,
            coalesce(order_paybacks.payment, taken.payment),
            iif(order_paybacks.payment IS NULL, taken.amount_minor, order_paybacks.amount_minor),
            payback, order_paybacks.amount_minor, order_paybacks.state, detail, coalesce(order_paybacks.tender, taken.tender)
        FROM order_paybacks JOIN orders USING (number) LEFT JOIN order_payments AS taken USING (number) WHERE {which}
        """,  # noqa: S608 - written in this file
        values,
    )
    return [
        Payback(
            till=till,
            order=order,
            business_day=day,
            currency=currency,
            refund=refund,
            payer=payer,
            payment=payment,
            paid_minor=paid_minor,
            payback=payback,
            amount_minor=amount_minor,
            state=state,
            detail=detail,
            tender=tender,
        )
        for till, order, day, currency, refund, payer, payment, paid_minor, payback, amount_minor, state, detail, tender in rows
    ]
