"""What may be taken from a member's points or stored value for an order, and what becomes of it with the order.

order open  -> held       within what the member has, the offline caps, and what is due
order paid  -> spent      or released, when the till took the whole amount otherwise
voided      -> released
refunded    -> returned   as much of it as of the order
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from edge.shop.declined import Declined
from edge.shop.lanes.lane import refuse_being_paid
from edge.shop.members.ledger import Purse, held_for_order
from edge.shop.members.spendable import Limit, Terms, limits, spender_of
from edge.shop.members.spending_events import (
    BalanceReleased,
    BalanceReturned,
    BalanceSpent,
    PointsReleased,
    PointsReturned,
    PointsSpent,
)
from edge.shop.moment import Moment
from edge.shop.money import decimal
from edge.shop.orders.closing_events import OrderPaid, OrderRefunded
from edge.shop.orders.events import ItemRemoved
from edge.shop.orders.order import known_order, refuse_closed
from edge.shop.shop import Shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """``amount`` (points, or minor units) shall pay a part of an order, on headquarters' ``terms``."""

    till: str
    order: str
    amount: int
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Whose purse it is, and what was held for the order until now."""

    member_ref: str
    before: int = 0
    before_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One spending as the table has it."""

    purse: Purse
    member_ref: str
    amount: int
    value_minor: int
    returned: int


def hold(wanted: Wanted, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Allowed:
    """Whose purse may be taken from. Raises Declined for more than there is, than the caps allow, or than is due."""
    order = known_order(db, wanted.till, wanted.order)
    refuse_closed(order)
    refuse_being_paid(db, order)
    spender = spender_of(db, order, wanted.terms.purse)
    if wanted.amount:
        for limit in limits(wanted.terms, spender, moment, shop, db):
            if wanted.amount > limit.left:
                raise _refused(wanted, limit, shop)
    return Allowed(member_ref=spender.member.ref, before=spender.own, before_minor=spender.own_minor)


def _refused(wanted: Wanted, limit: Limit, shop: Shop) -> Declined:
    if wanted.terms.purse == "points":
        told = f"{limit.left} points can be spent, not {wanted.amount}: {limit.why}"
        return Declined(f"points-{limit.bound}", told, left=limit.left)
    most, asked = decimal(limit.left, shop.currency), decimal(wanted.amount, shop.currency)
    return Declined(f"balance-{limit.bound}", f"{most} of stored value can be spent, not {asked}: {limit.why}", left=most)


Released = PointsReleased | BalanceReleased
Spent = PointsSpent | BalanceSpent
Returned = PointsReturned | BalanceReturned


def settle_held(paid: OrderPaid, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Spent | Released]:
    """What is held for a paid order is spent if it was counted in the payment, else it is free again."""
    day = shop.day(moment.at)
    for row in _rows(db, paid.till, paid.order, "held"):
        counted = paid.points_minor if row.purse == "points" else paid.balance_minor
        if counted != row.value_minor:
            yield _released(row, paid.till, paid.order, day, paid.currency)
            continue
        match row.purse:
            case "points":
                yield PointsSpent(
                    till=paid.till,
                    order=paid.order,
                    business_day=day,
                    member_ref=row.member_ref,
                    points=row.amount,
                    value_minor=row.value_minor,
                )
            case "balance":
                yield BalanceSpent(
                    till=paid.till,
                    order=paid.order,
                    business_day=day,
                    member_ref=row.member_ref,
                    value_minor=row.value_minor,
                    currency=paid.currency,
                )
            case _:
                assert_never(row.purse)


def release_excess(removed: ItemRemoved, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Released]:
    """When goods come off, what is held may be more than the order costs: it is free again, and chosen anew."""
    (total_minor,) = db.execute(
        "SELECT total_minor FROM orders WHERE till = ? AND order_id = ?", (removed.till, removed.order)
    ).fetchone()
    kept = held_for_order(db, removed.till, removed.order)
    if kept.points_minor + kept.balance_minor > total_minor:
        yield from release_held(removed.till, removed.order, moment, shop, db)


def release_held(
    till: str, order: str, moment: Moment, shop: Shop, db: sqlite3.Connection, *, but: str | None = None
) -> Iterator[Released]:
    """What is held for the order is free again, unless it is the member's called ``but``."""
    for row in _rows(db, till, order, "held"):
        if row.member_ref != but:
            yield _released(row, till, order, shop.day(moment.at), shop.currency)


def return_spent(refunded: OrderRefunded, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Returned]:
    """Give back the part that the refund says; of points as many as go with it, the last refund takes the rest."""
    day = shop.day(moment.at)
    for row in _rows(db, refunded.till, refunded.order, "spent"):
        match row.purse:
            case "points":
                points = _points_back(row, refunded, db)
                if points or refunded.points_minor:
                    yield PointsReturned(
                        till=refunded.till,
                        order=refunded.order,
                        business_day=day,
                        member_ref=row.member_ref,
                        refund=refunded.refund,
                        points=points,
                        value_minor=refunded.points_minor,
                    )
            case "balance":
                value_minor = min(refunded.balance_minor, row.value_minor - row.returned)
                if value_minor > 0:
                    yield BalanceReturned(
                        till=refunded.till,
                        order=refunded.order,
                        business_day=day,
                        member_ref=row.member_ref,
                        refund=refunded.refund,
                        value_minor=value_minor,
                        currency=refunded.currency,
                    )
            case _:
                assert_never(row.purse)


def _points_back(row: _Row, refunded: OrderRefunded, db: sqlite3.Connection) -> int:
    """By the value that has come back altogether, this refund with it: what was rounded off comes with the last."""
    (before_minor,) = db.execute(
        "SELECT returned_minor FROM member_spendings WHERE till = ? AND order_id = ? AND purse = 'points'",
        (refunded.till, refunded.order),
    ).fetchone()
    value_minor = before_minor + refunded.points_minor
    due = row.amount if refunded.whole else min(row.amount, row.amount * value_minor // row.value_minor)
    return max(0, due - row.returned)


def _released(row: _Row, till: str, order: str, day: str, currency: str) -> Released:
    match row.purse:
        case "points":
            return PointsReleased(
                till=till,
                order=order,
                business_day=day,
                member_ref=row.member_ref,
                points=row.amount,
                value_minor=row.value_minor,
            )
        case "balance":
            return BalanceReleased(
                till=till,
                order=order,
                business_day=day,
                member_ref=row.member_ref,
                value_minor=row.value_minor,
                currency=currency,
            )
    assert_never(row.purse)


def _rows(db: sqlite3.Connection, till: str, order: str, state: str) -> list[_Row]:
    """The spendings of an order; those of a forgotten member are nobody's."""
    rows = db.execute(
        """
        SELECT purse, member_ref, amount, value_minor, returned FROM member_spendings
        WHERE till = ? AND order_id = ? AND state = ? AND member_ref IS NOT NULL ORDER BY purse
        """,
        (till, order, state),
    ).fetchall()
    return [
        _Row(purse=purse, member_ref=ref, amount=amount, value_minor=value, returned=returned)
        for purse, ref, amount, value, returned in rows
    ]
