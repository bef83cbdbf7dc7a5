"""Frees at the turn of the business day what lies aside for orders that nobody came back to pay."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from edge.shop.members.spending import Released, release_held
from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop

AT_ONCE = 100
"""Orders of one piece of work."""

_OF_BEFORE = "FROM member_spendings WHERE state = 'held' AND member_ref IS NOT NULL AND business_day < ?"


def _is_due(db: sqlite3.Connection, at: datetime, shop: Shop) -> bool:
    return bool(db.execute(f"SELECT EXISTS (SELECT 1 {_OF_BEFORE})", (shop.day(at),)).fetchone()[0])


def _free(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Released]:
    orders = db.execute(f"SELECT DISTINCT till, order_id {_OF_BEFORE} LIMIT {AT_ONCE}", (shop.day(moment.at),))
    for till, order in orders.fetchall():
        yield from release_held(till, order, moment, shop, db)


OVERDUE = Timer(name="held points", is_due=_is_due, decide=_free)
"""Also after the box was off at night; a clock that jumps frees too much at worst, and it is chosen again."""
