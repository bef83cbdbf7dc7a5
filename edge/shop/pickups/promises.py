"""What an order does to the stock: its goods are promised when it is accepted, and leave the books when they are handed over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from edge.shop.moment import Moment
from edge.shop.pickups.events import Missing, PickupAccepted, PickupRefused, PickupStepped
from edge.shop.pickups.pickup import Pickup
from edge.shop.shop import Shop
from edge.shop.stock.available import available
from edge.shop.stock.levels import Reason, StockChanged, change_stock
from sync.events import Event

PROMISED = frozenset({"accepted", "picked", "ready"})


def accept_pickup(pickup: Pickup, by: str, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """Promise all of it, or none and say what is missing."""
    missing = tuple(
        Missing(sku=each.sku, unit=each.unit, wanted=each.qty, available=max(0, left))
        for each in pickup.items
        if (left := available(db, each.sku, each.unit)) < each.qty
    )
    if missing:
        yield PickupRefused(order=pickup.order, by=by, reason="missing", missing=missing)
        return
    yield PickupAccepted(order=pickup.order, by=by)
    yield from _change(db, pickup, "pickup-reserved", 1, shop.day(moment.at))


def end_pickup(pickup: Pickup, event: PickupStepped, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """Say ``event``, which ends it before it was handed over, and let go of what was promised to it."""
    yield event
    if pickup.state in PROMISED:
        yield from _change(db, pickup, "pickup-released", -1, shop.day(moment.at))


def give_out(pickup: Pickup, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[StockChanged]:
    """The goods leave the store: nothing is promised any more, and the books know."""
    yield from _change(db, pickup, "pickup-released", -1, shop.day(moment.at))
    yield from _change(db, pickup, "pickup-handed", -1, shop.day(moment.at))


def take_back(pickup: Pickup, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[StockChanged]:
    """The goods that were handed over are in the store again."""
    yield from _change(db, pickup, "pickup-returned", 1, shop.day(moment.at))


def _change(db: sqlite3.Connection, pickup: Pickup, reason: Reason, sign: int, day: str) -> Iterable[StockChanged]:
    for each in pickup.items:
        yield change_stock(db, each.sku, sign * each.qty, reason, unit=each.unit, cause=pickup.order, business_day=day)
