"""What happens to a pickup order on its way: each event puts it into its next state.

    announced -> accepted -> picked -> ready -> handed-over -> returned
        \\-> refused, for want of goods or by staff; and from every state before handed-over: cancelled, expired, returned

``after_ms`` counts from when the box heard of the order.
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

import msgspec

from edge.shop.stock.levels import Unit
from sync.events import Event, EventClass

State = Literal["announced", "accepted", "picked", "ready", "handed-over", "returned", "refused", "cancelled", "expired"]
OPEN: tuple[State, ...] = ("announced", "accepted", "picked", "ready")
KEEP_PICKUPS = 5_000
"""How many are remembered after they are over."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """``qty`` pieces or grams of ``sku``."""

    sku: str
    unit: Unit
    qty: int


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """``wanted`` pieces or grams of ``sku``, of which ``available`` could still be promised."""

    sku: str
    unit: Unit
    wanted: int
    available: int


class PickupEvent(Event, frozen=True, kw_only=True):
    """What every event of a pickup order tells."""

    event_class: ClassVar[EventClass] = EventClass.ORDER
    order: str

    def subject(self) -> str:
        """The order."""
        return self.order


class PickupTimed(PickupEvent, frozen=True, kw_only=True):
    """When the order came, is late and ends. What was told as a duration moves with the clock, what was told as a time stays."""

    came_at: str
    came_ms: int
    boot: str
    late_at: str
    late_after_ms: int | None
    ends_at: str
    ends_after_ms: int | None

    def apply(self, db: sqlite3.Connection) -> None:
        """Write the times down."""
        db.execute(
            """
            UPDATE pickups SET came_at = ?, came_ms = ?, boot = ?, late_at = ?, late_after_ms = ?, ends_at = ?, ends_after_ms = ?
            WHERE order_id = ?
            """,
            (
                *(self.came_at, self.came_ms, self.boot, self.late_at, self.late_after_ms),
                *(self.ends_at, self.ends_after_ms, self.order),
            ),
        )


class PickupRetimed(PickupTimed, frozen=True, kw_only=True):
    """The box's clock had been wrong: the order's own clock was set right."""

    type: ClassVar[str] = "storebox.pickup.retimed"


class PickupChanged(PickupTimed, frozen=True, kw_only=True):
    """Headquarters wants the same goods at another time, with another code, priority or way."""

    type: ClassVar[str] = "storebox.pickup.changed"
    priority: int
    delivery: bool

    def apply(self, db: sqlite3.Connection) -> None:
        """Take over what the document says; a new time may be late once more."""
        db.execute("UPDATE pickups SET late = 0 WHERE order_id = ? AND late_at != ?", (self.order, self.late_at))
        PickupTimed.apply(self, db)
        db.execute(
            """
            UPDATE pickups SET priority = ?2, delivery = ?3, (digest, code_hash) =
                (SELECT digest, json_extract(body, '$.code_hash') FROM pickup_orders WHERE order_id = ?1)
            WHERE order_id = ?1
            """,
            (self.order, self.priority, self.delivery),
        )
        db.execute("UPDATE pickup_orders SET taken = 1 WHERE order_id = ?", (self.order,))


class PickupAnnounced(PickupTimed, frozen=True, kw_only=True):
    """Headquarters wants goods to be fetched here; nothing is promised yet."""

    type: ClassVar[str] = "storebox.pickup.announced"
    items: tuple[Wanted, ...]
    priority: int
    delivery: bool

    def apply(self, db: sqlite3.Connection) -> None:
        """Begin anew with it, whatever it was before; forget those that are long over."""
        db.execute("DELETE FROM pickups WHERE order_id = ?", (self.order,))
        number = db.execute(
            """
            INSERT INTO pickups (order_id, digest, state, open, priority, delivery, code_hash, came_at, came_ms, boot, late_at,
                ends_at)
            SELECT order_id, digest, 'announced', 1, ?, ?, json_extract(body, '$.code_hash'), '', 0, '', '', ''
            FROM pickup_orders WHERE order_id = ?
            """,
            (self.priority, self.delivery, self.order),
        ).lastrowid
        PickupTimed.apply(self, db)
        db.execute("DELETE FROM pickup_items WHERE order_id = ?", (self.order,))
        db.executemany(
            "INSERT INTO pickup_items (order_id, sku, unit, qty) VALUES (?, ?, ?, ?)",
            [(self.order, each.sku, each.unit, each.qty) for each in self.items],
        )
        db.execute("UPDATE pickup_orders SET taken = 1 WHERE order_id = ?", (self.order,))
        over, oldest = "FROM pickups WHERE NOT open AND number <= ?", ((number or 0) - KEEP_PICKUPS,)
        db.execute(f"DELETE FROM pickup_items WHERE order_id IN (SELECT order_id {over})", oldest)  # noqa: S608
        db.execute(f"DELETE {over}", oldest)


class PickupStepped(PickupEvent, frozen=True, kw_only=True):
    """A step that puts the order into ``state``; ``by`` is the person, ``box`` for the box itself."""

    state: ClassVar[State]
    by: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Take the step."""
        db.execute(
            "UPDATE pickups SET state = ?, open = ?, withdrawn = 0 WHERE order_id = ?",
            (self.state, self.state in OPEN, self.order),
        )


class PickupAccepted(PickupStepped, frozen=True, kw_only=True):
    """The goods are promised to it."""

    type: ClassVar[str] = "storebox.pickup.accepted"
    state: ClassVar[State] = "accepted"


class PickupRefused(PickupStepped, frozen=True, kw_only=True):
    """It cannot be had here: goods are ``missing``, or staff said no."""

    type: ClassVar[str] = "storebox.pickup.refused"
    state: ClassVar[State] = "refused"
    reason: Literal["missing", "staff"]
    missing: tuple[Missing, ...] = ()


class PickupPicked(PickupStepped, frozen=True, kw_only=True):
    """The goods are together."""

    type: ClassVar[str] = "storebox.pickup.picked"
    state: ClassVar[State] = "picked"
    after_ms: int


class PickupReady(PickupStepped, frozen=True, kw_only=True):
    """They are packed and wait for the customer."""

    type: ClassVar[str] = "storebox.pickup.ready"
    state: ClassVar[State] = "ready"
    after_ms: int


class PickupHandedOver(PickupStepped, frozen=True, kw_only=True):
    """Whoever fetched them knew the code; ``courier`` names the courier of a delivery."""

    type: ClassVar[str] = "storebox.pickup.handedover"
    state: ClassVar[State] = "handed-over"
    to: Literal["customer", "courier"]
    courier: str = ""
    after_ms: int


class PickupReturned(PickupStepped, frozen=True, kw_only=True):
    """The goods are back; ``collected``: they had been handed over."""

    type: ClassVar[str] = "storebox.pickup.returned"
    state: ClassVar[State] = "returned"
    collected: bool


class PickupCancelled(PickupStepped, frozen=True, kw_only=True):
    """Headquarters wants it no more, or wants other goods: then it is announced anew."""

    type: ClassVar[str] = "storebox.pickup.cancelled"
    state: ClassVar[State] = "cancelled"
    reason: Literal["withdrawn", "changed"]


class PickupExpired(PickupStepped, frozen=True, kw_only=True):
    """Nobody came for it in time."""

    type: ClassVar[str] = "storebox.pickup.expired"
    state: ClassVar[State] = "expired"


class PickupLate(PickupEvent, frozen=True, kw_only=True):
    """It was to be ready at ``late_at`` and is not: told once."""

    type: ClassVar[str] = "storebox.pickup.late"
    late_at: str
    state: State

    def apply(self, db: sqlite3.Connection) -> None:
        """The alarm is up."""
        db.execute("UPDATE pickups SET late = 1 WHERE order_id = ?", (self.order,))


class PickupMiskeyed(PickupEvent, frozen=True, kw_only=True):
    """A wrong code was typed, ``tries`` times by now."""

    type: ClassVar[str] = "storebox.pickup.miskeyed"
    tries: int
    by: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Count it."""
        db.execute("UPDATE pickups SET tries = ? WHERE order_id = ?", (self.tries, self.order))


class PickupUnlocked(PickupEvent, frozen=True, kw_only=True):
    """``by`` looked at who stands there: the code may be tried again."""

    type: ClassVar[str] = "storebox.pickup.unlocked"
    by: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Begin to count anew."""
        db.execute("UPDATE pickups SET tries = 0 WHERE order_id = ?", (self.order,))
