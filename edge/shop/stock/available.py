"""What of the stock may still be promised to somebody: the one place where that is computed.

    available = physical - reserved - safety - event, and nothing at all while the product is stopped

``safety`` is kept back for the shop floor, ``event`` for a campaign of headquarters; a product is stopped while every sensed slot
of it is empty, unless headquarters says that it has a back room.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from edge.shop.stock.levels import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one product stands, in pieces or grams. ``shelf`` counts pieces in sensed slots; ``seq`` is that of the last change."""

    sku: str
    unit: Unit
    physical: int
    shelf: int
    reserved: int
    safety: int
    event: int
    stopped: bool
    seq: int

    @property
    def available(self) -> int:
        """What a pickup order may still reserve; below nothing where too much was promised already."""
        left = self.physical - self.reserved - self.safety - self.event
        return min(left, 0) if self.stopped else left


def available(db: sqlite3.Connection, sku: str, unit: Unit = "piece") -> int:
    """Pieces of ``sku``, or grams, that may still be promised."""
    return standing(db, sku, unit).available


def physical(db: sqlite3.Connection, sku: str, unit: Unit = "piece") -> int:
    """Pieces of ``sku``, or grams, that the store owns by the books."""
    return standing(db, sku, unit).physical


def standing(db: sqlite3.Connection, sku: str, unit: Unit = "piece") -> Standing:
    """How ``sku`` stands; all nothing if it was never heard of."""
    grams = "_g" if unit == "g" else ""
    row = db.execute(
        f"""
        SELECT coalesce(physical{grams}, 0), coalesce(qty, 0), coalesce(reserved{grams}, 0), coalesce(safety{grams}, 0),
            coalesce(event{grams}, 0), stock_stops.sku IS NOT NULL, coalesce(seq, 0)
        FROM (SELECT ? AS sku) LEFT JOIN stock USING (sku) LEFT JOIN stock_rules USING (sku) LEFT JOIN stock_stops USING (sku)
        """,  # noqa: S608 - the names are our own
        (sku,),
    ).fetchone()
    owned, shelf, reserved, safety, event, stopped, seq = row
    return Standing(
        sku=sku,
        unit=unit,
        physical=owned,
        shelf=0 if grams else shelf,
        reserved=reserved,
        safety=safety,
        event=event,
        stopped=bool(stopped),
        seq=seq,
    )


def standings(db: sqlite3.Connection, after: str, limit: int) -> list[Standing]:
    """The products with an account, by SKU behind ``after``; one that is counted by weight stands in grams as well."""
    rows = db.execute(
        """
        SELECT sku, qty != 0 OR physical != 0 OR reserved != 0 OR (physical_g = 0 AND reserved_g = 0),
            physical_g != 0 OR reserved_g != 0
        FROM stock WHERE sku > ? ORDER BY sku LIMIT ?
        """,
        (after, limit),
    )
    units: tuple[Unit, Unit] = ("piece", "g")
    return [standing(db, sku, unit) for sku, *has in rows.fetchall() for unit, there in zip(units, has, strict=True) if there]
