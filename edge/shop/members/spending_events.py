"""What happens to points and stored value: they lie aside for an order, are spent with it, come back when goods come back.

Headquarters counts what was earned, spent, reversed and returned. What is only held is a matter of this box.
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar

from edge.shop.members.ledger import Purse, move
from sync.events import Event, EventClass

KEEP_SPENDINGS = 50_000
"""How many are remembered for a refund, as many as orders are."""

FORGET_EVERY = 50


class PurseEvent(Event, frozen=True, kw_only=True):
    """``member_ref`` and an order. ``business_day`` is the day on which it happened, not that of the order."""

    event_class: ClassVar[EventClass] = EventClass.ORDER
    till: str
    order: str
    business_day: str
    member_ref: str

    def subject(self) -> str:
        """The order, scoped by its till."""
        return f"{self.till}/{self.order}"

    def day(self) -> str:
        """The business day on which it happened."""
        return self.business_day


class _Hold(PurseEvent, frozen=True, kw_only=True):
    """``value_minor`` of the order shall be paid from the purse."""

    purse: ClassVar[Purse]
    value_minor: int

    def amount(self) -> int:
        """How much of the purse that is."""
        return self.value_minor

    def apply(self, db: sqlite3.Connection) -> None:
        """Lay it aside, in place of what lay aside for this order before."""
        number = db.execute(
            """
            INSERT INTO member_spendings (till, order_id, purse, member_ref, business_day, state, amount, value_minor)
            VALUES (?, ?, ?, ?, ?, 'held', ?, ?)
            ON CONFLICT (till, order_id, purse) DO UPDATE SET member_ref = excluded.member_ref,
                business_day = excluded.business_day, amount = excluded.amount, value_minor = excluded.value_minor
            """,
            (self.till, self.order, self.purse, self.member_ref, self.business_day, self.amount(), self.value_minor),
        ).lastrowid
        if number is not None and number % FORGET_EVERY == 0:
            db.execute("DELETE FROM member_spendings WHERE number <= ?", (number - KEEP_SPENDINGS,))


class _Release(PurseEvent, frozen=True, kw_only=True):
    """What lay aside is free again: the order was given up, or paid without it."""

    purse: ClassVar[Purse]
    value_minor: int

    def apply(self, db: sqlite3.Connection) -> None:
        """Nothing lies aside any more."""
        db.execute(
            "DELETE FROM member_spendings WHERE till = ? AND order_id = ? AND purse = ? AND state = 'held'",
            (self.till, self.order, self.purse),
        )


class _Spend(PurseEvent, frozen=True, kw_only=True):
    """What lay aside has paid ``value_minor`` of the order."""

    purse: ClassVar[Purse]
    value_minor: int

    def amount(self) -> int:
        """How much the purse has less."""
        return self.value_minor

    def apply(self, db: sqlite3.Connection) -> None:
        """It is gone."""
        db.execute(
            "UPDATE member_spendings SET state = 'spent' WHERE till = ? AND order_id = ? AND purse = ?",
            (self.till, self.order, self.purse),
        )
        move(db, self.member_ref, self.purse, -self.amount())


class _Return(PurseEvent, frozen=True, kw_only=True):
    """Goods came back, and with refund ``refund`` so much of what they were paid with."""

    purse: ClassVar[Purse]
    refund: str
    value_minor: int

    def amount(self) -> int:
        """How much the purse has more."""
        return self.value_minor

    def apply(self, db: sqlite3.Connection) -> None:
        """It is there again."""
        db.execute(
            """
            UPDATE member_spendings SET returned = returned + ?, returned_minor = returned_minor + ?
            WHERE till = ? AND order_id = ? AND purse = ?
            """,
            (self.amount(), self.value_minor, self.till, self.order, self.purse),
        )
        move(db, self.member_ref, self.purse, self.amount())


class PointsHeld(_Hold, frozen=True, kw_only=True):
    """``points`` lie aside to pay ``value_minor`` of the order."""

    type: ClassVar[str] = "storebox.points.held"
    purse: ClassVar[Purse] = "points"
    points: int

    def amount(self) -> int:
        """Points."""
        return self.points


class PointsReleased(_Release, frozen=True, kw_only=True):
    """``points`` that lay aside are free again."""

    type: ClassVar[str] = "storebox.points.released"
    purse: ClassVar[Purse] = "points"
    points: int


class PointsSpent(_Spend, frozen=True, kw_only=True):
    """``points`` have paid ``value_minor`` of the order."""

    type: ClassVar[str] = "storebox.points.spent"
    purse: ClassVar[Purse] = "points"
    points: int

    def amount(self) -> int:
        """Points."""
        return self.points


class PointsReturned(_Return, frozen=True, kw_only=True):
    """``points`` that had paid for goods that came back are the member's again."""

    type: ClassVar[str] = "storebox.points.returned"
    purse: ClassVar[Purse] = "points"
    points: int

    def amount(self) -> int:
        """Points."""
        return self.points


class BalanceHeld(_Hold, frozen=True, kw_only=True):
    """``value_minor`` of stored value lies aside for the order."""

    type: ClassVar[str] = "storebox.balance.held"
    purse: ClassVar[Purse] = "balance"
    currency: str


class BalanceReleased(_Release, frozen=True, kw_only=True):
    """``value_minor`` that lay aside is free again."""

    type: ClassVar[str] = "storebox.balance.released"
    purse: ClassVar[Purse] = "balance"
    currency: str


class BalanceSpent(_Spend, frozen=True, kw_only=True):
    """``value_minor`` of stored value has paid for the order."""

    type: ClassVar[str] = "storebox.balance.spent"
    purse: ClassVar[Purse] = "balance"
    currency: str


class BalanceReturned(_Return, frozen=True, kw_only=True):
    """``value_minor`` that had paid for goods that came back is the member's again."""

    type: ClassVar[str] = "storebox.balance.returned"
    purse: ClassVar[Purse] = "balance"
    currency: str


class PointsEarned(PurseEvent, frozen=True, kw_only=True):
    """``points`` for ``base_minor`` that was paid for goods that earn any, of goods for ``eligible_minor``.

    The lines ``excluded`` earn none. ``provisional``: the member is a pseudonym of this box.
    """

    type: ClassVar[str] = "storebox.points.earned"
    points: int
    base_minor: int
    eligible_minor: int
    excluded: tuple[int, ...]
    provisional: bool

    def apply(self, db: sqlite3.Connection) -> None:
        """The member has them, and a refund finds what they were for."""
        number = db.execute(
            """
            INSERT INTO member_earnings (till, order_id, member_ref, points, eligible_minor, excluded)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            (
                *(self.till, self.order, self.member_ref, self.points, self.eligible_minor),
                ",".join(map(str, self.excluded)),
            ),
        ).lastrowid
        move(db, self.member_ref, "points", self.points)
        if number is not None and number % FORGET_EVERY == 0:
            db.execute("DELETE FROM member_earnings WHERE number <= ?", (number - KEEP_SPENDINGS,))


class PointsReversed(PurseEvent, frozen=True, kw_only=True):
    """Goods came back with refund ``refund``: the ``points`` that were earned with them are taken back.

    ``refunded_minor`` is what came back with it of goods that earn points.
    """

    type: ClassVar[str] = "storebox.points.reversed"
    refund: str
    points: int
    refunded_minor: int

    def apply(self, db: sqlite3.Connection) -> None:
        """The member has them no more."""
        db.execute(
            """
            UPDATE member_earnings SET reversed = reversed + ?, refunded_minor = refunded_minor + ?
            WHERE till = ? AND order_id = ?
            """,
            (self.points, self.refunded_minor, self.till, self.order),
        )
        move(db, self.member_ref, "points", -self.points)
