"""What a member has: what headquarters' document says, and what this box has added or taken since headquarters counted last.

Each movement keeps the number of its event. A document says up to which event of this box its sums are (``as_of``), so nothing
counts twice and nothing is lost, whatever is on its way in between.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal

Purse = Literal["points", "balance"]
"""Points are counted in points, stored value in minor units."""


def move(db: sqlite3.Connection, member_ref: str | None, purse: Purse, amount: int) -> None:
    """Add ``amount`` (or take it, when negative) under the number of the event that is being applied; nobody's is not kept."""
    if member_ref is None or amount == 0:
        return
    db.execute(
        "INSERT INTO member_movements (sequence, member_ref, purse, amount) SELECT max(sequence), ?, ?, ? FROM events",
        (member_ref, purse, amount),
    )


def uncounted(db: sqlite3.Connection, member_ref: str, purse: Purse) -> int:
    """What this box has moved and headquarters has not counted."""
    (amount,) = db.execute(
        """
        SELECT coalesce(sum(amount), 0) FROM member_movements WHERE member_ref = ? AND purse = ?
            AND sequence > coalesce((SELECT as_of_sequence FROM member_cache), 0)
        """,
        (member_ref, purse),
    ).fetchone()
    return int(amount)


def held(db: sqlite3.Connection, member_ref: str, purse: Purse) -> int:
    """What lies aside for orders that are not paid yet."""
    (amount,) = db.execute(
        "SELECT coalesce(sum(amount), 0) FROM member_spendings WHERE member_ref = ? AND purse = ? AND state = 'held'",
        (member_ref, purse),
    ).fetchone()
    return int(amount)


def spent_on(db: sqlite3.Connection, member_ref: str, purse: Purse, business_day: str) -> int:
    """What the member has spent here on ``business_day`` or holds since then; what came back counts no more."""
    (amount,) = db.execute(
        """
        SELECT coalesce(sum(amount - returned), 0) FROM member_spendings
        WHERE member_ref = ? AND purse = ? AND business_day = ?
        """,
        (member_ref, purse, business_day),
    ).fetchone()
    return int(amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What points and stored value will pay of an open order, in minor units."""

    points_minor: int = 0
    balance_minor: int = 0


def held_for_order(db: sqlite3.Connection, till: str, order: str) -> Held:
    """What is held for an order that is not paid yet."""
    rows = db.execute(
        "SELECT purse, value_minor FROM member_spendings WHERE till = ? AND order_id = ? AND state = 'held'", (till, order)
    )
    by_purse = dict(rows.fetchall())
    return Held(points_minor=by_purse.get("points", 0), balance_minor=by_purse.get("balance", 0))
