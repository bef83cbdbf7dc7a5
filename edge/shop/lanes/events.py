"""What happens at a self-checkout lane beside its order and its payment: a shopper begins, an attendant is called.

The lane is its own till: its orders are kept under its name and numbered by it.
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

import msgspec

from sync.events import Event, EventClass

Call = Literal["help", "age", "bags", "payment", "idle"]
"""Why an attendant is called: the shopper asked · somebody must be an adult · the bags weigh otherwise · a payment is unclear ·
the order has been open for long, and perhaps the shopper has gone."""

Verdict = Literal["released", "refused", "paid", "unpaid"]
"""What the attendant says: it is right · it is not · the terminal's own journal has the payment · it does not have it."""


class LaneEvent(Event, frozen=True, kw_only=True):
    """``order`` is the one on the lane's screen, empty between two shoppers."""

    event_class: ClassVar[EventClass] = EventClass.ORDER
    lane: str
    order: str

    def subject(self) -> str:
        """The lane, and its order if it has one."""
        return f"{self.lane}/{self.order}" if self.order else self.lane


class LaneBegun(LaneEvent, frozen=True, kw_only=True):
    """A shopper began; ``bag_grams`` lay on the scale under the bags before."""

    type: ClassVar[str] = "storebox.lane.begun"
    bag_grams: int

    def apply(self, db: sqlite3.Connection) -> None:
        """Clear the lane for its new order."""
        db.execute(
            """
            INSERT INTO lanes (lane, orders, order_id, base_grams) VALUES (?1, 1, ?2, ?3)
            ON CONFLICT DO UPDATE SET orders = orders + 1, order_id = ?2, base_grams = ?3, age = '', missed = 0,
                called = CASE called WHEN 'help' THEN 'help' ELSE '' END, billed_minor = NULL, billed_at = NULL,
                totalled = 0, attempts = 0, payer = '', payment = '', tender = 'card', shown_ms = NULL
            """,
            (self.lane, self.order, self.bag_grams),
        )


class LaneCalled(LaneEvent, frozen=True, kw_only=True):
    """An attendant is wanted. ``detail`` is what the terminal said of a payment."""

    type: ClassVar[str] = "storebox.lane.called"
    reason: Call
    detail: str = ""

    def apply(self, db: sqlite3.Connection) -> None:
        """The lane waits."""
        db.execute(
            """
            INSERT INTO lanes (lane, orders, order_id, called) VALUES (?1, 0, '', ?2)
            ON CONFLICT DO UPDATE SET called = ?2, age = CASE ?2 WHEN 'age' THEN 'asked' ELSE age END,
                missed = missed OR ?2 = 'idle'
            """,
            (self.lane, self.reason),
        )


class LaneAttended(LaneEvent, frozen=True, kw_only=True):
    """``by`` came and said ``verdict``. Released bags weigh right from now on, with ``base_grams`` that are not on the order."""

    type: ClassVar[str] = "storebox.lane.attended"
    reason: Call
    verdict: Verdict
    by: str
    base_grams: int

    def apply(self, db: sqlite3.Connection) -> None:
        """The lane goes on."""
        db.execute("UPDATE lanes SET called = '', base_grams = ? WHERE lane = ?", (self.base_grams, self.lane))
        if self.reason == "age":
            age = "confirmed" if self.verdict == "released" else ""
            db.execute("UPDATE lanes SET age = ? WHERE lane = ?", (age, self.lane))


class LaneDeclined(LaneEvent, frozen=True, kw_only=True):
    """The lane said no to what was ``asked``, in the words of ``key`` and ``facts``. Nothing personal in them."""

    type: ClassVar[str] = "storebox.lane.declined"
    event_class: ClassVar[EventClass] = EventClass.TELEMETRY  # a scanner that scans for ever must not fill the order class
    asked: str
    key: str
    facts: dict[str, str]
    reason: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Put it on the screen."""
        put_up(db, self.lane, self.key, self.facts)


class BagsWeighed(Event, frozen=True, kw_only=True):
    """What lies on the scale under the bags of a lane came to rest at ``grams``."""

    type: ClassVar[str] = "storebox.bags.weighed"
    event_class: ClassVar[EventClass] = EventClass.TELEMETRY
    lane: str
    scale: str
    grams: int

    def subject(self) -> str:
        """The lane."""
        return self.lane

    def apply(self, db: sqlite3.Connection) -> None:
        """Remember it."""
        db.execute("INSERT OR REPLACE INTO lane_bags (scale, grams) VALUES (?, ?)", (self.scale, self.grams))


def put_up(db: sqlite3.Connection, lane: str, key: str, facts: dict[str, str]) -> None:
    """The lane's newest notice; a screen shows it when its number grew."""
    db.execute(
        """
        INSERT INTO lane_notices (lane, number, key, facts) VALUES (?1, 1, ?2, ?3)
        ON CONFLICT DO UPDATE SET number = number + 1, key = ?2, facts = ?3
        """,
        (lane, key, msgspec.json.encode(facts).decode()),
    )
