"""Shoppers who walk away: the next one must not find, and pay, the goods of the one before.

An order that has been open for long is looked after by an attendant, once; one with nothing on it is given up by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from edge.shop.lanes.events import LaneCalled
from edge.shop.moment import Moment
from edge.shop.orders.closing import voided
from edge.shop.orders.order import known_order, sold_lines
from edge.shop.part import Timer
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

LONGEST_ORDER = timedelta(minutes=15)
_LEFT = """
    SELECT lanes.lane, lanes.order_id FROM lanes
    CROSS JOIN orders ON orders.till = lanes.lane AND orders.order_id = lanes.order_id
    WHERE state = 'open' AND called = '' AND billed_minor IS NULL AND NOT missed AND opened_at < ? LIMIT 1
    """


def somebody_left(db: sqlite3.Connection, at: datetime, _shop: Shop) -> bool:
    """Whether a lane has had an open order for so long."""
    return db.execute(_LEFT, (rfc3339(at - LONGEST_ORDER),)).fetchone() is not None


def look_after(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """One such lane."""
    row = db.execute(_LEFT, (rfc3339(moment.at - LONGEST_ORDER),)).fetchone()
    if row is None:
        return
    lane, number = row
    order = known_order(db, lane, number)
    if sold_lines(db, lane, number):
        yield LaneCalled(lane=lane, order=number, reason="idle")
    else:
        yield voided(order, "nothing was scanned any more")


LEFT_LANES = Timer(name="left lanes", is_due=somebody_left, decide=look_after)
