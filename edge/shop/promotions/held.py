"""Which coupons an order holds, which orders hold a coupon, and what was spent of a class today."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal

from edge.shop.orders.order import Order, find_order
from edge.shop.promotions.coupon_document import CouponClass, class_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCoupon:
    """A coupon on an order; ``lost``: another order spent it meanwhile."""

    coupon: str
    rule: CouponClass
    state: Literal["held", "lost"]


def held_coupons(db: sqlite3.Connection, till: str, order: str) -> tuple[HeldCoupon, ...]:
    """The coupons on the order. One that was spent or revoked since it was shown is lost; of a class that is no more, too."""
    rows = db.execute(
        """
        SELECT held.coupon, held.class,
            CASE WHEN spent.coupon IS NOT NULL OR gone.coupon IS NOT NULL THEN 'lost' ELSE held.state END
        FROM orders JOIN coupons_presented AS held USING (number)
        LEFT JOIN coupons_redeemed AS spent ON spent.coupon = held.coupon
        LEFT JOIN coupons_revoked AS gone ON gone.coupon = held.coupon
        WHERE orders.till = ? AND orders.order_id = ? ORDER BY held.coupon
        """,
        (till, order),
    ).fetchall()
    found = []
    for coupon, class_, state in rows:
        rule = class_of(db, class_)
        if rule is not None:
            found.append(HeldCoupon(coupon=coupon, rule=rule, state=state))
    return tuple(found)


def orders_holding(db: sqlite3.Connection, coupon: str) -> list[Order]:
    """The open orders that hold ``coupon``."""
    rows = db.execute(
        """
        SELECT till, order_id FROM coupons_presented JOIN orders USING (number)
        WHERE coupon = ? AND coupons_presented.state = 'held' AND orders.state = 'open' ORDER BY number
        """,
        (coupon,),
    ).fetchall()
    return [found for till, order in rows if (found := find_order(db, till, order)) is not None]


def is_being_paid_elsewhere(db: sqlite3.Connection, coupon: str, order: Order) -> bool:
    """Whether a terminal is just taking the money for another order that holds ``coupon``."""
    row = db.execute(
        """
        SELECT 1 FROM coupons_presented JOIN orders USING (number)
        JOIN lanes ON lanes.lane = orders.till AND lanes.order_id = orders.order_id
        WHERE coupon = ? AND orders.state = 'open' AND billed_minor IS NOT NULL AND (orders.till != ? OR orders.order_id != ?)
        """,
        (coupon, order.till, order.order),
    ).fetchone()
    return row is not None


def spent_today(db: sqlite3.Connection, class_: str, business_day: str) -> int:
    """What coupons of the class were worth on ``business_day``, those that were given back not counted."""
    row = db.execute(
        "SELECT coalesce(sum(value_minor), 0) FROM coupons_redeemed WHERE class = ? AND business_day = ? AND reversed = 0",
        (class_, business_day),
    ).fetchone()
    return int(row[0])
