"""What happens to an open order, and how each event changes the tables of orders, lines and pans; ``closing_events.py`` ends it.

A till's name scopes its order numbers. All events of an order carry the business day on which it was opened.

An order is open, paid, completed (paid, and nothing left to hand over), refunded (all of it given back) or voided.
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

from sync.events import Event, EventClass

KEEP_ORDERS = 50_000
"""How many orders the tables remember; an older number may come again. The journal keeps events by its own rule."""

FORGET_EVERY = 50
"""Orders after which the oldest go, together."""


OF_ORDERS = (
    *("order_refunds", "order_payments", "payment_doubts", "order_paybacks"),
    *("order_lines", "order_reductions", "coupons_presented"),
)
"""Tables by the number of an order, which go with it."""


def _forget_orders(db: sqlite3.Connection, upto: int) -> None:
    """Forget the orders up to the number ``upto``, and all that hangs on them."""
    of_them = "(till, order_id) IN (SELECT till, order_id FROM orders WHERE number <= ?)"
    db.execute(f"DELETE FROM served WHERE {of_them}", (upto,))  # noqa: S608 - our own words
    for table in (*OF_ORDERS, "orders"):
        db.execute(f"DELETE FROM {table} WHERE number <= ?", (upto,))  # noqa: S608 - our own names


class OrderEvent(Event, frozen=True, kw_only=True):
    """What every event of an order tells. ``device_at`` is the till's own clock: kept, and decides nothing."""

    event_class: ClassVar[EventClass] = EventClass.ORDER
    till: str
    order: str
    business_day: str
    device_at: str | None = None

    def subject(self) -> str:
        """The order, scoped by its till."""
        return f"{self.till}/{self.order}"

    def day(self) -> str:
        """The business day on which the order was opened."""
        return self.business_day


class OrderOpened(OrderEvent, frozen=True, kw_only=True):
    """``implied``: the till never said so (it restarted), but spoke of the order. ``till_day`` is the till's own business day.

    ``table``: the goods are made in the kitchen and carried there.
    """

    type: ClassVar[str] = "storebox.order.opened"
    lane: str | None
    currency: str
    implied: bool = False
    till_day: str | None = None
    table: str | None = None
    opened_at: str | None = None

    def apply(self, db: sqlite3.Connection) -> None:
        """Add the order; now and then, forget those that were opened ``KEEP_ORDERS`` before it."""
        number = db.execute(
            """
            INSERT INTO orders (till, order_id, lane, state, implied, business_day, currency, desk, opened_at)
            VALUES (?, ?, ?, 'open', ?, ?, ?, ?, ?)
            """,
            (*(self.till, self.order, self.lane, self.implied, self.business_day), *(self.currency, self.table, self.opened_at)),
        ).lastrowid
        if number is not None and number % FORGET_EVERY == 0:
            _forget_orders(db, number - KEEP_ORDERS)


class ItemChosen(OrderEvent, frozen=True, kw_only=True):
    """Goods to be weighed took line ``line``; their weight is awaited. The price is the one that the shopper saw now, per kg."""

    type: ClassVar[str] = "storebox.item.chosen"
    line: int
    sku: str
    price_minor: int
    price_version: int
    category: str = ""

    def apply(self, db: sqlite3.Connection) -> None:
        """Add the line without an amount."""
        db.execute(
            """
            INSERT INTO order_lines (number, line, state, sku, price_minor, amount_minor, price_version, category)
            SELECT number, ?, 'awaiting', ?, ?, 0, ?, ? FROM orders WHERE till = ? AND order_id = ?
            """,
            (self.line, self.sku, self.price_minor, self.price_version, self.category, self.till, self.order),
        )
        db.execute("UPDATE orders SET lines = ? WHERE till = ? AND order_id = ?", (self.line, self.till, self.order))


class ItemAdded(OrderEvent, frozen=True, kw_only=True):
    """``qty`` pieces, or ``grams`` weighed by ``scale``, cost ``amount_minor``; ``price_minor`` is per piece or per kg.

    ``price_version`` is the version of the catalogue that the price was taken from. With ``till_price`` the price is the till's
    own, and ``known`` says whether the catalogue of that version has the goods; if not, ``sku`` is the till's code, and
    nobody takes it for an SKU: it is in no stock and in no figures of goods.
    """

    type: ClassVar[str] = "storebox.item.added"
    line: int
    sku: str
    price_minor: int
    amount_minor: int
    currency: str
    price_version: int
    qty: int | None = None
    grams: int | None = None
    scale: str | None = None
    till_price: bool = False
    known: bool = True
    category: str = ""

    def apply(self, db: sqlite3.Connection) -> None:
        """Add the line, or give the awaited one its weight; a weight that is sold stays sold until the pan is empty."""
        db.execute(
            """
            INSERT INTO order_lines (
                number, line, state, sku, qty, grams, price_minor, amount_minor, price_version, category, known
            )
            SELECT number, ?, 'sold', ?, ?, ?, ?, ?, ?, ?, ? FROM orders WHERE till = ? AND order_id = ?
            ON CONFLICT (number, line) DO UPDATE SET state = 'sold', grams = excluded.grams, amount_minor = excluded.amount_minor
            """,
            (
                *(self.line, self.sku, self.qty, self.grams, self.price_minor, self.amount_minor, self.price_version),
                *(self.category, self.known, self.till, self.order),
            ),
        )
        db.execute(
            "UPDATE orders SET lines = max(lines, ?), total_minor = total_minor + ? WHERE till = ? AND order_id = ?",
            (self.line, self.amount_minor, self.till, self.order),
        )
        if self.scale is not None:
            db.execute("UPDATE pans SET state = 'sold' WHERE scale = ?", (self.scale,))


class ProductUnknown(OrderEvent, frozen=True, kw_only=True):
    """A till sold something under ``code`` that the catalogue of ``price_version`` does not have, for headquarters to see."""

    type: ClassVar[str] = "storebox.product.unknown"
    line: int
    code: str
    amount_minor: int
    price_version: int


class ItemRemoved(OrderEvent, frozen=True, kw_only=True):
    """A line was taken off: ``asked`` by the till, ``replaced`` by another choice, or ``unweighed`` when the order was paid."""

    type: ClassVar[str] = "storebox.item.removed"
    line: int
    amount_minor: int
    reason: Literal["asked", "replaced", "unweighed"]

    def apply(self, db: sqlite3.Connection) -> None:
        """Mark the line; its number is not given again."""
        db.execute(
            """
            UPDATE order_lines SET state = 'removed'
            WHERE line = ? AND number = (SELECT number FROM orders WHERE till = ? AND order_id = ?)
            """,
            (self.line, self.till, self.order),
        )
        db.execute(
            "UPDATE orders SET total_minor = total_minor - ? WHERE till = ? AND order_id = ?",
            (self.amount_minor, self.till, self.order),
        )
