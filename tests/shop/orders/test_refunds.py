"""What comes back of an order: never more than was paid, never twice, and piece by piece the same as at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.readings import OrderRefunded as ReadOrderRefunded
from edge.shop.declined import Declined
from edge.shop.moment import Moment
from edge.shop.orders.closing import hand_over, paid
from edge.shop.orders.closing_events import LineReduced, OrderCompleted, OrderRefunded, RefundedLine
from edge.shop.orders.due import Due
from edge.shop.orders.order import find_order, known_order, sold_lines
from edge.shop.orders.refunds import Returned, refund
from edge.shop.shop import Shop

if TYPE_CHECKING:
    import sqlite3

    from tests.shop.conftest import Floor, Till

MILK = "6901234567892"


def give_back(floor: Floor, *returned: Returned, order: str = "17", name: str | None = None) -> OrderRefunded:
    """The refund itself; what follows from it is told elsewhere."""
    decision = refund("till-1", order, returned or None, reason="broken", by="ann", name=name)
    refunded, *_ = floor.ask(decision)
    assert isinstance(refunded, OrderRefunded)
    return refunded


def refusal(ask: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(Declined) as declined:
        ask()
    return declined.value.key, str(declined.value)


@pytest.fixture
def sold(till: Till) -> Till:
    """Three cartons of milk, paid."""
    till.choose(MILK, 3)
    till.pay(1_950)
    return till


def test_a_paid_order_is_complete_at_once(db: sqlite3.Connection, till: Till) -> None:
    till.choose(MILK, 1)
    assert OrderCompleted(till="till-1", order="17", business_day="2026-03-01") in till.pay(650)
    assert known_order(db, "till-1", "17").stage == "completed"


def test_the_whole_order_comes_back_with_all_that_was_paid(floor: Floor, db: sqlite3.Connection, sold: Till) -> None:
    assert give_back(floor, name="r-1") == OrderRefunded(
        till="till-1",
        order="17",
        business_day="2026-03-01",
        refund="r-1",
        lines=(RefundedLine(line=1, sku="milk", qty=3, grams=None, amount_minor=1_950),),
        amount_minor=1_950,
        currency="CNY",
        tender="cash",
        whole=True,
        reason="broken",
        by="ann",
    )
    assert known_order(db, "till-1", "17").stage == "refunded"


def test_some_pieces_come_back_and_then_the_rest(floor: Floor, db: sqlite3.Connection, sold: Till) -> None:
    first = give_back(floor, Returned(line=1, qty=1))
    assert (first.amount_minor, first.whole) == (650, False)
    assert known_order(db, "till-1", "17").stage == "completed"
    rest = give_back(floor)
    assert (rest.amount_minor, rest.lines[0].qty, rest.whole) == (1_300, 2, True)


def test_weighed_goods_come_back_by_weight(floor: Floor, till: Till) -> None:
    till.choose("banana")
    scale = floor.scale()
    scale.settle(0)
    scale.settle(1_234)
    till.pay(985)
    back = give_back(floor, Returned(line=1, grams=617))
    assert (back.lines[0].qty, back.lines[0].grams, back.amount_minor) == (None, 617, 493)


def test_what_cannot_be_given_back_is_refused_with_what_to_do(floor: Floor, till: Till) -> None:
    till.choose(MILK, 3)
    assert refusal(lambda: give_back(floor)) == (
        "refund-unpaid",
        "order 17 of till-1 is open: only what was paid can be given back",
    )
    till.pay(1_950)
    assert refusal(lambda: give_back(floor, order="99"))[0] == "unknown-order"
    assert refusal(lambda: give_back(floor, Returned(line=2))) == (
        "refund-no-line",
        "order 17 of till-1 sold nothing on line 2: look at its lines",
    )
    for too_much in (Returned(line=1, qty=4), Returned(line=1, qty=0), Returned(line=1, qty=-1)):
        assert refusal(lambda wanted=too_much: give_back(floor, wanted)) == (  # type: ignore[misc]
            "refund-too-much",
            f"of line 1 of order 17 of till-1 3 of 3 are left to give back, not {too_much.qty}",
        )
    assert refusal(lambda: give_back(floor, Returned(line=1, qty=2), Returned(line=1, qty=2)))[0] == "refund-too-much"
    assert refusal(lambda: give_back(floor, Returned(line=1, grams=5))) == (
        "refund-unit",
        "line 1 of order 17 of till-1 was sold by pieces: say how many pieces",
    )
    give_back(floor, Returned(line=1, qty=1), name="r-1")
    assert refusal(lambda: give_back(floor, Returned(line=1, qty=1), name="r-1")) == (
        "refund-twice",
        "refund r-1 of order 17 of till-1 was given before: look at the order",
    )
    give_back(floor)
    assert refusal(lambda: give_back(floor)) == ("refund-nothing-left", "nothing of order 17 of till-1 is left to give back")


def test_a_till_gives_back_what_it_sold(floor: Floor, sold: Till) -> None:
    stamp, report = floor.stamp("till-1"), floor.report()
    refunded, *_ = floor.hear(ReadOrderRefunded(**stamp, report=report, order="17", reason="broken", line=1, qty=1))
    assert isinstance(refunded, OrderRefunded)
    assert (refunded.amount_minor, refunded.by, refunded.refund, refunded.whole) == (650, "till-1", report.id, False)
    (rest, *_) = floor.hear(ReadOrderRefunded(**stamp, report=floor.report(), order="17", reason="broken"))
    assert isinstance(rest, OrderRefunded)
    assert (rest.amount_minor, rest.whole) == (1_300, True)


def test_only_a_paid_order_is_handed_over(floor: Floor, till: Till) -> None:
    till.choose(MILK, 1)
    assert refusal(lambda: tuple(hand_over("till-1", "17", floor.db))) == (
        "not-to-hand-over",
        "order 17 of till-1 is open: only a paid order is handed over",
    )


@st.composite
def baskets(draw: st.DrawFn) -> dict[str, Any]:
    """Lines with their reductions, how they were paid, and in which portions they come back."""
    pieces = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 100)), min_size=1, max_size=4))
    totals = [650 * qty for qty, _ in pieces]
    reduced = [total * percent // 100 for total, (_, percent) in zip(totals, pieces, strict=True)]
    due = sum(totals) - sum(reduced)
    points = draw(st.integers(0, due))
    balance = draw(st.integers(0, due - points))
    return {
        "qty": [qty for qty, _ in pieces],
        "reduced": reduced,
        "points": points,
        "balance": balance,
        "difference": draw(st.sampled_from([0, 0, 0, -7, 250])),
        "order": draw(st.permutations([line for line, (qty, _) in enumerate(pieces, 1) for _ in range(qty)])),
    }


def _paid_at(floor: Floor, basket: dict[str, Any]) -> int:
    """Sell the basket at till-1 and say how much was paid for it, by whatever means."""
    till = floor.till()
    for qty in basket["qty"]:
        till.choose(MILK, qty)
    total, reduced = 650 * sum(basket["qty"]), sum(basket["reduced"])
    due = Due(
        total_minor=total,
        reduced_minor=reduced,
        reduced_lines=tuple(LineReduced(line=line, amount_minor=minor) for line, minor in enumerate(basket["reduced"], 1)),
        points_minor=basket["points"],
        balance_minor=basket["balance"],
    )
    amount = max(0, due.due_minor + basket["difference"])

    def pay(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Any:
        order = find_order(db, "till-1", "17")
        assert order is not None
        return (paid(order, due, amount_minor=amount, tender="card", at=moment.at),)

    floor.ask(pay)
    return int(amount + due.points_minor + due.balance_minor)


@settings(deadline=None, max_examples=30)
@given(basket=baskets())
def test_piece_by_piece_comes_back_what_was_paid_to_the_last_minor_unit(
    fresh_floor: Callable[[], Floor], basket: dict[str, Any]
) -> None:
    floor = fresh_floor()
    value = _paid_at(floor, basket)
    assert sum(line.reduced_minor for line in sold_lines(floor.db, "till-1", "17")) == sum(basket["reduced"])
    refunds = [give_back(floor, Returned(line=line, qty=1)) for line in basket["order"]]
    assert all(each.amount_minor >= 0 for each in refunds)
    assert sum(each.amount_minor for each in refunds) == value
    assert sum(each.points_minor for each in refunds) == basket["points"]
    assert sum(each.balance_minor for each in refunds) == basket["balance"]
    assert [each.whole for each in refunds] == [*[False] * (len(refunds) - 1), True]
