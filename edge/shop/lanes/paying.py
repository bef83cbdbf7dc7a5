"""How an order is paid at a self-checkout lane: by card at its terminal, by payment code at a gateway; by cash only at a till.

    bill ──> LaneTotalled: "card, or show your code"            where the lane takes codes
      └────> LaneBilled, on disk ──> somebody is asked ──> charged   LaneCharged, OrderPaid
                                                      ├──> refused   LaneUnpaid: the order goes on
                                                      └──> unknown   LaneCalled: an attendant looks, nobody asks again

The box may die at any point of it. A gateway is asked then what became of the payment; of a terminal an attendant is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from hashlib import sha256

from config.schema import Lane
from drivers.counter_readings import PaymentCodeShown
from edge.shop.declined import Declined
from edge.shop.lanes.bags import bags_of
from edge.shop.lanes.events import LaneCalled
from edge.shop.lanes.lane import LaneState, lane_settings, lane_state, open_order_of, refuse_billed
from edge.shop.lanes.payment_events import LaneBilled, LaneResumed, LaneTotalled
from edge.shop.moment import Moment
from edge.shop.orders.closing import paid
from edge.shop.orders.due import due_of
from edge.shop.orders.order import Order, sold_lines
from edge.shop.part import Decision
from edge.shop.promotions.applying import apply_bargain, check_coupons
from edge.shop.promotions.bargain import bargain_for
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

LETTERS = "abcdefghijklmnop"
NUMBER_LETTERS = 24


def bill(lane: str) -> Decision:
    """Begin to pay: with nothing due the order is paid at once, with wrong bags an attendant comes. Raises Declined.

    A lane that takes payment codes shows how it can be paid; at another one the terminal is asked.
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        settings, state = _begun(lane, shop, db)
        due_minor = yield from _due(state, moment, shop, db)
        if not due_minor:
            return
        if not settings.wallets:
            yield from _ask_terminal(settings, state, due_minor, moment)
            return
        order = open_order_of(state)
        yield LaneTotalled(lane=lane, order=order.order, amount_minor=due_minor, currency=order.currency)

    return decide


def bill_card(lane: str) -> Decision:
    """Pay by card. Raises Declined."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        settings, state = _begun(lane, shop, db)
        due_minor = yield from _due(state, moment, shop, db)
        if due_minor:
            yield from _ask_terminal(settings, state, due_minor, moment)

    return decide


def bill_code(lane: str, shown: PaymentCodeShown) -> Decision:
    """Pay by the code that the scanner read; of ``shown`` everything is used but the code. Raises Declined."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        payer = _payer(lane_settings(shop, lane), shown)
        _, state = _begun(lane, shop, db)
        if not state.totalled:
            raise Declined("code-too-early", "a payment code pays when the goods are complete: touch Pay first", lane=lane)
        due_minor = yield from _due(state, moment, shop, db)
        if due_minor:
            order = open_order_of(state)
            yield LaneBilled(
                lane=lane,
                order=order.order,
                terminal=payer,
                amount_minor=due_minor,
                currency=order.currency,
                billed_at=rfc3339(moment.at),
                tender=shown.wallet,
                payment=payment_number(shop, order, state.attempts + 1),
                shown_ms=shown.monotonic_ms,
            )

    return decide


def resume(lane: str) -> Decision:
    """Back to the goods. Raises Declined while it is being paid."""

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        _, state = _begun(lane, shop, db)
        if state.totalled:
            yield LaneResumed(lane=lane, order=open_order_of(state).order)

    return decide


def payment_number(shop: Shop, order: Order, attempt: int) -> str:
    """The number of an attempt at a gateway: the same for the same attempt, and of no other box, order or day.

    Letters only: no digits that could be taken for a card number, and masked, where it is told.
    """
    return own_number(shop, order, str(attempt))


def own_number(shop: Shop, order: Order, what: str) -> str:
    """The box's own number of ``what`` was asked at a gateway for ``order``."""
    named = "\n".join((shop.box, order.till, order.order, order.opened_at or order.business_day, what))
    digest = sha256(named.encode()).hexdigest()[:NUMBER_LETTERS]
    return "".join(LETTERS[int(digit, 16)] for digit in digest)


def close_as_paid(
    state: LaneState, moment: Moment, shop: Shop, db: sqlite3.Connection, *, amount_minor: int, tender: str
) -> Iterator[Event]:
    """Close the lane's open order at what the shopper was promised when the terminal was asked."""
    order = open_order_of(state)
    then = moment if state.billed_at is None else replace(moment, at=state.billed_at)
    due = due_of(db, order, then, shop)
    yield from apply_bargain(db, order.till, order.order, then, shop, taken=True)
    yield paid(order, due, amount_minor=amount_minor, tender=tender, at=moment.at)


def is_unweighed(order: Order, db: sqlite3.Connection) -> bool:
    """Whether goods on it wait for their weight."""
    awaiting = db.execute(
        """
        SELECT 1 FROM order_lines JOIN orders USING (number)
        WHERE till = ? AND order_id = ? AND order_lines.state = 'awaiting'
        """,
        (order.till, order.order),
    )
    return awaiting.fetchone() is not None


def _begun(lane: str, shop: Shop, db: sqlite3.Connection) -> tuple[Lane, LaneState]:
    settings = lane_settings(shop, lane)
    state = lane_state(db, lane, shop)
    open_order_of(state)
    refuse_billed(state)
    return settings, state


def _due(state: LaneState, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Generator[Event, None, int]:
    """What somebody must be asked for; 0 when all is said: paid at once, or an attendant comes. Raises Declined."""
    order = open_order_of(state)
    _refuse_unready(state, order, db)
    bags = bags_of(state, order, shop, db)
    if bags.verdict in {"extra", "missing"}:
        yield LaneCalled(lane=state.lane, order=order.order, reason="bags", detail=f"{bags.verdict} {bags.grams} g")
        return 0
    check_coupons(db, order, bargain_for(db, order.till, order.order, moment, shop))
    due = due_of(db, order, moment, shop)
    if due.due_minor == 0:
        yield from close_as_paid(state, moment, shop, db, amount_minor=0, tender="none")
    return due.due_minor


def _ask_terminal(settings: Lane, state: LaneState, due_minor: int, moment: Moment) -> Iterator[Event]:
    if settings.terminal is None:
        raise Declined("no-terminal", f"lane {state.lane} has no payment terminal: pay at the till", lane=state.lane)
    order = open_order_of(state)
    yield LaneBilled(
        lane=state.lane,
        order=order.order,
        terminal=settings.terminal,
        amount_minor=due_minor,
        currency=order.currency,
        billed_at=rfc3339(moment.at),
    )


def _payer(settings: Lane, shown: PaymentCodeShown) -> str:
    """Who takes a code of this wallet. Raises Declined."""
    if not settings.wallets:
        raise Declined("code-not-taken", "this lane takes no payment codes: pay by card here, or by code at the till")
    payer = settings.wallets.get(shown.wallet)
    if payer is None:
        told = f"this lane takes no codes of {shown.wallet}: show one of {' or '.join(settings.wallets)}"
        raise Declined("wallet-not-taken", told, wallet=shown.wallet)
    return payer


def _refuse_unready(state: LaneState, order: Order, db: sqlite3.Connection) -> None:
    if state.called:
        raise Declined("attendant-first", f"lane {state.lane} waits for an attendant: they come at once", lane=state.lane)
    if is_unweighed(order, db):
        raise Declined("weigh-first", f"goods of {order.name} are not weighed yet: put them on the scale, or take them off")
    if not sold_lines(db, order.till, order.order):
        raise Declined("lane-empty", f"nothing is on the order of lane {state.lane} yet: scan something first", lane=state.lane)
