"""Headquarters counts late, the box sells on, documents come in between: what a member has is always the same sum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.shop.members.member import find_member
from edge.shop.members.points import spend_points
from edge.shop.members.stored_value import pay_from_balance
from edge.shop.orders.refunds import refund
from tests.shop.members.conftest import BOX, Headquarters, member

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

GAINS = {"storebox.points.earned": ("points", 1), "storebox.points.returned": ("points", 1)}
LOSSES = {"storebox.points.reversed": ("points", -1), "storebox.points.spent": ("points", -1)}
MONEY = {"storebox.balance.spent": ("value_minor", -1), "storebox.balance.returned": ("value_minor", 1)}
RULES: dict[str, Any] = {
    "points": {
        "rate": {"points": 7, "per_minor": 100},
        "unit": 10,
        "unit_minor": 10,
        "offline_cap": {"per_order": 200, "per_day": 10_000},
    },
    "balance": {"offline_cap": {"per_order": 100, "per_day": 10_000}},
}


@dataclass
class Books:
    """The sums of headquarters: all events of the box up to the number it has heard of, and what other stores did."""

    floor: Floor
    elsewhere: int = 0

    def sums(self, upto: int) -> tuple[int, int]:
        """Points and stored value, counted from the events alone."""
        points, balance = 1_000 + self.elsewhere, 1_000
        for type_, data in self.floor.db.execute("SELECT type, data FROM events WHERE sequence <= ?", (upto,)):
            field, sign = (GAINS | LOSSES | MONEY).get(type_, ("", 0))
            amount = sign * msgspec.json.decode(data).get(field, 0)
            points += 0 if type_ in MONEY else amount
            balance += amount if type_ in MONEY else 0
        return points, balance

    def told(self) -> int:
        """The number of the newest event."""
        return int(self.floor.db.execute("SELECT coalesce(max(sequence), 0) FROM events").fetchone()[0])


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), st.integers(0, 20), st.integers(0, 100)),
        st.tuples(st.just("refund"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("publish"), st.integers(0, 100), st.integers(-50, 50)),
    ),
    max_size=12,
)


@settings(max_examples=25)
@given(steps=STEPS)
def test_nothing_counts_twice_and_nothing_is_lost(fresh_floor: Callable[[], Floor], steps: list[tuple[str, int, int]]) -> None:
    floor = fresh_floor()
    floor.shop = replace(floor.shop, box=BOX)
    hq, books, till = Headquarters(floor, rules=RULES), Books(floor), floor.till()
    hq.publish(member(1, points=1_000, balance_minor=1_000))
    counted, sold = 0, 0
    for kind, first, second in steps:
        if kind == "sell":
            order = f"o{sold}"
            sold += 1
            till.choose("milk", 1, order)
            till.show_member("77001", order)
            known = find_member(floor.db, "m-1")
            assert known is not None
            points = min(first * 10, max(0, known.points) // 10 * 10)
            balance = min(second, known.balance_minor)
            floor.ask(spend_points("till-1", order, points))
            floor.ask(pay_from_balance("till-1", order, balance))
            till.pay(650 - points - balance, order)
        elif kind == "refund" and first < sold:
            if floor.db.execute("SELECT refunded FROM orders WHERE order_id = ?", (f"o{first}",)).fetchone() == (0,):
                floor.ask(refund("till-1", f"o{first}", None, reason="", by="anna"))
        elif kind == "publish":
            counted = max(counted, books.told() * first // 100)
            books.elsewhere += second
            points, balance = books.sums(counted)
            hq.publish(member(1, points=points, balance_minor=balance), as_of={BOX: counted})
        known = find_member(floor.db, "m-1")
        assert known is not None
        assert (known.points, known.balance_minor) == books.sums(books.told())
