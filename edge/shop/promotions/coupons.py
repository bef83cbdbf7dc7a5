"""A coupon is shown: does it hold, here, now, for this order, and what does it bring? Decided with no internet.

It is only put on the order; it is spent in the transaction that pays. The same coupon may be on two open orders: the one that
is paid first has it, the other is told, and is refused at its payment until the shopper has taken it off.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from edge.shop.declined import Declined
from edge.shop.lanes.lane import refuse_being_paid
from edge.shop.moment import Moment
from edge.shop.orders.closing_events import OrderRefunded
from edge.shop.orders.order import Order, known_order, refuse_closed
from edge.shop.part import Decision
from edge.shop.promotions.applying import check_cap
from edge.shop.promotions.bargain import bargain_with, basket_of, circumstances, worth_of
from edge.shop.promotions.conditions import Circumstances, Unmet, unmet
from edge.shop.promotions.coupon_code import PREFIX, CouponCodeError, ForgedCode, SignedCoupon, check_signature, read_code
from edge.shop.promotions.coupon_document import CouponClass, class_of, plain_digest
from edge.shop.promotions.events import CouponPresented, CouponReversed, CouponWithdrawn
from edge.shop.promotions.held import held_coupons
from edge.shop.shop import Shop
from sync.events import Clock, Event

PLAIN_NAME_CHARS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A coupon that exists; ``signed`` is None for a plain code."""

    coupon: str
    rule: CouponClass
    signed: SignedCoupon | None


def present_coupon(till: str, order: str, code: str, *, clock: Clock = "synced") -> Decision:
    """Put the coupon of ``code`` on an open order. ``clock`` is the box's when the code was read. Raises Declined."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        found = known_order(db, till, order)
        refuse_closed(found)
        refuse_being_paid(db, found)
        shown = read_coupon(db, code)
        _refuse_used(db, found, shown)
        _refuse_unmet(shown, circumstances(db, found, moment, shop), moment.at, clock)
        brings_minor = _brought(db, found, shown, moment, shop)
        yield CouponPresented(
            till=found.till,
            order=found.order,
            business_day=found.business_day,
            coupon=shown.coupon,
            coupon_class=shown.rule.id,
            brings_minor=brings_minor,
            currency=found.currency,
        )

    return decide


def withdraw_coupon(till: str, order: str, coupon: str) -> Decision:
    """Take a coupon off an open order again. Raises Declined."""

    def decide(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        found = known_order(db, till, order)
        refuse_closed(found)
        refuse_being_paid(db, found)
        held = next((each for each in held_coupons(db, till, order) if each.coupon == coupon), None)
        if held is None:
            raise Declined("coupon-not-held", f"{found.name} holds no such coupon: look at its coupons", order=order)
        yield CouponWithdrawn(
            till=found.till,
            order=found.order,
            business_day=found.business_day,
            coupon=held.coupon,
            coupon_class=held.rule.id,
            reason="asked",
        )

    return decide


def is_coupon_code(db: sqlite3.Connection, code: str) -> bool:
    """Whether a scanner that read ``code`` read a coupon: a signed one by its looks, a plain one by the document."""
    if code.strip().upper().startswith(PREFIX):
        return True
    return db.execute("SELECT 1 FROM coupon_codes WHERE digest = ?", (plain_digest(db, code),)).fetchone() is not None


def read_coupon(db: sqlite3.Connection, code: str) -> Shown:
    """The coupon of ``code``: signed by a key of the document, or listed there by its digest. Raises Declined."""
    if not code.strip().upper().startswith(PREFIX):
        return _plain(db, code)
    try:
        signed, told, signature = read_code(code)
    except CouponCodeError as error:
        raise Declined("coupon-unreadable", f"the coupon code cannot be read: {error}; scan it again") from error
    key = db.execute("SELECT x, classes FROM coupon_keys WHERE kid = ?", (signed.kid,)).fetchone()
    if key is None or signed.class_ not in key[1].split("\n"):
        raise Declined(
            "coupon-key", f"no key of headquarters signs coupons of this class as {signed.kid}: the coupon is not for this chain"
        )
    try:
        check_signature(told, signature, key[0])
    except ForgedCode as error:
        raise Declined("coupon-forged", "the coupon is forged or was changed: do not take it") from error
    rule = class_of(db, signed.class_)
    if rule is None:
        raise _unknown()
    return Shown(coupon=signed.coupon, rule=rule, signed=signed)


def _plain(db: sqlite3.Connection, code: str) -> Shown:
    digest = plain_digest(db, code)
    row = db.execute("SELECT class FROM coupon_codes WHERE digest = ?", (digest,)).fetchone()
    rule = None if row is None else class_of(db, row[0])
    if rule is None:
        raise _unknown()
    return Shown(coupon=f"{rule.id}-{digest[:PLAIN_NAME_CHARS]}", rule=rule, signed=None)


def _unknown() -> Declined:
    return Declined("coupon-unknown", "this box knows no such coupon: look at the code again, or wait for headquarters")


def _refuse_used(db: sqlite3.Connection, order: Order, shown: Shown) -> None:
    coupon = (shown.coupon,)
    if db.execute("SELECT 1 FROM coupons_revoked WHERE coupon = ?", coupon).fetchone() is not None:
        raise Declined("coupon-revoked", f"headquarters took coupon {shown.coupon} back: it is good for nothing")
    spent = db.execute("SELECT business_day FROM coupons_redeemed WHERE coupon = ?", coupon).fetchone()
    if spent is not None:
        raise Declined("coupon-redeemed", f"coupon {shown.coupon} was used on {spent[0]}: it is good for once", day=spent[0])
    if any(held.coupon == shown.coupon for held in held_coupons(db, order.till, order.order)):
        raise Declined("coupon-held", f"{order.name} has coupon {shown.coupon} already: it counts once")


def _refuse_unmet(shown: Shown, now: Circumstances, at: datetime, clock: Clock) -> None:
    """Raise Declined for what does not hold here and now. Dates are judged only by a clock that can be believed."""
    dates = clock == "synced"
    if not dates and shown.rule.when_unsynced == "refuse":
        raise Declined(
            "coupon-clock", "this box does not know the time, and coupons of this class need it: set the clock, or ask staff"
        )
    signed = shown.signed
    problem: Unmet = unmet(shown.rule, now, dates=dates)
    if signed is not None:
        if signed.store and signed.store != now.store:
            problem = "store"
        elif dates and at < signed.not_before:
            problem = "early"
        elif dates and signed.expires is not None and at >= signed.expires:
            problem = "late"
    if problem:
        raise _not_here(problem, shown)


def _not_here(problem: Unmet, shown: Shown) -> Declined:
    texts = {
        "early": "it is not valid yet: use it later",
        "late": "it has expired: ask for another",
        "day-part": "it is valid at other hours: come then",
        "store": "it is for another store: use it there",
        "channel": "it is not for this way of buying: go to the other tills",
        "member": "it is for members of another kind: show the member code first",
    }
    key = "expired" if problem == "late" else problem
    return Declined(f"coupon-{key}", f"coupon of class {shown.rule.id}: {texts[problem]}")


def _brought(db: sqlite3.Connection, order: Order, shown: Shown, moment: Moment, shop: Shop) -> int:
    """What the coupon takes off; nothing from an order without goods yet. Raises Declined when it brings nothing."""
    basket = basket_of(db, order)
    if not basket.lines:
        return 0
    rule = shown.rule
    worth = worth_of(basket, rule.scope)
    if not worth:
        raise Declined("coupon-goods", f"coupon of class {rule.id}: none of these goods is in its scope: add some")
    if worth < rule.minimum_minor:
        missing = rule.minimum_minor - worth
        raise Declined(
            "coupon-minimum",
            f"coupon of class {rule.id}: goods for another {missing} are needed: add some",
            missing=f"{missing // 100}.{missing % 100:02}",
        )
    held = tuple((each.coupon, each.rule) for each in held_coupons(db, order.till, order.order) if each.state == "held")
    # what it adds: of two coupons that exclude each other the second brings nothing, whichever of them is the one applied
    before_minor = bargain_with(db, order, held, moment, shop).reduced_minor
    brings = bargain_with(db, order, (*held, (shown.coupon, rule)), moment, shop).reduced_minor - before_minor
    if brings <= 0:
        raise Declined(
            "coupon-not-with",
            f"coupon of class {rule.id} brings nothing with what is taken off {order.name} already: keep it for another time",
        )
    check_cap(db, rule, brings, order.business_day)
    return brings


def reverse_coupons(refunded: OrderRefunded, db: sqlite3.Connection) -> Iterable[CouponReversed]:
    """Give the coupons of an order back when all its goods are, as their classes allow; for some goods the coupon stays spent."""
    if not refunded.whole:
        return
    till, order = refunded.till, refunded.order
    spent = db.execute(
        """
        SELECT coupon, class, value_minor FROM coupons_redeemed
        WHERE till = ? AND order_id = ? AND reversed = 0 ORDER BY coupon
        """,
        (till, order),
    ).fetchall()
    for coupon, class_, value_minor in spent:
        rule = class_of(db, class_)
        yield CouponReversed(
            till=till,
            order=order,
            business_day=refunded.business_day,
            coupon=coupon,
            coupon_class=class_,
            value_minor=value_minor,
            currency=refunded.currency,
            usable_again=rule is not None and rule.reusable_after_refund,
        )
