"""How many came how far, from the door to the till, and when: without it nobody knows whether a shop lacks visitors or buyers.

Where no camera watches the door, the funnel begins at the mirror. Days are business days (``YYYY-MM-DD``), both included; money
is minor units of the store's currency.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from edge.shop.footfall.door import Door, door
from edge.shop.footfall.reports import stays_and_reaches
from edge.shop.insight.proportions import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """How many came how far. ``visits`` and ``tries`` are those at mirrors, ``kept`` the picked pieces that were not put back.

    ``stays`` are visits of zones that lasted, ``reaches`` hands in shelves: of people, but nobody knows of how many.
    ``conversion_percent``: orders of 100 who came in, and between what bounds it is (95 %), in the hours in which every door was
    watched; None: no such hour, or more orders than visitors. ``blind_hours`` had orders and are left out.
    """

    entered: int
    stays: int
    reaches: int
    visits: int
    tries: int
    picks: int
    kept: int
    orders: int
    members: int
    revenue_minor: int
    refunded_minor: int
    conversion_percent: float | None
    conversion_low_percent: float | None
    conversion_high_percent: float | None
    door_watched_ms: int
    blind_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour of the shop's wall clock, over all the days asked for. ``door_watched_ms`` of 0: ``entered`` is not known."""

    hour: int
    orders: int
    revenue_minor: int
    picks: int
    visits: int
    entered: int
    door_watched_ms: int


def funnel(db: sqlite3.Connection, first: str, last: str) -> Funnel:
    """The funnel of these days."""
    visits, tries, picks, returns, orders, members, revenue, refunded = db.execute(
        """
        SELECT coalesce(sum(visits), 0), coalesce(sum(tries), 0), coalesce(sum(picks), 0), coalesce(sum(returns), 0),
            coalesce(sum(orders), 0), coalesce(sum(members), 0), coalesce(sum(revenue_minor), 0), coalesce(sum(refunded_minor), 0)
        FROM insight_hours WHERE day BETWEEN ? AND ?
        """,
        (first, last),
    ).fetchone()
    came, (stays, reaches) = door(db, first, last), stays_and_reaches(db, first, last)
    middle, low, high = _conversion(came)
    return Funnel(
        entered=came.entered,
        stays=stays,
        reaches=reaches,
        visits=visits,
        tries=tries,
        picks=picks,
        kept=max(0, picks - returns),
        orders=orders,
        members=members,
        revenue_minor=revenue,
        refunded_minor=refunded,
        conversion_percent=middle,
        conversion_low_percent=low,
        conversion_high_percent=high,
        door_watched_ms=came.watched_ms,
        blind_hours=came.blind_hours,
    )


def _conversion(came: Door) -> tuple[float, float, float] | tuple[None, None, None]:
    if not 0 < came.compared_entered >= came.compared_orders:
        return None, None, None
    share = wilson(came.compared_orders, came.compared_entered)
    return round(100 * share.middle, 1), round(100 * share.low, 1), round(100 * share.high, 1)


def hours(db: sqlite3.Connection, first: str, last: str) -> list[Hour]:
    """Every hour in which something happened, or the door was watched."""
    rows = db.execute(
        """
        WITH parts AS (
            SELECT day, hour, orders, revenue_minor, picks, visits, 0 AS entered, 0 AS watched_ms FROM insight_hours
            UNION ALL SELECT day, hour, 0, 0, 0, 0, entered, 0 FROM footfall_lines WHERE entrance
            UNION ALL SELECT day, hour, 0, 0, 0, 0, 0, watched_ms FROM footfall_watched WHERE entrance
        )
        SELECT hour, sum(orders), sum(revenue_minor), sum(picks), sum(visits), sum(entered), sum(watched_ms) FROM parts
        WHERE day BETWEEN ? AND ? GROUP BY hour ORDER BY hour
        """,
        (first, last),
    )
    return [
        Hour(
            hour=hour,
            orders=orders,
            revenue_minor=revenue,
            picks=picks,
            visits=visits,
            entered=entered,
            door_watched_ms=watched_ms,
        )
        for hour, orders, revenue, picks, visits, entered, watched_ms in rows
    ]
