"""How an order of a self-checkout lane is paid: the shopper is told what is due, somebody is asked for it, it is charged or not.

What is found billed after a crash was perhaps charged; ``payment`` is the box's own number for it at a gateway, by which the
gateway is asked. No event has a payment code, nor anything that was made of one.
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar

from edge.shop.lanes.events import LaneEvent, put_up


class LaneTotalled(LaneEvent, frozen=True, kw_only=True):
    """The shopper wants to pay ``amount_minor``, and is shown how it can be paid here."""

    type: ClassVar[str] = "storebox.lane.totalled"
    amount_minor: int
    currency: str

    def apply(self, db: sqlite3.Connection) -> None:
        """A payment code may come now."""
        db.execute("UPDATE lanes SET totalled = 1 WHERE lane = ?", (self.lane,))


class LaneResumed(LaneEvent, frozen=True, kw_only=True):
    """The shopper goes back to the goods."""

    type: ClassVar[str] = "storebox.lane.resumed"

    def apply(self, db: sqlite3.Connection) -> None:
        """No payment code is taken."""
        db.execute("UPDATE lanes SET totalled = 0 WHERE lane = ?", (self.lane,))


class LaneBilled(LaneEvent, frozen=True, kw_only=True):
    """``terminal`` is about to be asked for ``amount_minor``: what is found here after a crash was perhaps charged.

    For a payment code: ``payment`` is the number of this attempt at the gateway, ``shown_ms`` when the scanner read the code.
    """

    type: ClassVar[str] = "storebox.lane.billed"
    terminal: str
    amount_minor: int
    currency: str
    billed_at: str
    tender: str = "card"
    payment: str = ""
    shown_ms: int | None = None

    def apply(self, db: sqlite3.Connection) -> None:
        """Nothing goes on the order or off it until the answer is there."""
        db.execute(
            """
            UPDATE lanes SET billed_minor = ?, billed_at = ?, payer = ?, payment = ?, tender = ?, shown_ms = ?,
                attempts = attempts + 1
            WHERE lane = ?
            """,
            (self.amount_minor, self.billed_at, self.terminal, self.payment, self.tender, self.shown_ms, self.lane),
        )


class LaneUnpaid(LaneEvent, frozen=True, kw_only=True):
    """Nothing was taken; ``reason`` is what the terminal or the gateway said. ``offline``: it could not even be asked."""

    type: ClassVar[str] = "storebox.lane.unpaid"
    reason: str
    tender: str = "card"
    offline: bool = False

    def apply(self, db: sqlite3.Connection) -> None:
        """The order goes on, and the shopper is told."""
        db.execute("UPDATE lanes SET billed_minor = NULL, billed_at = NULL WHERE lane = ?", (self.lane,))
        if self.tender == "card":
            put_up(db, self.lane, "not-charged", {})
        else:
            put_up(db, self.lane, "code-offline" if self.offline else "code-not-charged", {})


class LaneCharged(LaneEvent, frozen=True, kw_only=True):
    """``payer`` took ``amount_minor`` for the order, under its ``receipt`` and the box's ``payment``; a refund goes back there.

    Without a receipt an attendant saw it in the books of the terminal or of the gateway.
    """

    type: ClassVar[str] = "storebox.lane.charged"
    payer: str
    payment: str
    tender: str
    receipt: str
    amount_minor: int
    currency: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Remember where the money came from."""
        db.execute(
            """
            INSERT OR REPLACE INTO order_payments (number, payer, payment, tender, receipt, amount_minor)
            SELECT number, ?, ?, ?, ?, ? FROM orders WHERE till = ? AND order_id = ?
            """,
            (self.payer, self.payment, self.tender, self.receipt, self.amount_minor, self.lane, self.order),
        )
