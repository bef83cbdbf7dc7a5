"""What the kitchen was told and what became of the paper: a ticket, the same at the spare printer, a slip that takes it back."""

from __future__ import annotations

import sqlite3
from typing import ClassVar

from edge.shop.orders.events import OrderEvent

KEEP_TICKETS = 5_000


class KitchenEvent(OrderEvent, frozen=True, kw_only=True):
    """``station`` is the printer of the settings for these goods, ``printer`` the one that has the ticket now."""

    station: str
    printer: str
    job: str


class KitchenTold(KitchenEvent, frozen=True, kw_only=True):
    """A ticket with ``lines`` of the order is on its way."""

    type: ClassVar[str] = "storebox.kitchen.told"
    lines: tuple[int, ...]

    def apply(self, db: sqlite3.Connection) -> None:
        """Remember whose job the ticket is."""
        db.execute(
            "INSERT INTO kitchen_tickets (job, till, order_id, station, lines) VALUES (?, ?, ?, ?, ?)",
            (self.job, self.till, self.order, self.station, ",".join(map(str, self.lines))),
        )
        forgotten = "DELETE FROM kitchen_tickets WHERE number <= (SELECT max(number) FROM kitchen_tickets) - ?"
        db.execute(forgotten, (KEEP_TICKETS,))


class KitchenPrinted(KitchenEvent, frozen=True, kw_only=True):
    """The ticket came out."""

    type: ClassVar[str] = "storebox.kitchen.printed"


class KitchenRerouted(KitchenEvent, frozen=True, kw_only=True):
    """``printer`` takes over; ``perhaps_printed``: nobody can tell whether the first one printed it."""

    type: ClassVar[str] = "storebox.kitchen.rerouted"
    perhaps_printed: bool
    reason: str

    def apply(self, db: sqlite3.Connection) -> None:
        """The spare's job is followed as the first one was."""
        db.execute(
            """
            INSERT INTO kitchen_tickets (job, till, order_id, station, lines)
            SELECT ?, till, order_id, station, lines FROM kitchen_tickets WHERE till = ? AND order_id = ? AND station = ?
            ORDER BY number LIMIT 1
            """,
            (self.job, self.till, self.order, self.station),
        )


class KitchenFailed(KitchenEvent, frozen=True, kw_only=True):
    """No printer took the ticket: somebody tells the kitchen. ``reason`` is the last printer's."""

    type: ClassVar[str] = "storebox.kitchen.failed"
    reason: str


class KitchenCancelled(KitchenEvent, frozen=True, kw_only=True):
    """A slip is on its way: ``lines`` were refunded, wholly or in part, and are not to be made."""

    type: ClassVar[str] = "storebox.kitchen.cancelled"
    lines: tuple[int, ...]

    def apply(self, db: sqlite3.Connection) -> None:
        """The slip is followed as the ticket was: when it does not come out, a person tells the kitchen."""
        db.execute(
            "INSERT INTO kitchen_tickets (job, till, order_id, station, lines) VALUES (?, ?, ?, ?, ?)",
            (self.job, self.till, self.order, self.station, ",".join(map(str, self.lines))),
        )
