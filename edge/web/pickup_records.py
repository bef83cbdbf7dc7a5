"""Pickup orders as the page and the API show them."""

from __future__ import annotations

import sqlite3
from datetime import datetime

import msgspec

from edge.shop.pickups.codes import MOST_TRIES
from edge.shop.pickups.events import State
from edge.shop.pickups.pickup import Pickup, find_pickup, open_pickups, settled_pickups
from edge.shop.stock.levels import Unit
from edge.web.look import Look

SETTLED_SHOWN = 10
SOON_S = 600


class ItemRecord(msgspec.Struct, frozen=True, kw_only=True):
    """``qty`` pieces or grams; the names are empty for goods that the catalogue does not have."""

    sku: str
    unit: Unit
    qty: int
    name_zh: str
    name_en: str


class PickupRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One order. ``late_at`` counts until it is ready; ``tries_left`` are those of its code. Never the customer."""

    order: str
    state: State
    priority: int
    delivery: bool
    came_at: datetime
    late_at: datetime
    ends_at: datetime
    late: bool
    tries_left: int
    items: tuple[ItemRecord, ...]

    def look(self, at: datetime) -> Look:
        """How urgent it is."""
        if self.state == "ready":
            return "good"
        left_s = (self.late_at - at).total_seconds()
        return "bad" if left_s <= 0 else "warn" if left_s <= SOON_S else "moving"


class PickupsRecord(msgspec.Struct, frozen=True, kw_only=True):
    """``waiting`` are to be handed over, the most urgent first; ``settled`` are over, the last first; ``now`` is the box's."""

    now: datetime
    waiting: tuple[PickupRecord, ...]
    settled: tuple[PickupRecord, ...]

    def version(self) -> str:
        """Changes when the page has to be drawn anew."""
        shown = (*self.waiting, *self.settled)
        return " ".join(f"{each.order}:{each.state}:{round(each.late_at.timestamp() * 1000)}" for each in shown)


def pickups_record(db: sqlite3.Connection, now: datetime) -> PickupsRecord:
    """All of them."""
    return PickupsRecord(
        now=now,
        waiting=tuple(_record(db, each) for each in open_pickups(db)),
        settled=tuple(_record(db, each) for each in settled_pickups(db, SETTLED_SHOWN)),
    )


def pickup_record(db: sqlite3.Connection, order: str) -> PickupRecord | None:
    """One of them."""
    found = find_pickup(db, order)
    return None if found is None else _record(db, found)


def _record(db: sqlite3.Connection, pickup: Pickup) -> PickupRecord:
    return PickupRecord(
        order=pickup.order,
        state=pickup.state,
        priority=pickup.priority,
        delivery=pickup.delivery,
        came_at=pickup.began.at,
        late_at=pickup.late_at,
        ends_at=pickup.ends_at,
        late=pickup.late,
        tries_left=max(0, MOST_TRIES - pickup.tries),
        items=tuple(_item(db, each.sku, each.unit, each.qty) for each in pickup.items),
    )


def _item(db: sqlite3.Connection, sku: str, unit: Unit, qty: int) -> ItemRecord:
    names = "SELECT name_zh, name_en FROM catalogue JOIN catalogue_items USING (version) WHERE sku = ?"
    row = db.execute(names, (sku,)).fetchone()
    zh, en = row or ("", "")
    return ItemRecord(sku=sku, unit=unit, qty=qty, name_zh=zh, name_en=en)
