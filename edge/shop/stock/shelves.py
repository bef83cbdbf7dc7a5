"""Decides which goods left or came when a shelf's weight changed. What is not certain is recorded, but moves no stock.

What is certain moves the account ``shelf`` only (levels.py): the books change when the goods are paid.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import Literal, TypedDict

from drivers.readings import ShelfMoved
from edge.shop.catalogue.planogram import goods_in
from edge.shop.shop import Goods, Shop
from edge.shop.stock.levels import change_stock
from edge.shop.stock.shelf_events import MaybeMoved, ShelfAdjusted, ShelfDoubted, ShelfPicked, ShelfPut
from sync.entries import EntryRefused
from sync.events import Event

TOLERANCE_PERCENT = 35
"""Of one piece: a change that is farther from a whole number of pieces is not explained."""

Doubt = Literal["several", "no-fit", "unplanned", "conflict"]
Pieces = tuple[str, int]
"""A SKU and a number of pieces."""


class _About(TypedDict):
    shelf: str
    slot: str
    delta_g: int
    before_g: int
    after_g: int
    device_at: str | None


def move_goods(reading: ShelfMoved, shop: Shop, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Say what moved, and change the stock where that is certain. Raises EntryRefused for a change in the wrong direction."""
    if reading.kind == "adjust":
        return (_adjusted(reading, db),)
    if reading.delta_g == 0 or (reading.delta_g < 0) != (reading.kind == "pick"):
        raise EntryRefused(
            f"a {reading.kind} cannot change slot {reading.slot} by {reading.delta_g} g: picks are negative, puts positive"
        )
    found = _goods(reading, shop, db)
    if isinstance(found, str):
        return (_doubted(reading, reading.kind, found),)
    return _certain(reading, reading.kind, found, shop, db)


def _adjusted(reading: ShelfMoved, db: sqlite3.Connection) -> ShelfAdjusted:
    """Against the level that the box knows: a shelf that was just switched on knows none."""
    known = db.execute("SELECT grams FROM shelf_levels WHERE shelf = ? AND slot = ?", (reading.device, reading.slot)).fetchone()
    before_g = reading.before_g if known is None else int(known[0])
    return ShelfAdjusted(**_about(reading) | {"before_g": before_g, "delta_g": reading.after_g - before_g})


def pieces(grams: int, unit_grams: int) -> int | None:
    """How many pieces of ``unit_grams`` weigh ``grams`` (positive), if a whole number of them fits."""
    qty = (2 * grams + unit_grams) // (2 * unit_grams)
    fits = qty >= 1 and abs(grams - qty * unit_grams) * 100 <= unit_grams * TOLERANCE_PERCENT
    return qty if fits else None


def explained(delta_g: int, kinds: Iterable[Goods]) -> tuple[Pieces, ...]:
    """Every kind of which whole pieces weigh ``delta_g``, whatever its sign."""
    found = ((goods.sku, pieces(abs(delta_g), goods.unit_grams)) for goods in kinds)
    return tuple((sku, qty) for sku, qty in found if qty is not None)


def _goods(reading: ShelfMoved, shop: Shop, db: sqlite3.Connection) -> Pieces | Doubt:
    if len(reading.candidates) > 1:
        return "several"
    named = next(((each.sku, each.qty) for each in reading.candidates), None)
    planned = goods_in(db, shop, reading.device, reading.slot)
    if planned is None:
        return "unplanned" if named is None or named[1] < 1 else named
    return _chosen(named, explained(reading.delta_g, planned))


def _chosen(named: Pieces | None, found: tuple[Pieces, ...]) -> Pieces | Doubt:
    """What the shelf ``named`` if the weight agrees, else the one thing that the weight explains."""
    if not found:
        return "no-fit"
    if named is not None:
        return named if named in found else "conflict"
    return found[0] if len(found) == 1 else "several"


def _certain(
    reading: ShelfMoved, kind: Literal["pick", "put"], goods: Pieces, shop: Shop, db: sqlite3.Connection
) -> tuple[Event, ...]:
    sku, qty = goods
    permille = reading.candidates[0].permille if reading.candidates else None
    change = partial(change_stock, db, sku, cause=f"{reading.device}/{reading.slot}", business_day=shop.day(reading.at))
    if kind == "pick":
        return ShelfPicked(**_about(reading), sku=sku, qty=qty, permille=permille), change(qty=-qty, reason=kind)
    returned_after_ms = reading.returned_after_ms
    put = ShelfPut(**_about(reading), sku=sku, qty=qty, permille=permille, returned_after_ms=returned_after_ms)
    return put, change(qty=qty, reason=kind)


def _doubted(reading: ShelfMoved, kind: Literal["pick", "put"], reason: Doubt) -> ShelfDoubted:
    candidates = tuple(MaybeMoved(sku=each.sku, qty=each.qty, permille=each.permille) for each in reading.candidates)
    return ShelfDoubted(**_about(reading), kind=kind, reason=reason, candidates=candidates)


def _about(reading: ShelfMoved) -> _About:
    return {
        "shelf": reading.device,
        "slot": reading.slot,
        "delta_g": reading.delta_g,
        "before_g": reading.before_g,
        "after_g": reading.after_g,
        "device_at": reading.report.device_at,
    }
