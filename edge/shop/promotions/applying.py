"""The bargain is struck: what is taken off is written down and the coupons are spent, in the transaction that pays.

Two lanes cannot both spend a coupon: the first that is paid makes its row, and every other order that holds it loses it. While
a terminal takes the money for one, the other is not billed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec

from edge.shop.declined import Declined
from edge.shop.moment import Moment
from edge.shop.orders.order import Order, known_order
from edge.shop.promotions.bargain import Bargain, Gift, Reduction, bargain_for, gift_of
from edge.shop.promotions.coupon_document import CouponClass
from edge.shop.promotions.document import gifts_of
from edge.shop.promotions.events import (
    CouponRedeemed,
    CouponWithdrawn,
    GiftGranted,
    LineShare,
    PromotionApplied,
    receiver_key,
)
from edge.shop.promotions.held import held_coupons, is_being_paid_elsewhere, orders_holding, spent_today
from edge.shop.shop import Shop
from sync.events import Event, rfc3339


def apply_bargain(
    db: sqlite3.Connection, till: str, order: str, moment: Moment, shop: Shop, *, taken: bool = False
) -> Iterator[Event]:
    """Write down what is taken off and spend the coupons, just before the order is paid.

    Raises Declined as ``check_coupons`` does. With ``taken`` the money is in the drawer already: nothing is refused then.
    """
    found = known_order(db, till, order)
    bargain = bargain_for(db, till, order, moment, shop)
    if not taken:
        check_coupons(db, found, bargain)
    for place, reduction in enumerate(bargain.reductions):
        yield _applied(found, place, reduction)
        if reduction.coupon is not None:
            yield from _redeemed(db, found, reduction.coupon, reduction, rfc3339(moment.at))
    for gift in bargain.gifts:
        yield _granted(found, gift)


def check_coupons(db: sqlite3.Connection, order: Order, bargain: Bargain) -> None:
    """Raise Declined when a coupon that the shopper was shown is gone, going, or beyond the day's cap: due has changed."""
    worth: dict[str, int] = {}
    for held in held_coupons(db, order.till, order.order):
        if held.state == "lost":
            raise Declined(
                "coupon-lost",
                f"coupon {held.coupon} was used elsewhere meanwhile: take it off {order.name}, look at the new amount, pay again",
                coupon=held.coupon,
            )
        brings_minor = bargain.brought_by(held.coupon)
        if brings_minor:
            if is_being_paid_elsewhere(db, held.coupon, order):
                raise Declined(
                    "coupon-being-used",
                    f"coupon {held.coupon} is just being paid with elsewhere: take it off {order.name}, or try again in a minute",
                    coupon=held.coupon,
                )
            worth[held.rule.id] = worth.get(held.rule.id, 0) + brings_minor
            check_cap(db, held.rule, worth[held.rule.id], order.business_day)


def _applied(order: Order, place: int, reduction: Reduction) -> PromotionApplied:
    return PromotionApplied(
        till=order.till,
        order=order.order,
        business_day=order.business_day,
        place=place,
        promotion=reduction.promotion,
        kind=reduction.kind,
        amount_minor=reduction.amount_minor,
        currency=order.currency,
        shares=reduction.shares,
        words_zh=reduction.words_zh,
        words_en=reduction.words_en,
        coupon=reduction.coupon,
        quota_pieces=reduction.quota_pieces,
    )


def _granted(order: Order, gift: Gift) -> GiftGranted:
    return GiftGranted(
        gift=gift.gift,
        on="payment",
        business_day=order.business_day,
        till=order.till,
        order=order.order,
        qty=gift.qty,
        sku=gift.sku,
        coupon_class=gift.coupon_class,
        words_zh=gift.words_zh,
        words_en=gift.words_en,
    )


def check_cap(db: sqlite3.Connection, rule: CouponClass, value_minor: int, business_day: str) -> None:
    """Raise Declined when coupons of the class would be worth more today than headquarters trusts this box with."""
    if rule.day_cap_minor is not None and spent_today(db, rule.id, business_day) + value_minor > rule.day_cap_minor:
        raise Declined(
            "coupon-cap",
            f"coupons of class {rule.id} are used up on this box for today: take it off, use it tomorrow or in another store",
        )


def _redeemed(db: sqlite3.Connection, order: Order, coupon: str, reduction: Reduction, at: str) -> Iterator[Event]:
    """The coupon is spent, and every other open order that holds it has lost it."""
    yield CouponRedeemed(
        till=order.till,
        order=order.order,
        business_day=order.business_day,
        coupon=coupon,
        coupon_class=reduction.promotion,
        value_minor=reduction.amount_minor,
        currency=order.currency,
        redeemed_at=at,
    )
    for other in orders_holding(db, coupon):
        if (other.till, other.order) != (order.till, order.order):
            yield CouponWithdrawn(
                till=other.till,
                order=other.order,
                business_day=other.business_day,
                coupon=coupon,
                coupon_class=reduction.promotion,
                reason="used-elsewhere",
            )


def applied_reductions(db: sqlite3.Connection, till: str, order: str) -> tuple[Reduction, ...]:
    """What was taken off a paid order, for its receipt and its refunds."""
    rows = db.execute(
        """
        SELECT promotion, kind, coupon, amount_minor, shares, words_zh, words_en
        FROM orders JOIN order_reductions USING (number) WHERE till = ? AND order_id = ? ORDER BY place
        """,
        (till, order),
    )
    found = []
    for promotion, kind, coupon, amount_minor, shares, zh, en in rows.fetchall():
        parts = msgspec.json.decode(shares, type=tuple[LineShare, ...])
        found.append(
            Reduction(
                promotion=promotion,
                kind=kind,
                line=parts[0].line if len(parts) == 1 else None,
                amount_minor=amount_minor,
                coupon=coupon,
                words_zh=zh,
                words_en=en,
                shares=parts,
            )
        )
    return tuple(found)


def given_gifts(db: sqlite3.Connection, till: str, order: str) -> tuple[Gift, ...]:
    """What came with the payment of an order, as the document at work calls it."""
    receiver = receiver_key(f"{till}/{order}")
    given = {gift for (gift,) in db.execute("SELECT gift FROM gifts_granted WHERE receiver = ?", (receiver,))}
    return tuple(gift_of(rule) for rule in gifts_of(db) if rule.id in given)
