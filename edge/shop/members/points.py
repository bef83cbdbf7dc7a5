"""Points: earned with every paid order, taken back in proportion when goods come back, worth money up to the offline cap."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from edge.shop.declined import Declined
from edge.shop.members.events import MemberIdentified
from edge.shop.members.member import find_member
from edge.shop.members.rules import PointsRules, Rate, rules_now
from edge.shop.members.spendable import terms_of
from edge.shop.members.spending import Wanted, hold, release_held
from edge.shop.members.spending_events import PointsEarned, PointsHeld, PointsReleased, PointsReversed
from edge.shop.moment import Moment
from edge.shop.orders.closing_events import OrderRefunded
from edge.shop.orders.order import sold_lines
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event


def earn_points(till: str, order: str, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[PointsEarned]:
    """What the member of a paid order has earned; nothing twice, and nothing before headquarters has said for how much.

    The base is what was paid in money or stored value, as far as the goods earn points: rounded down, once for the share of the
    goods and once for the rate.
    """
    rules, row = rules_now(db).points, _not_earned(db, till, order)
    if rules is None or row is None:
        return
    member_ref, paid_minor = row
    lines = sold_lines(db, till, order)
    excluded = tuple(line.line for line in lines if line.category in rules.excluded)
    net_minor = sum(line.amount_minor - line.reduced_minor for line in lines)
    eligible_minor = sum(line.amount_minor - line.reduced_minor for line in lines if line.line not in excluded)
    if net_minor <= 0 or eligible_minor <= 0:
        return
    base_minor = max(0, min(paid_minor * eligible_minor // net_minor, paid_minor))
    member = find_member(db, member_ref)
    points = earned(base_minor, _rate(rules, None if member is None else member.tier))
    yield PointsEarned(
        till=till,
        order=order,
        business_day=shop.day(moment.at),
        member_ref=member_ref,
        points=points,
        base_minor=base_minor,
        eligible_minor=eligible_minor,
        excluded=excluded,
        provisional=member is None,
    )


def _not_earned(db: sqlite3.Connection, till: str, order: str) -> tuple[str, int] | None:
    """The member of a paid order that has earned nothing yet, and what was paid in money or stored value."""
    row: tuple[str, int] | None = db.execute(
        """
        SELECT member_ref, paid_minor + balance_minor FROM orders
        WHERE till = ? AND order_id = ? AND state = 'paid' AND member_ref IS NOT NULL AND refunded_minor = 0
            AND NOT EXISTS (SELECT 1 FROM member_earnings AS earned WHERE earned.till = orders.till
                AND earned.order_id = orders.order_id)
        """,
        (till, order),
    ).fetchone()
    return row


def follow_member(identified: MemberIdentified, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    """Another member takes the order over: what the one before laid aside is free, and a paid order earns late."""
    if identified.order is None:
        return
    yield from release_held(identified.till, identified.order, moment, shop, db, but=identified.member_ref)
    yield from earn_points(identified.till, identified.order, moment, shop, db)


def earned(base_minor: int, rate: Rate) -> int:
    """The points for ``base_minor``; a piece that is not worth a whole point earns nothing."""
    return base_minor * rate.points // rate.per_minor


def reverse_points(refunded: OrderRefunded, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[PointsReversed]:
    """Take back as much of what was earned as of the goods that earned it came back; the last refund takes the rest."""
    row = db.execute(
        """
        SELECT earned.member_ref, points, eligible_minor, excluded, earned.refunded_minor, reversed,
            total_minor - reduced_minor, paid_minor + points_minor + balance_minor
        FROM member_earnings AS earned JOIN orders USING (till, order_id) WHERE till = ? AND order_id = ?
        """,
        (refunded.till, refunded.order),
    ).fetchone()
    if row is None or row[0] is None:
        return
    member_ref, points, eligible_minor, excluded, before_minor, before, net_minor, value_minor = row
    out = {int(line) for line in excluded.split(",") if line}
    now_minor = sum(each.amount_minor for each in refunded.lines if each.line not in out)
    whole_minor = value_minor * eligible_minor // net_minor if net_minor > 0 else 0
    due = points if refunded.whole else reversal(points, before_minor + now_minor, whole_minor)
    if due <= before and now_minor == 0:
        return
    yield PointsReversed(
        till=refunded.till,
        order=refunded.order,
        business_day=shop.day(moment.at),
        member_ref=member_ref,
        refund=refunded.refund,
        points=max(0, due - before),
        refunded_minor=now_minor,
    )


def reversal(points: int, refunded_minor: int, whole_minor: int) -> int:
    """Of ``points`` that were earned with ``whole_minor``, those that go with ``refunded_minor``; never more than all of them."""
    if whole_minor <= 0:
        return points
    return min(points, points * max(0, refunded_minor) // whole_minor)


def spend_points(till: str, order: str, points: int) -> Decision:
    """Pay a part of an open order with ``points``, in place of those that were to pay before; 0 takes them back.

    Raises Declined: points-none-spendable, points-not-in-units, and those of edge/shop/members/spendable.py.
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        terms = terms_of(db, "points")
        if points < 0 or points % terms.unit:
            raise Declined(
                "points-not-in-units",
                f"points are spent by {terms.unit}: choose 0, {terms.unit}, {2 * terms.unit} …",
                unit=terms.unit,
            )
        wanted = Wanted(till=till, order=order, amount=points, terms=terms)
        held = hold(wanted, moment, shop, db)
        about = {"till": till, "order": order, "business_day": shop.day(moment.at), "member_ref": held.member_ref}
        if points:
            yield PointsHeld(**about, points=points, value_minor=terms.worth_minor(points))
        elif held.before:
            yield PointsReleased(**about, points=held.before, value_minor=held.before_minor)

    return decide


def _rate(rules: PointsRules, tier: str | None) -> Rate:
    return rules.rate if tier is None else rules.rates.get(tier, rules.rate)
