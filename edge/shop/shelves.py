"""Decides which goods left or came when a shelf's weight changed. What is not certain is recorded, but moves no stock."""

from __future__ import annotations

import sqlite3
from typing import Literal

from drivers.readings import ShelfMoved
from edge.shop.shelf_events import MaybeMoved, ShelfAdjusted, ShelfDoubted, ShelfPicked, ShelfPut
from edge.shop.shop import Shop
from edge.shop.stock import change_stock
from sync.entries import EntryRefused
from sync.events import Event

TOLERANCE_PERCENT = 35
"""Of one piece: a change that is farther from a whole number of pieces is not explained."""

Doubt = Literal["several", "no-fit", "unplanned", "conflict"]
Goods = tuple[str, int]
"""A SKU and a number of pieces."""


def move_goods(reading: ShelfMoved, shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Say what moved, and change the stock where that is certain. Raises EntryRefused for a change in the wrong direction."""
    if reading.kind == "adjust":
        return (
            ShelfAdjusted(
                shelf=reading.device,
                slot=reading.slot,
                delta_g=reading.delta_g,
                before_g=reading.before_g,
                after_g=reading.after_g,
                device_at=reading.report.device_at,
            ),
        )
    if reading.delta_g == 0 or (reading.delta_g < 0) != (reading.kind == "pick"):
        raise EntryRefused(
            f"a {reading.kind} cannot change slot {reading.slot} by {reading.delta_g} g: picks are negative, puts positive"
        )
    found = _goods(reading, shop)
    if isinstance(found, str):
        return (_doubted(reading, reading.kind, found),)
    return _certain(reading, reading.kind, found, db)


def pieces(grams: int, unit_grams: int) -> int | None:
    """How many pieces of ``unit_grams`` weigh ``grams`` (positive), if a whole number of them fits."""
    qty = (2 * grams + unit_grams) // (2 * unit_grams)
    fits = qty >= 1 and abs(grams - qty * unit_grams) * 100 <= unit_grams * TOLERANCE_PERCENT
    return qty if fits else None


def _goods(reading: ShelfMoved, shop: Shop) -> Goods | Doubt:
    if len(reading.candidates) > 1:
        return "several"
    named = next(iter(reading.candidates), None)
    planned = shop.slots.get((reading.device, reading.slot))
    if planned is None:
        return "unplanned" if named is None or named.qty < 1 else (named.sku, named.qty)
    qty = pieces(abs(reading.delta_g), planned.unit_grams)
    if qty is None:
        return "no-fit"
    if named is not None and (named.sku, named.qty) != (planned.sku, qty):
        return "conflict"
    return planned.sku, qty


def _certain(reading: ShelfMoved, kind: Literal["pick", "put"], goods: Goods, db: sqlite3.Connection) -> tuple[Event, ...]:
    sku, qty = goods
    event = ShelfPicked if kind == "pick" else ShelfPut
    moved = event(
        shelf=reading.device,
        slot=reading.slot,
        delta_g=reading.delta_g,
        before_g=reading.before_g,
        after_g=reading.after_g,
        device_at=reading.report.device_at,
        sku=sku,
        qty=qty,
        permille=reading.candidates[0].permille if reading.candidates else None,
    )
    return moved, change_stock(db, sku, -qty if kind == "pick" else qty, kind)


def _doubted(reading: ShelfMoved, kind: Literal["pick", "put"], reason: Doubt) -> ShelfDoubted:
    return ShelfDoubted(
        shelf=reading.device,
        slot=reading.slot,
        delta_g=reading.delta_g,
        before_g=reading.before_g,
        after_g=reading.after_g,
        device_at=reading.report.device_at,
        kind=kind,
        reason=reason,
        candidates=tuple(MaybeMoved(sku=each.sku, qty=each.qty, permille=each.permille) for each in reading.candidates),
    )
