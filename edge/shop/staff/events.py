"""What staff did: came and went, served a shopper, read and answered headquarters, took goods back."""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

from sync.events import Event, EventClass

KEEP_RETURNS = 2_000
"""Slips that are remembered; headquarters has them all."""

Model = Literal["cps", "cpa", "cpr"]


class StaffEvent(Event, frozen=True, kw_only=True):
    """``staff`` is headquarters' id of a person, never a name."""

    event_class: ClassVar[EventClass] = EventClass.MEMBER
    staff: str

    def subject(self) -> str:
        """The person's id."""
        return self.staff


class StaffArrived(StaffEvent, frozen=True, kw_only=True):
    """Somebody of the roster began to work at ``at`` (UTC); ``place`` is the scanner or page."""

    type: ClassVar[str] = "storebox.staff.arrived"
    place: str
    at: str

    def apply(self, db: sqlite3.Connection) -> None:
        """On duty from now on."""
        db.execute("INSERT OR REPLACE INTO on_duty (staff, since) VALUES (?, ?)", (self.staff, self.at))


class StaffLeft(StaffEvent, frozen=True, kw_only=True):
    """Somebody went home."""

    type: ClassVar[str] = "storebox.staff.left"
    place: str

    def apply(self, db: sqlite3.Connection) -> None:
        """No longer on duty."""
        db.execute("DELETE FROM on_duty WHERE staff = ?", (self.staff,))


class GuideServed(Event, frozen=True, kw_only=True):
    """``guide`` serves the shopper of an order; the last one named before it is paid is the one."""

    type: ClassVar[str] = "storebox.guide.served"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    guide: str
    till: str
    order: str
    by: Literal["badge", "page"]

    def subject(self) -> str:
        """The order, scoped by its till."""
        return f"{self.till}/{self.order}"

    def apply(self, db: sqlite3.Connection) -> None:
        """The order is this guide's."""
        db.execute("INSERT OR REPLACE INTO served (till, order_id, guide) VALUES (?, ?, ?)", (self.till, self.order, self.guide))


class AttributionTouched(Event, frozen=True, kw_only=True):
    """What a guide is credited with, for headquarters to reckon by; it is never changed, a refund is a touch below nothing.

    ``cps``: a sale of ``amount_minor`` · ``cpa``: somebody meant to join · ``cpr``: a coupon was answered.
    """

    type: ClassVar[str] = "storebox.attribution.touched"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    guide: str
    model: Model
    till: str | None = None
    order: str | None = None
    amount_minor: int = 0

    def subject(self) -> str:
        """The guide."""
        return self.guide


class MessageEvent(Event, frozen=True, kw_only=True):
    """``message`` is headquarters' id."""

    event_class: ClassVar[EventClass] = EventClass.MEMBER
    message: str

    def subject(self) -> str:
        """The message's id."""
        return self.message


class MessageDelivered(MessageEvent, frozen=True, kw_only=True):
    """The shop has it; nobody need have seen it."""

    type: ClassVar[str] = "storebox.message.delivered"


class MessageRead(MessageEvent, frozen=True, kw_only=True):
    """``staff`` has opened it, or done the task."""

    type: ClassVar[str] = "storebox.message.read"
    staff: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Read by this person."""
        db.execute("INSERT OR IGNORE INTO messages_read (message, staff) VALUES (?, ?)", (self.message, self.staff))


class MessageReplied(MessageEvent, frozen=True, kw_only=True):
    """``staff`` answered; long runs of digits are cut out of ``text``."""

    type: ClassVar[str] = "storebox.message.replied"
    staff: str
    text: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Answered by this person, the last answer counts."""
        db.execute(
            "INSERT INTO messages_read (message, staff, reply) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET reply = excluded.reply",
            (self.message, self.staff, self.text),
        )


class MessageEscalated(MessageEvent, frozen=True, kw_only=True):
    """Nobody whom it concerns had read it in time; from now on it also concerns ``to``."""

    type: ClassVar[str] = "storebox.message.escalated"
    to: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Once."""
        db.execute("UPDATE messages SET escalated = 1 WHERE message = ?", (self.message,))


class GoodsReturned(Event, frozen=True, kw_only=True):
    """Goods came back for repair, exchange or money, under ``number``; what becomes of them is headquarters' word."""

    type: ClassVar[str] = "storebox.aftersale.received"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    number: str
    sku: str
    qty: int
    reason: str
    wish: Literal["repair", "exchange", "refund"]
    till: str | None
    order: str | None
    by: str
    at: str

    def subject(self) -> str:
        """The number on the slip."""
        return self.number

    def apply(self, db: sqlite3.Connection) -> None:
        """Write it down."""
        db.execute(
            """
            INSERT INTO returns (number, sku, qty, reason, wish, till, order_id, received_at, open_qty)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?3)
            """,
            (self.number, self.sku, self.qty, self.reason, self.wish, self.till, self.order, self.at),
        )
        db.execute(
            "DELETE FROM returns WHERE number IN (SELECT number FROM returns ORDER BY received_at DESC LIMIT -1 OFFSET ?)",
            (KEEP_RETURNS,),
        )


class ReturnSettled(Event, frozen=True, kw_only=True):
    """``qty`` pieces of slip ``number`` left the store: ``refunded``, or ``handed`` to the shopper again."""

    type: ClassVar[str] = "storebox.aftersale.settled"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    number: str
    qty: int
    outcome: Literal["refunded", "handed"]
    by: str

    def subject(self) -> str:
        """The number on the slip."""
        return self.number

    def apply(self, db: sqlite3.Connection) -> None:
        """So many less are open."""
        db.execute("UPDATE returns SET open_qty = open_qty - ? WHERE number = ?", (self.qty, self.number))
