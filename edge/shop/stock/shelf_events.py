"""What happens on a shelf, and how each event changes the level of its slot."""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

import msgspec

from edge.shop.catalogue.cards import count_pick
from sync.events import Event, EventClass


class ShelfEvent(Event, frozen=True, kw_only=True):
    """A settled change of weight on one slot. ``device_at`` is the shelf's own clock: kept, and decides nothing."""

    event_class: ClassVar[EventClass] = EventClass.ORDER  # the shelf was told that it is durable: it must not be dropped
    shelf: str
    slot: str
    delta_g: int
    before_g: int
    after_g: int
    device_at: str | None = None

    def subject(self) -> str:
        """The slot, scoped by its shelf."""
        return f"{self.shelf}/{self.slot}"

    def apply(self, db: sqlite3.Connection) -> None:
        """Write the new level down; the stock has its own event."""
        db.execute(
            "INSERT OR REPLACE INTO shelf_levels (shelf, slot, grams) VALUES (?, ?, ?)", (self.shelf, self.slot, self.after_g)
        )


class ShelfPicked(ShelfEvent, frozen=True, kw_only=True):
    """``qty`` pieces of ``sku`` were taken; ``permille`` is the shelf's confidence, where it gave one."""

    type: ClassVar[str] = "storebox.shelf.picked"
    sku: str
    qty: int
    permille: int | None

    def apply(self, db: sqlite3.Connection) -> None:
        """Write the new level down, and for the shelf's screen what was taken."""
        ShelfEvent.apply(self, db)
        count_pick(db, self.shelf, self.slot, self.sku)


class ShelfPut(ShelfEvent, frozen=True, kw_only=True):
    """``qty`` pieces of ``sku`` were laid down; ``permille`` is the shelf's confidence, where it gave one.

    ``returned_after_ms``: they had been taken just so long before, so somebody only looked at them.
    """

    type: ClassVar[str] = "storebox.shelf.put"
    sku: str
    qty: int
    permille: int | None
    returned_after_ms: int | None = None


class ShelfAdjusted(ShelfEvent, frozen=True, kw_only=True):
    """The level is another one, but nobody took or laid anything: a restart, a drift, a tare."""

    type: ClassVar[str] = "storebox.shelf.adjusted"


class MaybeMoved(msgspec.Struct, frozen=True, kw_only=True):
    """``qty`` pieces of ``sku`` would explain the change."""

    sku: str
    qty: int
    permille: int


class ShelfDoubted(ShelfEvent, frozen=True, kw_only=True):
    """Something was taken or laid, but not certainly what: no stock is moved.

    ``reason``: ``several`` candidates · ``no-fit``: no whole number of pieces weighs that · ``unplanned``: no goods are set for
    the slot · ``conflict``: the shelf names other goods or another number than the settings make of the weight.
    """

    type: ClassVar[str] = "storebox.shelf.doubted"
    kind: Literal["pick", "put"]
    reason: Literal["several", "no-fit", "unplanned", "conflict"]
    candidates: tuple[MaybeMoved, ...]
