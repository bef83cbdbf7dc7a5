"""The clock of the pickup orders: an alarm when one is not ready in time, once; and an end for those that nobody fetches.

A clock that was set in between is found here and the order's own clock set right first: it can neither be early nor be forgotten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.pickups.clock import set_right
from edge.shop.pickups.events import PickupExpired, PickupLate, PickupRetimed
from edge.shop.pickups.news import THE_BOX, moved
from edge.shop.pickups.pickup import Pickup, first_pickup
from edge.shop.pickups.promises import end_pickup
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

LATE = "open AND NOT late AND state != 'ready' AND late_at <= ?"
OVER = "open AND ends_at <= ?"
BEFORE_ITS_TIME = "open AND came_at > ?"
WAITED = "open AND NOT late AND state != 'ready' AND boot = ? AND came_ms + late_after_ms <= ?"
STAYED = "open AND boot = ? AND came_ms + late_after_ms + ends_after_ms <= ?"
"""The same by the monotonic clock of this boot, for a wall clock that was set back."""

DUE = " OR ".join(f"EXISTS (SELECT 1 FROM pickups WHERE {which})" for which in (LATE, OVER, BEFORE_ITS_TIME))  # noqa: S608


def is_late(db: sqlite3.Connection, at: datetime, _shop: Shop) -> bool:
    """Whether an order is late or over, or the clock stands before it came."""
    now = rfc3339(at)
    return bool(db.execute(f"SELECT {DUE}", (now, now, now)).fetchone()[0])


def has_waited(db: sqlite3.Connection, moment: Moment, _shop: Shop) -> bool:
    """Whether an order is late or over by the clock of this boot."""
    by = (moment.boot, moment.monotonic_ms)
    asked = f"SELECT EXISTS (SELECT 1 FROM pickups WHERE {WAITED}) OR EXISTS (SELECT 1 FROM pickups WHERE {STAYED})"  # noqa: S608
    return bool(moment.boot and db.execute(asked, (*by, *by)).fetchone()[0])


def tell_lateness(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """One order: its clock set right, its alarm, or its end."""
    wall, boot = (rfc3339(moment.at),), (moment.boot or "none", moment.monotonic_ms)
    for which, by in ((BEFORE_ITS_TIME, wall), (LATE, wall), (OVER, wall), (WAITED, boot), (STAYED, boot)):
        found = first_pickup(db, which, *by)
        if found is not None:
            yield from _retimed(found, moment) or _told(found, which, moment, shop, db)
            return


def _retimed(pickup: Pickup, moment: Moment) -> tuple[PickupRetimed, ...]:
    began = set_right(pickup.began, moment)
    return () if began is None else (PickupRetimed(order=pickup.order, **moved(pickup, began)),)


def _told(pickup: Pickup, which: str, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    if which in {LATE, WAITED}:
        return (PickupLate(order=pickup.order, late_at=rfc3339(pickup.late_at), state=pickup.state),)
    return end_pickup(pickup, PickupExpired(order=pickup.order, by=THE_BOX), moment, shop, db)


LATENESS = Timer(name="pickup clock", is_due=is_late, decide=tell_lateness, has_waited=has_waited)
