"""Takes up what headquarters changed, one order after another: announced, changed, cancelled; and accepts if it may."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypedDict

import msgspec

from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.pickups.clock import Began
from edge.shop.pickups.document import Order
from edge.shop.pickups.events import PickupAnnounced, PickupCancelled, PickupChanged, Wanted
from edge.shop.pickups.pickup import Pickup, find_pickup, first_pickup
from edge.shop.pickups.promises import accept_pickup, end_pickup
from edge.shop.shop import Shop
from sync.events import Event, rfc3339

THE_BOX = "box"
GONE, COME = "withdrawn", "open AND state = 'announced'"
NEW = "SELECT body FROM pickup_orders WHERE NOT taken ORDER BY priority DESC, order_id LIMIT 1"


class _Times(TypedDict):
    came_at: str
    came_ms: int
    boot: str
    late_at: str
    late_after_ms: int | None
    ends_at: str
    ends_after_ms: int | None


def has_news(db: sqlite3.Connection, _at: datetime, shop: Shop) -> bool:
    """Whether something is to be taken up."""
    if db.execute(NEW).fetchone() is not None or first_pickup(db, GONE) is not None:
        return True
    return shop.pickup.accept == "auto" and first_pickup(db, COME) is not None


def take_up(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """One order: what is not wanted goes first, so that others may have its goods."""
    withdrawn = first_pickup(db, GONE)
    if withdrawn is not None:
        cancelled = PickupCancelled(order=withdrawn.order, by=THE_BOX, reason="withdrawn")
        yield from end_pickup(withdrawn, cancelled, moment, shop, db)
        return
    new = db.execute(NEW).fetchone()
    if new is not None:
        yield from _take(msgspec.json.decode(new[0], type=Order), moment, shop, db)
        return
    announced = first_pickup(db, COME) if shop.pickup.accept == "auto" else None
    if announced is not None:
        yield from accept_pickup(announced, THE_BOX, moment, shop, db)


def _take(order: Order, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    items = tuple(
        sorted(
            (Wanted(sku=each.sku, unit=each.unit, qty=each.amount) for each in order.items),
            key=lambda each: (each.sku, each.unit),
        )
    )
    found = find_pickup(db, order.order)
    if found is not None and found.open and found.items == items:
        times = _times(order, found.began, shop)
        yield PickupChanged(order=order.order, **times, priority=order.priority, delivery=order.delivery)
        return
    if found is not None and found.open:
        yield from end_pickup(found, PickupCancelled(order=order.order, by=THE_BOX, reason="changed"), moment, shop, db)
    yield PickupAnnounced(
        order=order.order,
        **_times(order, Began.now(moment), shop),
        items=items,
        priority=order.priority,
        delivery=order.delivery,
    )


def _times(order: Order, began: Began, shop: Shop) -> _Times:
    late_after_ms = None if order.due_at else (order.sla_minutes or shop.pickup.sla_minutes) * 60_000
    ends_after_ms = None if order.keep_until else shop.pickup.keep_hours * 3_600_000
    late_at = order.due_at or began.at + timedelta(milliseconds=late_after_ms or 0)
    return {
        "came_at": rfc3339(began.at),
        "came_ms": began.monotonic_ms,
        "boot": began.boot,
        "late_at": rfc3339(late_at),
        "late_after_ms": late_after_ms,
        "ends_at": rfc3339(order.keep_until or max(late_at, began.at) + timedelta(milliseconds=ends_after_ms or 0)),
        "ends_after_ms": ends_after_ms,
    }


def moved(pickup: Pickup, began: Began) -> _Times:
    """The times of ``pickup`` had it begun at ``began``."""
    by = began.at - pickup.began.at
    return {
        "came_at": rfc3339(began.at),
        "came_ms": began.monotonic_ms,
        "boot": began.boot,
        "late_at": rfc3339(pickup.late_at if pickup.late_after_ms is None else pickup.late_at + by),
        "late_after_ms": pickup.late_after_ms,
        "ends_at": rfc3339(pickup.ends_at if pickup.ends_after_ms is None else pickup.ends_at + by),
        "ends_after_ms": pickup.ends_after_ms,
    }


NEWS = Timer(name="pickup news", is_due=has_news, decide=take_up)
