"""Today at a glance, asked of the tables: what the page shows of the shop while the internet is away."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Takings:
    """Orders of one business day and what was paid for them in money, less what was given back.

    ``open_orders`` counts every order that is open, of any day. ``checkout_ms`` is the average time from the opening of an order
    to its payment, None before the first; orders that came in one piece have none.
    """

    business_day: str
    paid_orders: int
    voided_orders: int
    open_orders: int
    revenue_minor: int
    difference_minor: int
    checkout_ms: int | None = None


def takings(db: sqlite3.Connection, business_day: str) -> Takings:
    """What the day has brought so far, in minor units of the store's currency."""
    paid, voided, revenue, difference, checkout_ms = db.execute(
        """
        SELECT count(*) FILTER (WHERE state = 'paid'), count(*) FILTER (WHERE state = 'voided'),
            coalesce(sum(paid_minor - refunded_minor + refunded_points_minor + refunded_balance_minor), 0),
            coalesce(sum(paid_minor + reduced_minor + points_minor + balance_minor - total_minor), 0),
            avg(took_ms) FILTER (WHERE took_ms > 0)
        FROM orders WHERE business_day = ?
        """,
        (business_day,),
    ).fetchone()
    (open_orders,) = db.execute("SELECT count(*) FROM orders WHERE state = 'open'").fetchone()
    return Takings(
        business_day=business_day,
        paid_orders=paid,
        voided_orders=voided,
        open_orders=open_orders,
        revenue_minor=revenue,
        difference_minor=difference,
        checkout_ms=None if checkout_ms is None else round(checkout_ms),
    )
