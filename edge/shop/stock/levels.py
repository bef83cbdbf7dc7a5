"""How much of each product the store has, as one stream of changes, numbered per product without a gap.

Three accounts, which say different things and are never added up:

    physical   what the store owns in the building, by the books: deliveries, transfers, sales, refunds, gifts, counts,
               damage, pickup orders handed over
    shelf      what lies in the sensed slots: picks and puts. It is what the shelves say, not an account: it may fall below
               nothing, and that is a signal that a filling was not seen
    reserved   what is promised to pickup orders, out of the physical stock

Goods that a shopper picks and pays leave the shelf when they are picked and the books when they are paid: each account counts
them once, whichever of the two the store can see. Goods that are only counted by weight are counted in grams, apart from pieces.
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

from edge.shop.stock.trial import count_trial
from sync.events import Event, EventClass

Account = Literal["physical", "shelf", "reserved"]
Unit = Literal["piece", "g"]
Reason = Literal[
    "pick",
    "put",
    "sale",
    "refund",
    "gift",
    "delivery",
    "damage",
    "count",
    "transfer-in",
    "transfer-out",
    "pickup-reserved",
    "pickup-released",
    "pickup-handed",
    "pickup-returned",
]

COLUMNS: dict[tuple[Account, Unit], str] = {
    ("shelf", "piece"): "qty",
    ("physical", "piece"): "physical",
    ("physical", "g"): "physical_g",
    ("reserved", "piece"): "reserved",
    ("reserved", "g"): "reserved_g",
}
"""Slots are sensed by the piece only."""

READ = {column: f"SELECT {column}, seq FROM stock WHERE sku = ?" for column in COLUMNS.values()}  # noqa: S608 - our own names
WRITE = {
    column: f"INSERT INTO stock (sku, seq, {columns}) VALUES (?1, ?2, {levels}) "  # noqa: S608 - our own names
    f"ON CONFLICT (sku) DO UPDATE SET seq = ?2, {column} = ?3"
    for column in COLUMNS.values()
    for columns, levels in [("qty", "?3") if column == "qty" else (f"qty, {column}", "0, ?3")]
}

ACCOUNT: dict[Reason, Account] = {
    "pick": "shelf",
    "put": "shelf",
    "sale": "physical",
    "refund": "physical",
    "gift": "physical",
    "delivery": "physical",
    "damage": "physical",
    "count": "physical",
    "transfer-in": "physical",
    "transfer-out": "physical",
    "pickup-reserved": "reserved",
    "pickup-released": "reserved",
    "pickup-handed": "physical",
    "pickup-returned": "physical",
}


class StockChanged(Event, frozen=True, kw_only=True):
    """``qty`` of ``unit`` came (or went, when negative), which makes ``level`` of the account; ``seq`` counts from 1 per SKU.

    ``cause`` is what brought it: a slot, an order, a transfer, a pickup order, a count. ``business_day`` is the day it counts to.
    """

    type: ClassVar[str] = "storebox.stock.changed"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    sku: str
    qty: int
    reason: Reason
    level: int
    seq: int
    account: Account = "shelf"
    unit: Unit = "piece"
    cause: str = ""
    business_day: str | None = None

    def subject(self) -> str:
        """The SKU."""
        return self.sku

    def day(self) -> str | None:
        """The business day, where the change belongs to one."""
        return self.business_day

    def apply(self, db: sqlite3.Connection) -> None:
        """Write the new level down, and count it if the product is on trial."""
        db.execute(WRITE[COLUMNS[self.account, self.unit]], (self.sku, self.seq, self.level))
        if self.business_day is not None and self.unit == "piece":
            day, place = self.business_day, self.cause
            count_trial(db, sku=self.sku, business_day=day, reason=self.reason, qty=self.qty, place=place)


def change_stock(
    db: sqlite3.Connection,
    sku: str,
    qty: int,
    reason: Reason,
    *,
    unit: Unit = "piece",
    cause: str = "",
    business_day: str | None = None,
) -> StockChanged:
    """The next change of ``sku``, in the account of ``reason``. The one before it must be applied."""
    account = ACCOUNT[reason]
    level, seq = db.execute(READ[COLUMNS[account, unit]], (sku,)).fetchone() or (0, 0)
    return StockChanged(
        sku=sku,
        qty=qty,
        reason=reason,
        level=level + qty,
        seq=seq + 1,
        account=account,
        unit=unit,
        cause=cause,
        business_day=business_day,
    )
