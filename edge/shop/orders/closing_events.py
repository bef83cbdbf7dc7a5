"""How an order ends, and how each event changes its tables: paid, completed, refunded or voided.

What is paid, in minor units, and how it adds up; nobody else computes totals:

    total       sum of the lines that are sold
    reduced     taken off by promotions and coupons
    points      paid with points
    balance     paid from stored value
    due         total - reduced - points - balance      what the tender still has to bring
    difference  amount - due                            0 unless a till took another amount than the books say
    paid        amount + points + balance               what a whole refund gives back
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar

import msgspec

from edge.shop.catalogue.sales import count_sales
from edge.shop.orders.events import OrderEvent


class LineReduced(msgspec.Struct, frozen=True, kw_only=True):
    """The part of all reductions that falls on one line."""

    line: int
    amount_minor: int


class OrderPaid(OrderEvent, frozen=True, kw_only=True):
    """``amount_minor`` was taken by ``tender`` for goods of ``total_minor``; the other amounts are explained above.

    ``reduced_lines`` share ``reduced_minor`` out, for a refund of some goods only. ``after_void``: for an order that had been
    voided. ``took_ms``: since the order was opened, by the box's clock.
    """

    type: ClassVar[str] = "storebox.order.paid"
    amount_minor: int
    total_minor: int
    difference_minor: int
    currency: str
    tender: str
    after_void: bool = False
    reduced_minor: int = 0
    reduced_lines: tuple[LineReduced, ...] = ()
    points_minor: int = 0
    balance_minor: int = 0
    paid_at: str | None = None
    took_ms: int | None = None

    def apply(self, db: sqlite3.Connection) -> None:
        """Close the order as paid, and count what was sold."""
        db.execute(
            """
            UPDATE orders SET state = 'paid', paid_minor = ?, tender = ?, reduced_minor = ?, points_minor = ?, balance_minor = ?,
                paid_at = ?, took_ms = ?
            WHERE till = ? AND order_id = ?
            """,
            (
                *(self.amount_minor, self.tender, self.reduced_minor, self.points_minor, self.balance_minor),
                *(self.paid_at, self.took_ms, self.till, self.order),
            ),
        )
        db.executemany(
            """
            UPDATE order_lines SET reduced_minor = ?
            WHERE line = ? AND number = (SELECT number FROM orders WHERE till = ? AND order_id = ?)
            """,
            [(each.amount_minor, each.line, self.till, self.order) for each in self.reduced_lines],
        )
        count_sales(db, self.till, self.order)


class OrderCompleted(OrderEvent, frozen=True, kw_only=True):
    """Paid, and nothing is left to hand over."""

    type: ClassVar[str] = "storebox.order.completed"

    def apply(self, db: sqlite3.Connection) -> None:
        """Nothing more is awaited of the order."""
        db.execute("UPDATE orders SET completed = 1 WHERE till = ? AND order_id = ?", (self.till, self.order))


class RefundedLine(msgspec.Struct, frozen=True, kw_only=True):
    """``qty`` pieces or ``grams`` of a line came back; ``amount_minor`` is what had been paid for just these."""

    line: int
    sku: str
    qty: int | None
    grams: int | None
    amount_minor: int
    known: bool = True


class OrderRefunded(OrderEvent, frozen=True, kw_only=True):
    """``amount_minor`` is given back for ``lines``: of it so many to points and to stored value, the rest by ``tender``.

    ``whole``: nothing of the order is left sold. ``refund`` names it among the refunds of this order; ``by`` whom it was asked.
    """

    type: ClassVar[str] = "storebox.order.refunded"
    refund: str
    lines: tuple[RefundedLine, ...]
    amount_minor: int
    currency: str
    tender: str
    whole: bool
    points_minor: int = 0
    balance_minor: int = 0
    reason: str = ""
    by: str = ""

    @property
    def money_minor(self) -> int:
        """What goes back by ``tender``, as ``OrderPaid.amount_minor`` came by it."""
        return self.amount_minor - self.points_minor - self.balance_minor

    def apply(self, db: sqlite3.Connection) -> None:
        """Note what came back of each line: it cannot come back again."""
        db.executemany(
            """
            INSERT INTO order_refunds (number, refund, line, qty, grams, amount_minor)
            SELECT number, ?, ?, ?, ?, ? FROM orders WHERE till = ? AND order_id = ?
            """,
            [(self.refund, each.line, each.qty, each.grams, each.amount_minor, self.till, self.order) for each in self.lines],
        )
        db.execute(
            """
            UPDATE orders SET refunded = max(refunded, ?), refunded_minor = refunded_minor + ?,
                refunded_points_minor = refunded_points_minor + ?, refunded_balance_minor = refunded_balance_minor + ?
            WHERE till = ? AND order_id = ?
            """,
            (self.whole, self.amount_minor, self.points_minor, self.balance_minor, self.till, self.order),
        )


class OrderVoided(OrderEvent, frozen=True, kw_only=True):
    """The order was given up before it was paid; goods of ``total_minor`` stood on it."""

    type: ClassVar[str] = "storebox.order.voided"
    total_minor: int
    currency: str
    reason: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Close the order as voided; a weight that was awaited for it is awaited no more."""
        number = "(SELECT number FROM orders WHERE till = ? AND order_id = ?)"
        db.execute("UPDATE orders SET state = 'voided' WHERE till = ? AND order_id = ?", (self.till, self.order))
        db.execute(
            f"UPDATE order_lines SET state = 'removed' WHERE state = 'awaiting' AND number = {number}",  # noqa: S608
            (self.till, self.order),
        )
