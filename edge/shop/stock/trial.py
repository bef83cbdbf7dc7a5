"""How goods on trial do, per slot and day: picked up, put back, bought. A shop that tries new goods for three days asks that.

A shelf does not know why goods were laid down: as long as more was picked than came back or was bought, a put is a put-back;
any other is a filling. A sale is credited to the slot of the day with the most pieces in somebody's hands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop
from sync.events import Event, EventClass

AT_ONCE = 100
IN_HANDS = "picked - put_back - bought"


class TrialCounted(Event, frozen=True, kw_only=True):
    """The pieces of ``sku`` that were picked at ``place`` (shelf/slot), put back and bought on a day that is over.

    A day that is told in two parts, because the clock had been wrong, is the sum of both.
    """

    type: ClassVar[str] = "storebox.trial.counted"
    event_class: ClassVar[EventClass] = EventClass.ORDER  # one line a day: the whole trial hangs on it
    business_day: str
    sku: str
    place: str
    picked: int
    put_back: int
    bought: int

    def subject(self) -> str:
        """The SKU."""
        return self.sku

    def day(self) -> str:
        """The business day."""
        return self.business_day

    def apply(self, db: sqlite3.Connection) -> None:
        """The day is told."""
        db.execute(
            "DELETE FROM trial_counts WHERE business_day = ? AND sku = ? AND place = ?", (self.business_day, self.sku, self.place)
        )


def count_trial(db: sqlite3.Connection, *, sku: str, business_day: str, reason: str, qty: int, place: str) -> None:
    """Count one change of the stock if ``sku`` is on trial; ``place`` is the slot of a pick or a put."""
    if reason not in {"pick", "put", "sale"}:
        return
    if db.execute("SELECT 1 FROM stock_rules WHERE sku = ? AND trial", (sku,)).fetchone() is None:
        return
    if reason == "sale":
        place = _bought_at(db, sku, business_day)
    key = (business_day, sku, place)
    db.execute("INSERT INTO trial_counts (business_day, sku, place) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", key)
    change = {"pick": "picked = picked - ?", "put": f"put_back = put_back + max(0, min(?, {IN_HANDS}))"}
    counted = change.get(reason, "bought = bought - ?")
    db.execute(f"UPDATE trial_counts SET {counted} WHERE business_day = ? AND sku = ? AND place = ?", (qty, *key))  # noqa: S608


def _bought_at(db: sqlite3.Connection, sku: str, business_day: str) -> str:
    row = db.execute(
        f"SELECT place FROM trial_counts WHERE business_day = ? AND sku = ? ORDER BY {IN_HANDS} DESC, place LIMIT 1",  # noqa: S608
        (business_day, sku),
    ).fetchone()
    return str(row[0]) if row else ""


def is_over(db: sqlite3.Connection, at: datetime, shop: Shop) -> bool:
    """Whether a day with counts is over."""
    return db.execute("SELECT 1 FROM trial_counts WHERE business_day < ? LIMIT 1", (shop.day(at),)).fetchone() is not None


def tell_trials(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """Some of the counts of days that are over."""
    rows = db.execute(
        """
        SELECT business_day, sku, place, picked, put_back, bought FROM trial_counts WHERE business_day < ?
        ORDER BY business_day, sku, place LIMIT ?
        """,
        (shop.day(moment.at), AT_ONCE),
    ).fetchall()
    for day, sku, place, picked, put_back, bought in rows:
        yield TrialCounted(business_day=day, sku=sku, place=place, picked=picked, put_back=put_back, bought=bought)


TRIALS = Timer(name="trials", is_due=is_over, decide=tell_trials)
