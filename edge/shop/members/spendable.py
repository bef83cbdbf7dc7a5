"""What may be taken from a member's points or stored value for an open order: to refuse more, and to offer it on a screen.

headquarters' terms    [members document] unit, unit_minor, offline_cap of points; offline_cap of stored value
the way of naming      a phone number is said aloud too easily: ``spend_by``
the limits             what the member has, the caps of the order and of the day, what the order costs
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal, assert_never

from edge.shop.declined import Declined
from edge.shop.faces.erasing import enrolled_by
from edge.shop.members.ledger import Purse, held, spent_on
from edge.shop.members.member import Member, find_member
from edge.shop.members.rules import Cap, rules_now
from edge.shop.moment import Moment
from edge.shop.orders.due import due_of
from edge.shop.orders.order import Order
from edge.shop.shop import Shop

Bound = Literal["short", "over-order-cap", "over-day-cap", "over-due"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """``unit`` of ``purse`` are worth ``unit_minor``, and only whole units are taken; ``cap`` without headquarters."""

    purse: Purse
    cap: Cap
    unit: int = 1
    unit_minor: int = 1

    def worth_minor(self, amount: int) -> int:
        """What whole units of ``amount`` pay, in minor units."""
        return amount // self.unit * self.unit_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most ``left`` (points, or minor units) may be taken, because of ``bound``; ``why`` says so in a refusal."""

    bound: Bound
    left: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spender:
    """Who spends on ``order``; ``own`` of the purse, worth ``own_minor``, is held for it already and may be taken again."""

    order: Order
    member: Member
    own: int = 0
    own_minor: int = 0

    def has(self, db: sqlite3.Connection, purse: Purse) -> int:
        """What no other order holds."""
        all_of_it = self.member.points if purse == "points" else self.member.balance_minor
        return all_of_it - held(db, self.member.ref, purse) + self.own


@dataclass(frozen=True, slots=True, kw_only=True)
class Spendable:
    """``has`` is free for the order, ``most`` of it may be taken, ``own`` is; ``bound`` says which limit is the tightest."""

    terms: Terms
    has: int
    most: int
    bound: Bound
    own: int


def terms_of(db: sqlite3.Connection, purse: Purse) -> Terms:
    """Headquarters' terms. Raises Declined: points-none-spendable, balance-none-spendable."""
    rules = rules_now(db)
    match purse:
        case "points":
            if rules.points is None or rules.points.offline_cap is None:
                raise Declined("points-none-spendable", "headquarters lets no points be spent here: pay another way")
            points = rules.points
            return Terms(purse=purse, cap=rules.points.offline_cap, unit=points.unit, unit_minor=points.unit_minor)
        case "balance":
            if rules.balance is None:
                raise Declined("balance-none-spendable", "headquarters lets no stored value be spent here: pay another way")
            return Terms(purse=purse, cap=rules.balance.offline_cap)
    assert_never(purse)


def spender_of(db: sqlite3.Connection, order: Order, purse: Purse) -> Spender:
    """The member of the order, if the way of being named is good enough to spend.

    Raises Declined: no-member, member-unverified, member-show-code.
    """
    ref, method = db.execute(
        "SELECT member_ref, member_method FROM orders WHERE till = ? AND order_id = ?", (order.till, order.order)
    ).fetchone()
    if ref is None:
        raise Declined("no-member", f"{order.name} has no member: show the member code first")
    member = find_member(db, ref)
    if member is None:
        raise Declined("member-unverified", "headquarters has not told this box of the member: nothing can be spent here yet")
    allowed = rules_now(db).spend_by
    if method not in allowed or (method == "face" and enrolled_by(db, ref) not in allowed):
        raise Declined("member-show-code", "to spend, the member shows the code or the card; this way of naming is not enough")
    row = db.execute(
        """
        SELECT amount, value_minor FROM member_spendings
        WHERE till = ? AND order_id = ? AND purse = ? AND state = 'held' AND member_ref IS NOT NULL
        """,
        (order.till, order.order, purse),
    ).fetchone()
    own, own_minor = (0, 0) if row is None else row
    return Spender(order=order, member=member, own=own, own_minor=own_minor)


def limits(terms: Terms, spender: Spender, moment: Moment, shop: Shop, db: sqlite3.Connection) -> tuple[Limit, ...]:
    """All that bounds what may be spent, in whole units, in the order in which it is told."""
    more, unit = "more is not allowed on one", terms.unit
    today = spent_on(db, spender.member.ref, terms.purse, shop.day(moment.at)) - spender.own
    due_minor = due_of(db, spender.order, moment, shop).due_minor + spender.own_minor

    def limit(bound: Bound, left: int, why: str) -> Limit:
        return Limit(bound=bound, left=max(0, left) // unit * unit, why=why)

    return (
        limit("short", spender.has(db, terms.purse), "the member has no more"),
        limit("over-order-cap", terms.cap.per_order, f"{more} order without headquarters"),
        limit("over-day-cap", terms.cap.per_day - today, f"{more} day without headquarters"),
        limit("over-due", due_minor // terms.unit_minor * unit, "the order costs no more"),
    )


def spendable(purse: Purse, order: Order, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Spendable:
    """What a screen may offer to the member of an open order. Raises Declined as a wish to spend would."""
    terms = terms_of(db, purse)
    spender = spender_of(db, order, purse)
    tightest = min(limits(terms, spender, moment, shop, db), key=lambda limit: limit.left)
    return Spendable(terms=terms, has=max(0, spender.has(db, purse)), most=tightest.left, bound=tightest.bound, own=spender.own)
