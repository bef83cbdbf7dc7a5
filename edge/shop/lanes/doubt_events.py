"""A payment that an attendant called unpaid, and that nobody is certain of: its gateway is asked on, for the money may yet come.

Without these it would be found at the merchant platform only, by chance, days after the shopper had paid twice.
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

from edge.shop.lanes.events import LaneEvent
from edge.shop.lanes.payback_events import PaybackEvent

Outcome = Literal["nothing", "paid", "late", "unknown"]
"""Nothing was charged in the end · the money did come, and paid for the order, which was still open · it came too late for that ·
nobody could tell, however long it was asked."""


class DoubtEvent(LaneEvent, frozen=True, kw_only=True):
    """``payment`` is the box's own number of what ``payer`` was asked for."""

    payer: str
    payment: str
    tender: str
    amount_minor: int
    currency: str


class LaneDoubted(DoubtEvent, frozen=True, kw_only=True):
    """An attendant said that nothing was taken, and ``payer`` could not tell: it is asked on from ``doubted_at``."""

    type: ClassVar[str] = "storebox.lane.doubted"
    doubted_at: str

    def apply(self, db: sqlite3.Connection) -> None:
        """It waits for its answer."""
        db.execute(
            """
            INSERT INTO payment_doubts (payment, number, payer, tender, amount_minor, doubted_at)
            SELECT ?, number, ?, ?, ?, ? FROM orders WHERE till = ? AND order_id = ?
            """,
            (self.payment, self.payer, self.tender, self.amount_minor, self.doubted_at, self.lane, self.order),
        )


class LaneCleared(DoubtEvent, frozen=True, kw_only=True):
    """Nobody is asked about it any more; money that did come did so under ``receipt``."""

    type: ClassVar[str] = "storebox.lane.cleared"
    outcome: Outcome
    receipt: str = ""
    reason: str = ""

    def apply(self, db: sqlite3.Connection) -> None:
        """Its answer is there."""
        db.execute("DELETE FROM payment_doubts WHERE payment = ?", (self.payment,))


class PaybackOffered(PaybackEvent, frozen=True, kw_only=True):
    """Money that came late, or perhaps did, may go back: it stands before the staff until one of them decides.

    ``reason`` says why. ``refund`` is the number of the payment: it is given back once, whatever else paid for the order.
    """

    type: ClassVar[str] = "storebox.payback.offered"
    tender: str
    reason: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Nobody is asked yet."""
        db.execute(
            """
            INSERT INTO order_paybacks (number, refund, payer, payback, amount_minor, state, detail, payment, tender)
            SELECT number, ?1, ?2, ?3, ?4, 'offered', ?5, ?1, ?6 FROM orders WHERE till = ?7 AND order_id = ?8
            """,
            (self.refund, self.payer, self.payback, self.amount_minor, self.reason, self.tender, self.till, self.order),
        )
