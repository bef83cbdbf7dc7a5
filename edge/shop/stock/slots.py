"""Says when a sensed slot runs low, so that somebody fills it, and when all are empty, so that nothing is promised from them.

Only goods for which headquarters set a rule (document ``stock``) are judged. A slot counts the pieces of its main goods.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import ClassVar

from edge.shop.catalogue.planogram import goods_in
from edge.shop.moment import Moment
from edge.shop.shop import Goods, Shop
from edge.shop.stock.refills import pieces_in, places_of
from edge.shop.stock.shelf_events import ShelfEvent
from sync.events import Event, EventClass, rfc3339


class SlotJudged(Event, frozen=True, kw_only=True):
    """A slot of ``sku`` holds ``pieces``; headquarters wants at least ``wanted``."""

    event_class: ClassVar[EventClass] = EventClass.ORDER
    shelf: str
    slot: str
    sku: str
    pieces: int
    wanted: int

    def subject(self) -> str:
        """The slot, scoped by its shelf."""
        return f"{self.shelf}/{self.slot}"


class ShelfLow(SlotJudged, frozen=True, kw_only=True):
    """Fewer pieces lie there than wanted: a task for staff since ``since``."""

    type: ClassVar[str] = "storebox.shelf.low"
    since: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Add the task."""
        db.execute(
            "INSERT OR REPLACE INTO shelf_refills (shelf, slot, sku, pieces, wanted, since) VALUES (?, ?, ?, ?, ?, ?)",
            (self.shelf, self.slot, self.sku, self.pieces, self.wanted, self.since),
        )


class ShelfRefilled(SlotJudged, frozen=True, kw_only=True):
    """Enough lies there again: the task is done."""

    type: ClassVar[str] = "storebox.shelf.refilled"

    def apply(self, db: sqlite3.Connection) -> None:
        """Take the task away."""
        db.execute("DELETE FROM shelf_refills WHERE shelf = ? AND slot = ?", (self.shelf, self.slot))


class StockStopped(Event, frozen=True, kw_only=True):
    """Every sensed slot of ``sku`` is empty: nothing of it is promised to a pickup order until there is some again."""

    type: ClassVar[str] = "storebox.stock.stopped"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    sku: str
    since: str

    def subject(self) -> str:
        """The SKU."""
        return self.sku

    def apply(self, db: sqlite3.Connection) -> None:
        """Stop it."""
        db.execute("INSERT OR REPLACE INTO stock_stops (sku, since) VALUES (?, ?)", (self.sku, self.since))


class StockResumed(Event, frozen=True, kw_only=True):
    """A slot of ``sku`` holds a piece again: it may be promised as far as the books allow."""

    type: ClassVar[str] = "storebox.stock.resumed"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    sku: str

    def subject(self) -> str:
        """The SKU."""
        return self.sku

    def apply(self, db: sqlite3.Connection) -> None:
        """Let it go on."""
        db.execute("DELETE FROM stock_stops WHERE sku = ?", (self.sku,))


def judge_slot(moved: ShelfEvent, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """What follows from ``moved``, which is applied: a task begins or ends, a product is stopped or goes on."""
    goods = goods_in(db, shop, moved.shelf, moved.slot)
    if not goods:
        return
    sku = goods[0].sku
    rule = db.execute("SELECT shelf_min, backroom FROM stock_rules WHERE sku = ?", (sku,)).fetchone()
    if rule is None:
        return
    shelf_min, backroom = rule
    pieces = pieces_in(moved.after_g, goods[0])
    yield from _task(db, moved, moment, sku=sku, pieces=pieces, wanted=shelf_min)
    if not backroom:
        yield from _stop(sku, moment, shop, db)


def _task(
    db: sqlite3.Connection, moved: ShelfEvent, moment: Moment, *, sku: str, pieces: int, wanted: int
) -> Iterable[ShelfLow | ShelfRefilled]:
    waits = db.execute("SELECT 1 FROM shelf_refills WHERE shelf = ? AND slot = ?", (moved.shelf, moved.slot)).fetchone()
    if pieces < wanted and waits is None:
        yield ShelfLow(shelf=moved.shelf, slot=moved.slot, sku=sku, pieces=pieces, wanted=wanted, since=rfc3339(moment.at))
    if pieces >= wanted and waits is not None:
        yield ShelfRefilled(shelf=moved.shelf, slot=moved.slot, sku=sku, pieces=pieces, wanted=wanted)


def _stop(sku: str, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[StockStopped | StockResumed]:
    stopped = db.execute("SELECT 1 FROM stock_stops WHERE sku = ?", (sku,)).fetchone() is not None
    empty = all(_is_empty(db, shelf, slot, goods) for shelf, slot, goods in places_of(db, shop, sku))
    if empty and not stopped:
        yield StockStopped(sku=sku, since=rfc3339(moment.at))
    if stopped and not empty:
        yield StockResumed(sku=sku)


def _is_empty(db: sqlite3.Connection, shelf: str, slot: str, goods: Goods) -> bool:
    """A slot that was never heard of is not known to be empty."""
    row = db.execute("SELECT grams FROM shelf_levels WHERE shelf = ? AND slot = ?", (shelf, slot)).fetchone()
    return row is not None and pieces_in(row[0], goods) == 0
