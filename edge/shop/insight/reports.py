"""What the shop can be asked about its goods and guides: what was sold, what lies, what is bought together.

Days are business days (``YYYY-MM-DD``), the first and the last included; money is minor units of the store's currency.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

MOST_ROWS = 1_000
A_PERMILLE, B_PERMILLE = 800, 950
"""Goods that make the first 80 % of the turnover are A, those up to 95 % B, the rest C."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideSales:
    """What shoppers that ``guide`` served paid in money, less what went back to them."""

    guide: str
    orders: int
    revenue_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsSold:
    """One article; ``rank`` is its ABC class by turnover, refunds taken off."""

    sku: str
    name_zh: str
    name_en: str
    orders: int
    qty: int
    grams: int
    amount_minor: int
    rank: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowMover:
    """An article that nobody has bought for ``days`` days (or since it came), more than its category is given."""

    sku: str
    name_zh: str
    name_en: str
    category: str
    last_sold: str | None
    days: int
    limit_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two articles that ``orders`` baskets held both.

    ``confidence_permille`` of the baskets with ``sku`` also held ``other``; ``lift_percent`` says how many times as often that is
    as by chance (100: no oftener).
    """

    sku: str
    other: str
    orders: int
    confidence_permille: int
    lift_percent: int


def guides(db: sqlite3.Connection, first: str, last: str) -> list[GuideSales]:
    """Every guide who served a paid order, the largest turnover first."""
    rows = db.execute(
        """
        SELECT guide, sum(orders), sum(revenue_minor) FROM insight_guides WHERE day BETWEEN ? AND ?
        GROUP BY guide ORDER BY sum(revenue_minor) DESC, guide LIMIT ?
        """,
        (first, last, MOST_ROWS),
    )
    return [GuideSales(guide=guide, orders=orders, revenue_minor=revenue) for guide, orders, revenue in rows]


def goods(db: sqlite3.Connection, first: str, last: str) -> list[GoodsSold]:
    """What was sold, the largest turnover first, each with its class; goods that only came back are C."""
    rows = db.execute(
        """
        SELECT sold.sku, coalesce(name_zh, ''), coalesce(name_en, ''), sum(orders), sum(qty), sum(grams), sum(amount_minor)
        FROM insight_goods AS sold LEFT JOIN catalogue ON true
        LEFT JOIN catalogue_items AS item ON item.version = catalogue.version AND item.sku = sold.sku
        WHERE day BETWEEN ? AND ? GROUP BY sold.sku ORDER BY sum(amount_minor) DESC, sold.sku
        """,
        (first, last),
    ).fetchall()
    turnover, before, found = sum(max(0, row[6]) for row in rows), 0, []
    for sku, name_zh, name_en, orders, qty, grams, amount in rows[:MOST_ROWS]:
        rank = _rank(before, amount, turnover)
        before += max(0, amount)
        found.append(
            GoodsSold(
                sku=sku,
                name_zh=name_zh,
                name_en=name_en,
                orders=orders,
                qty=qty,
                grams=grams,
                amount_minor=amount,
                rank=rank,
            )
        )
    return found


def _rank(before: int, amount: int, turnover: int) -> str:
    if amount <= 0 or before * 1_000 >= B_PERMILLE * turnover:
        return "C"
    return "A" if before * 1_000 < A_PERMILLE * turnover else "B"


def slow_movers(db: sqlite3.Connection, today: str, limit_days: int, by_category: Mapping[str, int]) -> list[SlowMover]:
    """Goods of the catalogue that have lain too long, the longest first."""
    rows = db.execute(
        """
        SELECT item.sku, name_zh, name_en, category, first_day, last_sold FROM catalogue
        JOIN catalogue_items AS item ON item.version = catalogue.version
        JOIN insight_known AS known ON known.sku = item.sku
        ORDER BY coalesce(last_sold, first_day), item.sku
        """
    )
    now, found = date.fromisoformat(today), []
    for sku, name_zh, name_en, category, first_day, last_sold in rows:
        days = (now - date.fromisoformat(last_sold or first_day)).days
        limit = by_category.get(category, limit_days)
        if days >= limit:
            mover = SlowMover(
                sku=sku,
                name_zh=name_zh,
                name_en=name_en,
                category=category,
                last_sold=last_sold,
                days=days,
                limit_days=limit,
            )
            found.append(mover)
        if len(found) == MOST_ROWS:
            break
    return found


def pairs(db: sqlite3.Connection, first: str, last: str, least_orders: int = 2) -> list[Pair]:
    """What is bought together in at least ``least_orders`` baskets, the most frequent first."""
    (baskets,) = db.execute(
        "SELECT coalesce(sum(orders), 0) FROM insight_hours WHERE day BETWEEN ? AND ?", (first, last)
    ).fetchone()
    rows = db.execute(
        """
        WITH alone AS (SELECT sku, sum(orders) AS orders FROM insight_goods WHERE day BETWEEN :first AND :last GROUP BY sku),
        both AS (
            SELECT sku, other, sum(orders) AS orders FROM insight_pairs WHERE day BETWEEN :first AND :last
            GROUP BY sku, other HAVING sum(orders) >= :least
        )
        SELECT both.sku, both.other, both.orders, one.orders, two.orders FROM both
        JOIN alone AS one ON one.sku = both.sku JOIN alone AS two ON two.sku = both.other
        ORDER BY both.orders DESC, both.sku, both.other LIMIT :most
        """,
        {"first": first, "last": last, "least": least_orders, "most": MOST_ROWS},
    )
    return [
        Pair(
            sku=sku,
            other=other,
            orders=orders,
            confidence_permille=orders * 1_000 // one,
            lift_percent=orders * baskets * 100 // (one * two),
        )
        for sku, other, orders, one, two in rows
        if one > 0 and two > 0
    ]
