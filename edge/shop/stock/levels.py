"""How many pieces of each product the shelves hold, as a stream of changes numbered per product.

It is what the shelves say, not an account: it may fall below nothing, and that is a signal that a delivery was not seen.
A sale does not change it, because the goods left the shelf when they were picked.
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

from sync.events import Event, EventClass


class StockChanged(Event, frozen=True, kw_only=True):
    """``qty`` pieces came (or went, when negative), which makes ``level``; ``seq`` numbers the changes of this SKU from 1."""

    type: ClassVar[str] = "storebox.stock.changed"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    sku: str
    qty: int
    reason: Literal["pick", "put"]
    level: int
    seq: int

    def subject(self) -> str:
        """The SKU."""
        return self.sku

    def apply(self, db: sqlite3.Connection) -> None:
        """Write the new level down."""
        db.execute("INSERT OR REPLACE INTO stock (sku, qty, seq) VALUES (?, ?, ?)", (self.sku, self.level, self.seq))


def change_stock(db: sqlite3.Connection, sku: str, qty: int, reason: Literal["pick", "put"]) -> StockChanged:
    """The next change of ``sku``."""
    level, seq = db.execute("SELECT qty, seq FROM stock WHERE sku = ?", (sku,)).fetchone() or (0, 0)
    return StockChanged(sku=sku, qty=qty, reason=reason, level=level + qty, seq=seq + 1)
