"""Counts the journal's events into the tables of insight, a slice at a time, in the order in which they happened.

    storebox.order.paid      an order, its revenue, its goods, its pairs of goods, its guide
    storebox.order.refunded  what went back
    storebox.mirror.began    a visit      storebox.mirror.tried     a try
    storebox.shelf.picked    a pick       storebox.shelf.put        a return, when it had just been picked
    storebox.member.identified

The cursor moves in the same transaction: each event is counted once, however often the box is killed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from edge.shop.insight.arms import count_arm
from edge.shop.shop import Shop

SLICE_EVENTS = 200
"""Some 5 ms of work: an order hardly waits for it."""

MOST_DIFFERENT = 24
"""Pairs are counted of baskets with so many different goods at most (276 pairs); a larger one says little of each."""

KEEP_DAYS = 400
KEEP_PAIRS_DAYS = 92
SLICE_KNOWN = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event as it is counted: ``day`` is the business day, ``hour`` that of the shop's wall clock."""

    at: datetime
    day: str
    hour: int
    data: Mapping[str, Any]


def count_slice(db: sqlite3.Connection, shop: Shop) -> int:
    """Count the next events after the cursor; how many there were to look at."""
    (cursor,) = db.execute("SELECT sequence FROM insight_cursor").fetchone() or (0,)
    rows = db.execute(
        "SELECT sequence, type, time, business_day, data FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?",
        (cursor, SLICE_EVENTS),
    ).fetchall()
    for _sequence, type_, time, business_day, data in rows:
        count = COUNTED.get(type_)
        if count is not None:
            count(db, _happening(time, business_day, data, shop))
    if rows:
        db.execute("INSERT OR REPLACE INTO insight_cursor (only, sequence) VALUES (1, ?)", (rows[-1][0],))
    return len(rows)


def note_new_goods(db: sqlite3.Connection, day: str, after: str) -> str:
    """Write down since when the shop has had the next goods of the catalogue after SKU ``after``; the last of them, or ``""``."""
    skus = db.execute(
        """
        SELECT item.sku FROM catalogue JOIN catalogue_items AS item ON item.version = catalogue.version
        WHERE item.sku > ? ORDER BY item.sku LIMIT ?
        """,
        (after, SLICE_KNOWN),
    ).fetchall()
    db.executemany("INSERT OR IGNORE INTO insight_known (sku, first_day) VALUES (?, ?)", [(sku, day) for (sku,) in skus])
    return str(skus[-1][0]) if skus else ""


def forget_old(db: sqlite3.Connection, day: str, pairs_day: str) -> None:
    """Remove the counts before ``day``, and those of pairs before ``pairs_day``."""
    for table in ("insight_hours", "insight_goods", "insight_guides", "insight_arms"):
        db.execute(f"DELETE FROM {table} WHERE day < ?", (day,))  # noqa: S608 - our own names
    db.execute("DELETE FROM insight_pairs WHERE day < ?", (pairs_day,))


def _happening(time: str, business_day: str | None, data: str, shop: Shop) -> Happening:
    at = datetime.fromisoformat(time)
    hour = at.astimezone(ZoneInfo(shop.timezone)).hour
    return Happening(at=at, day=business_day or shop.day(at), hour=hour, data=msgspec.json.decode(data))


def _add(db: sqlite3.Connection, happening: Happening, **amounts: int) -> None:
    """Add to the row of the hour."""
    names = ", ".join(amounts)
    places = ", ".join("?" * len(amounts))
    sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in amounts)
    db.execute(
        f"INSERT INTO insight_hours (day, hour, {names}) VALUES (?, ?, {places}) ON CONFLICT DO UPDATE SET {sums}",  # noqa: S608
        (happening.day, happening.hour, *amounts.values()),
    )


def _paid(db: sqlite3.Connection, happening: Happening) -> None:
    data = happening.data
    key = (data["till"], data["order"])
    _add(db, happening, orders=1, revenue_minor=data["amount_minor"])
    lines = db.execute(
        """
        SELECT sku, sum(coalesce(qty, 0)), sum(coalesce(grams, 0)), sum(line.amount_minor - line.reduced_minor)
        FROM orders JOIN order_lines AS line USING (number)
        WHERE till = ? AND order_id = ? AND line.state = 'sold' AND known GROUP BY sku ORDER BY sku
        """,
        key,
    ).fetchall()
    for line in lines:
        _add_goods(db, happening.day, *line, 1)
    db.executemany(
        "INSERT INTO insight_known (sku, first_day, last_sold) VALUES (?, ?, ?) "
        "ON CONFLICT DO UPDATE SET last_sold = max(coalesce(last_sold, ''), excluded.last_sold)",
        [(sku, happening.day, happening.day) for sku, *_ in lines],
    )
    _add_pairs(db, happening.day, [sku for sku, *_ in lines])
    _add_guide(db, happening, 1, data["amount_minor"])


def _refunded(db: sqlite3.Connection, happening: Happening) -> None:
    """Of the money: points and stored value that go back were no revenue either."""
    data = happening.data
    money_minor = data["amount_minor"] - data["points_minor"] - data["balance_minor"]
    _add(db, happening, refunded_minor=money_minor)
    _add_guide(db, happening, 0, -money_minor)
    for line in data["lines"]:
        if line.get("known", True):
            _add_goods(db, happening.day, line["sku"], -(line["qty"] or 0), -(line["grams"] or 0), -line["amount_minor"], 0)


def _add_guide(db: sqlite3.Connection, happening: Happening, orders: int, revenue_minor: int) -> None:
    """To the guide who served the order, if one did."""
    db.execute(
        "INSERT INTO insight_guides (day, guide, orders, revenue_minor) "
        "SELECT ?, guide, ?, ? FROM served WHERE till = ? AND order_id = ? "
        "ON CONFLICT DO UPDATE SET orders = orders + excluded.orders, revenue_minor = revenue_minor + excluded.revenue_minor",
        (happening.day, orders, revenue_minor, happening.data["till"], happening.data["order"]),
    )


def _add_goods(db: sqlite3.Connection, *row: str | int) -> None:
    """``row``: day, SKU, pieces, grams, amount, orders."""
    db.execute(
        """
        INSERT INTO insight_goods (day, sku, qty, grams, amount_minor, orders) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET orders = orders + excluded.orders, qty = qty + excluded.qty, grams = grams + excluded.grams,
            amount_minor = amount_minor + excluded.amount_minor
        """,
        row,
    )


def _add_pairs(db: sqlite3.Connection, day: str, skus: list[str]) -> None:
    if len(skus) > MOST_DIFFERENT:
        return
    db.executemany(
        "INSERT INTO insight_pairs (day, sku, other, orders) VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET orders = orders + 1",
        [(day, *pair) for pair in combinations(skus, 2)],
    )


def _picked(db: sqlite3.Connection, happening: Happening) -> None:
    data = happening.data
    _add(db, happening, picks=data["qty"])
    count_arm(db, data["shelf"], data["slot"], happening.at, happening.day, trials=data["qty"], successes=data["qty"])


def _put(db: sqlite3.Connection, happening: Happening) -> None:
    """Only what had just been picked is a return; a refill is none."""
    data = happening.data
    if data["returned_after_ms"] is None:
        return
    _add(db, happening, returns=data["qty"])
    count_arm(db, data["shelf"], data["slot"], happening.at, happening.day, trials=0, successes=-data["qty"])


COUNTED: Mapping[str, Callable[[sqlite3.Connection, Happening], None]] = {
    "storebox.order.paid": _paid,
    "storebox.order.refunded": _refunded,
    "storebox.mirror.began": lambda db, happening: _add(db, happening, visits=1),
    "storebox.mirror.tried": lambda db, happening: _add(db, happening, tries=1),
    "storebox.shelf.picked": _picked,
    "storebox.shelf.put": _put,
    "storebox.member.identified": lambda db, happening: _add(db, happening, members=1),
}
