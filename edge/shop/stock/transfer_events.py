"""What happens to an announced transfer between stores: its goods are scanned one by one, and it is closed once."""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

import msgspec

from edge.shop.stock.levels import Unit
from sync.events import Event, EventClass

Verdict = Literal["expected", "over", "unknown"]
"""unknown: not on the advance notice · over: more than it says."""


class TransferEvent(Event, frozen=True, kw_only=True):
    """What every event of a transfer tells. ``by`` is who scanned or closed it."""

    event_class: ClassVar[EventClass] = EventClass.ORDER
    transfer: str
    by: str

    def subject(self) -> str:
        """The transfer."""
        return self.transfer


class TransferScanned(TransferEvent, frozen=True, kw_only=True):
    """``qty`` more of ``sku`` were seen, ``scanned`` in all, of ``announced``."""

    type: ClassVar[str] = "storebox.transfer.scanned"
    sku: str
    unit: Unit
    qty: int
    scanned: int
    announced: int
    verdict: Verdict

    def apply(self, db: sqlite3.Connection) -> None:
        """Write the new sum down."""
        db.execute(
            """
            INSERT INTO transfer_lines (transfer, sku, unit, announced, scanned) VALUES (?, ?, ?, 0, ?)
            ON CONFLICT (transfer, sku, unit) DO UPDATE SET scanned = excluded.scanned
            """,
            (self.transfer, self.sku, self.unit, self.scanned),
        )


class TransferLine(msgspec.Struct, frozen=True, kw_only=True):
    """One product of a closed transfer; ``difference`` is scanned - announced: below nothing too little, above too much."""

    sku: str
    unit: Unit
    announced: int
    scanned: int
    difference: int


class TransferClosed(TransferEvent, frozen=True, kw_only=True):
    """``whole``: everything was as announced. ``other_store`` is where it came from or goes to."""

    other_store: str
    closed_at: str
    whole: bool
    lines: tuple[TransferLine, ...]

    def apply(self, db: sqlite3.Connection) -> None:
        """Nothing is scanned for it any more."""
        db.execute("UPDATE transfers SET state = 'closed', closed_at = ? WHERE transfer = ?", (self.closed_at, self.transfer))


class TransferReceived(TransferClosed, frozen=True, kw_only=True):
    """The goods that came in are in the books."""

    type: ClassVar[str] = "storebox.transfer.received"


class TransferShipped(TransferClosed, frozen=True, kw_only=True):
    """The goods that went out are off the books."""

    type: ClassVar[str] = "storebox.transfer.shipped"
