"""One pickup order as the tables have it, and its goods: what the steps, the clock and the page look at."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edge.shop.declined import Declined
from edge.shop.masking import masked
from edge.shop.pickups.clock import Began
from edge.shop.pickups.events import State, Wanted

_FIELDS = (
    "number, order_id, state, open, priority, delivery, code_hash, came_at, came_ms, boot, late_at, late_after_ms, ends_at, "
    "ends_after_ms, late, tries"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pickup:
    """``late`` is whether that was told; the two ``after_ms`` are None where headquarters named a time."""

    number: int
    order: str
    state: State
    open: bool
    priority: int
    delivery: bool
    code_hash: str
    began: Began
    late_at: datetime
    late_after_ms: int | None
    ends_at: datetime
    ends_after_ms: int | None
    late: bool
    tries: int
    items: tuple[Wanted, ...]


def find_pickup(db: sqlite3.Connection, order: str) -> Pickup | None:
    """The order, if the box has heard of it."""
    return next(iter(_pickups(db, "WHERE order_id = ?", order)), None)


def known_pickup(db: sqlite3.Connection, order: str) -> Pickup:
    """The order. Raises Declined."""
    found = find_pickup(db, order)
    if found is None:
        shown = masked(order)[:32]  # somebody may have typed anything
        raise Declined("unknown-pickup", f"no pickup order is called {shown}: look for it at headquarters", order=shown)
    return found


def open_pickups(db: sqlite3.Connection) -> list[Pickup]:
    """All that are to be handed over, the most urgent first."""
    return _pickups(db, "WHERE open ORDER BY priority DESC, late_at, number LIMIT ?", 1_000)


def settled_pickups(db: sqlite3.Connection, limit: int) -> list[Pickup]:
    """Those that are over, the newest first."""
    return _pickups(db, "WHERE NOT open ORDER BY number DESC LIMIT ?", limit)


def first_pickup(db: sqlite3.Connection, which: str, *values: str | int) -> Pickup | None:
    """The first for which ``which``, a piece of SQL of ours, holds."""
    return next(iter(_pickups(db, f"WHERE {which} ORDER BY priority DESC, number LIMIT 1", *values)), None)


def late_orders(db: sqlite3.Connection) -> list[str]:
    """The orders that are late and not ready yet."""
    rows = db.execute("SELECT order_id FROM pickups WHERE open AND late AND state != 'ready' ORDER BY late_at, number")
    return [order for (order,) in rows]


def _pickups(db: sqlite3.Connection, which: str, *values: str | int) -> list[Pickup]:
    rows = db.execute(f"SELECT {_FIELDS} FROM pickups {which}", values).fetchall()  # noqa: S608 - both are written by us
    return [_pickup(db, row) for row in rows]


def _pickup(db: sqlite3.Connection, row: tuple[Any, ...]) -> Pickup:
    number, order, state, is_open, priority, delivery, code_hash, came_at, came_ms, boot, late_at, late_after_ms, *rest = row
    ends_at, ends_after_ms, late, tries = rest
    return Pickup(
        number=number,
        order=order,
        state=state,
        open=bool(is_open),
        priority=priority,
        delivery=bool(delivery),
        code_hash=code_hash,
        began=Began(at=datetime.fromisoformat(came_at), monotonic_ms=came_ms, boot=boot),
        late_at=datetime.fromisoformat(late_at),
        late_after_ms=late_after_ms,
        ends_at=datetime.fromisoformat(ends_at),
        ends_after_ms=ends_after_ms,
        late=bool(late),
        tries=tries,
        items=_items(db, order),
    )


def _items(db: sqlite3.Connection, order: str) -> tuple[Wanted, ...]:
    rows = db.execute("SELECT sku, unit, qty FROM pickup_items WHERE order_id = ? ORDER BY sku, unit", (order,))
    return tuple(Wanted(sku=sku, unit=unit, qty=qty) for sku, unit, qty in rows)
