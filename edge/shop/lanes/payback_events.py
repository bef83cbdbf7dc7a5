"""Money of a refund on its way to where it came from: the terminal or the gateway is asked, it is given, or a person gives it.

``payback`` is the box's own number of it at a gateway, which gives the same number back once, however often it is asked.
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

from edge.shop.orders.events import OrderEvent


class PaybackEvent(OrderEvent, frozen=True, kw_only=True):
    """``amount_minor`` of refund ``refund`` of an order that ``payer`` had taken the money of."""

    refund: str
    payer: str
    payback: str
    amount_minor: int
    currency: str


class PaybackAsked(PaybackEvent, frozen=True, kw_only=True):
    """``payer`` is about to be asked: what is found here after a crash was perhaps given. ``by`` accepted what was offered."""

    type: ClassVar[str] = "storebox.payback.asked"
    tender: str
    by: str = ""

    def apply(self, db: sqlite3.Connection) -> None:
        """It waits for its answer."""
        db.execute(
            """
            INSERT INTO order_paybacks (number, refund, payer, payback, amount_minor, state)
            SELECT number, ?, ?, ?, ?, 'asked' FROM orders WHERE till = ? AND order_id = ?
            ON CONFLICT DO UPDATE SET state = 'asked', detail = ''
            """,
            (self.refund, self.payer, self.payback, self.amount_minor, self.till, self.order),
        )


class PaybackGiven(PaybackEvent, frozen=True, kw_only=True):
    """``payer`` gives it back, under its own ``receipt``."""

    type: ClassVar[str] = "storebox.payback.given"
    receipt: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Nobody need do anything more."""
        _set_state(db, self, "given", self.receipt)


class PaybackLeft(PaybackEvent, frozen=True, kw_only=True):
    """``payer`` did not give it, so a person must; or nobody can tell, so a person must look first. ``reason`` says why."""

    type: ClassVar[str] = "storebox.payback.left"
    to: Literal["by-hand", "unknown"]
    reason: str

    def apply(self, db: sqlite3.Connection) -> None:
        """It stands before the staff until one of them has settled it."""
        _set_state(db, self, self.to, self.reason)


class PaybackSettled(PaybackEvent, frozen=True, kw_only=True):
    """``by`` says that the shopper has the money."""

    type: ClassVar[str] = "storebox.payback.settled"
    by: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Nobody is asked about it any more."""
        _set_state(db, self, "settled", self.by)


def _set_state(db: sqlite3.Connection, event: PaybackEvent, state: str, detail: str) -> None:
    db.execute(
        """
        UPDATE order_paybacks SET state = ?, detail = ?
        WHERE refund = ? AND number = (SELECT number FROM orders WHERE till = ? AND order_id = ?)
        """,
        (state, detail, event.refund, event.till, event.order),
    )
