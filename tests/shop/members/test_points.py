"""Points are earned with every paid order, taken back when goods come back, and spent up to the cap without the internet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.counter_readings import OrderReported, SoldLine
from edge.shop.declined import Declined
from edge.shop.members.ledger import Held, held_for_order
from edge.shop.members.member import find_member
from edge.shop.members.overdue import OVERDUE
from edge.shop.members.points import reversal, spend_points
from edge.shop.members.spending_events import (
    PointsEarned,
    PointsHeld,
    PointsReleased,
    PointsReturned,
    PointsReversed,
    PointsSpent,
)
from edge.shop.members.stored_value import pay_from_balance
from edge.shop.orders.refunds import Returned, refund
from tests.shop.conftest import AT
from tests.shop.members.conftest import BOX, Headquarters, member

if TYPE_CHECKING:
    from sync.events import Event
    from tests.shop.conftest import Floor, Till

RULES: dict[str, Any] = {
    "points": {
        "rate": {"points": 1, "per_minor": 100},
        "rates": {"gold": {"points": 3, "per_minor": 200}},
        "excluded": ["gift-card"],
        "unit": 100,
        "unit_minor": 100,
        "offline_cap": {"per_order": 500, "per_day": 700},
    },
    "balance": {"offline_cap": {"per_order": 2_000, "per_day": 3_000}},
}
GOODS = {
    "currency": "CNY",
    "items": [
        {"sku": "milk", "names": {"en": "Milk"}, "price_minor": 650, "unit": "piece", "category": "dairy"},
        {"sku": "card", "names": {"zh": "礼品卡"}, "price_minor": 10_000, "unit": "piece", "category": "gift-card"},
        {"sku": "gum", "names": {"en": "Gum"}, "price_minor": 99, "unit": "piece"},
    ],
}


@pytest.fixture
def till(floor: Floor, hq: Headquarters) -> Till:
    """A till of a shop that has 1 000 points of a silver and 1 000 of a golden member."""
    floor.adopt(version=2, body=GOODS)
    hq.rules = RULES
    hq.publish(member(1, tier="silver", points=1_000, balance_minor=5_000), member(2, tier="gold", points=1_000))
    return floor.till()


def only(events: tuple[Event, ...], kind: type[Event]) -> Any:
    (found,) = [event for event in events if type(event) is kind]
    return found


def points_of(till: Till, ref: str = "m-1") -> int:
    known = find_member(till.floor.db, ref)
    assert known is not None
    return known.points


def buy(till: Till, *goods: tuple[str, int], member_code: str | None = "77001", order: str = "17") -> None:
    for sku, qty in goods:
        till.choose(sku, qty, order)
    if member_code is not None:
        till.show_member(member_code, order)


def declined(till: Till, points: int, order: str = "17") -> tuple[str, str, Mapping[str, object]]:
    with pytest.raises(Declined) as refused:
        till.floor.ask(spend_points("till-1", order, points))
    return refused.value.key, str(refused.value), refused.value.facts


@pytest.mark.parametrize(("code", "ref", "points"), [("77001", "m-1", 6), ("77002", "m-2", 9)])
def test_a_paid_order_earns_by_tier_rounded_down(till: Till, code: str, ref: str, points: int) -> None:
    buy(till, ("milk", 1), member_code=code)
    earned = only(till.pay(650), PointsEarned)
    assert (earned.member_ref, earned.points, earned.base_minor, earned.provisional) == (ref, points, 650, False)
    assert points_of(till, ref) == 1_000 + points


def test_excluded_goods_earn_nothing(till: Till) -> None:
    buy(till, ("milk", 2), ("card", 1), ("gum", 1))
    earned = only(till.pay(11_399), PointsEarned)
    assert (earned.base_minor, earned.points, earned.eligible_minor, earned.excluded) == (1_399, 13, 1_399, (2,))


def test_a_reduction_of_excluded_goods_costs_no_points(till: Till) -> None:
    buy(till, ("milk", 2), ("card", 1), member_code=None)
    till.pay(11_300)
    db = till.floor.db
    db.execute("UPDATE order_lines SET reduced_minor = 1000 WHERE line = 2")
    db.execute("UPDATE orders SET reduced_minor = 1000, paid_minor = 10300")
    assert only(till.show_member("77001"), PointsEarned).base_minor == 1_300


def test_only_excluded_goods_earn_no_event(till: Till) -> None:
    buy(till, ("card", 1))
    assert not [event for event in till.pay(10_000) if isinstance(event, PointsEarned)]


def test_a_stranger_earns_too_for_headquarters_to_count(till: Till) -> None:
    buy(till, ("milk", 1), member_code="13899999999")
    earned = only(till.pay(650), PointsEarned)
    assert (earned.points, earned.provisional) == (6, True)


def test_nobody_earns_nothing(till: Till) -> None:
    buy(till, ("milk", 1), member_code=None)
    assert not [event for event in till.pay(650) if isinstance(event, PointsEarned)]


def test_a_member_shown_after_paying_earns_late_and_once(till: Till) -> None:
    buy(till, ("milk", 1), member_code=None)
    till.pay(650)
    assert only(till.show_member("77001"), PointsEarned).points == 6
    assert [type(event).__name__ for event in till.show_member("77002")] == ["MemberIdentified"]
    assert (points_of(till), points_of(till, "m-2")) == (1_006, 1_000)


def test_without_rules_nothing_is_earned_or_spent(till: Till, hq: Headquarters) -> None:
    hq.rules = {}
    hq.publish(member(1, points=1_000))
    buy(till, ("milk", 1))
    assert declined(till, 100)[:2] == (
        "points-none-spendable",
        "headquarters lets no points be spent here: pay another way",
    )
    assert not [event for event in till.pay(650) if isinstance(event, PointsEarned)]


def test_points_lie_aside_and_are_spent_with_the_payment(till: Till) -> None:
    buy(till, ("milk", 1))
    (held,) = till.floor.ask(spend_points("till-1", "17", 300))
    assert isinstance(held, PointsHeld)
    assert (held.points, held.value_minor, held.member_ref) == (300, 300, "m-1")
    assert held_for_order(till.floor.db, "till-1", "17") == Held(points_minor=300)
    paid = till.pay(350)
    assert only(paid, PointsSpent).points == 300
    assert only(paid, PointsEarned).points == 3, "what points have paid earns none"
    assert points_of(till) == 1_000 - 300 + 3


def test_another_choice_replaces_the_first_and_none_takes_it_back(till: Till) -> None:
    buy(till, ("milk", 1))
    till.floor.ask(spend_points("till-1", "17", 300))
    till.floor.ask(spend_points("till-1", "17", 500))
    assert held_for_order(till.floor.db, "till-1", "17") == Held(points_minor=500)
    (released,) = till.floor.ask(spend_points("till-1", "17", 0))
    assert isinstance(released, PointsReleased)
    assert released.points == 500
    assert till.floor.ask(spend_points("till-1", "17", 0)) == ()
    assert held_for_order(till.floor.db, "till-1", "17") == Held()


def release_by_void(till: Till) -> tuple[Event, ...]:
    return till.void()


def release_by_full_payment(till: Till) -> tuple[Event, ...]:
    return till.pay(1_300)


def release_by_another_member(till: Till) -> tuple[Event, ...]:
    return till.show_member("77002")


def release_by_fewer_goods(till: Till) -> tuple[Event, ...]:
    till.remove(1)
    return till.remove(2)


@pytest.mark.parametrize("release", [release_by_void, release_by_full_payment, release_by_another_member, release_by_fewer_goods])
def test_what_is_not_spent_is_free_again(till: Till, release: Callable[[Till], tuple[Event, ...]]) -> None:
    buy(till, ("milk", 1), ("milk", 1))
    till.floor.ask(spend_points("till-1", "17", 500))
    released = only(release(till), PointsReleased)
    assert (released.points, released.value_minor, released.member_ref) == (500, 500, "m-1")
    assert held_for_order(till.floor.db, "till-1", "17") == Held()
    assert points_of(till) >= 1_000


def test_a_spending_is_refused_with_what_is_left(till: Till, hq: Headquarters) -> None:
    buy(till, ("milk", 1), member_code=None)
    assert declined(till, 100)[:2] == ("no-member", "order 17 of till-1 has no member: show the member code first")
    till.show_member("99999")
    assert declined(till, 100)[:2] == (
        "member-unverified",
        "headquarters has not told this box of the member: nothing can be spent here yet",
    )
    till.show_member("13800000001")
    assert declined(till, 100)[:2] == (
        "member-show-code",
        "to spend, the member shows the code or the card; this way of naming is not enough",
    )
    till.show_member("77001")
    for points in (-100, 150):
        assert declined(till, points) == (
            "points-not-in-units",
            "points are spent by 100: choose 0, 100, 200 …",
            {"unit": 100},
        )
    assert declined(till, 600) == (
        "points-over-order-cap",
        "500 points can be spent, not 600: more is not allowed on one order without headquarters",
        {"left": 500},
    )
    hq.publish(member(1, points=250))
    assert declined(till, 300) == ("points-short", "200 points can be spent, not 300: the member has no more", {"left": 200})


def test_no_more_is_spent_than_is_due(till: Till) -> None:
    buy(till, ("gum", 4))
    assert declined(till, 400) == ("points-over-due", "300 points can be spent, not 400: the order costs no more", {"left": 300})


def test_a_day_has_its_own_cap_on_all_orders_together(till: Till) -> None:
    buy(till, ("milk", 1))
    till.floor.ask(spend_points("till-1", "17", 500))
    till.pay(150)
    buy(till, ("milk", 1), order="18")
    assert declined(till, 300, "18") == (
        "points-over-day-cap",
        "200 points can be spent, not 300: more is not allowed on one day without headquarters",
        {"left": 200},
    )
    till.floor.ask(refund("till-1", "17", None, reason="sour", by="anna"))
    till.floor.ask(spend_points("till-1", "18", 300))


def test_what_lies_aside_overnight_is_free_in_the_morning(till: Till) -> None:
    for order in ("17", "18"):
        buy(till, ("milk", 1), order=order)
        till.floor.ask(spend_points("till-1", order, 200))
    assert till.floor.tick(OVERDUE, AT + timedelta(hours=9)) == (), "three at night is still today"
    released = till.floor.tick(OVERDUE, AT + timedelta(hours=11))
    assert [type(event) for event in released] == [PointsReleased, PointsReleased]
    assert held_for_order(till.floor.db, "till-1", "17") == Held()
    assert till.floor.tick(OVERDUE, AT + timedelta(hours=11)) == ()


def test_what_lies_aside_elsewhere_is_not_there_twice(till: Till, hq: Headquarters) -> None:
    hq.publish(member(1, points=500))
    buy(till, ("milk", 1))
    buy(till, ("milk", 1), order="18")
    till.floor.ask(spend_points("till-1", "17", 400))
    assert declined(till, 200, "18")[0] == "points-short"
    till.floor.ask(spend_points("till-1", "18", 100))


def test_a_whole_refund_makes_everything_as_before(till: Till) -> None:
    buy(till, ("milk", 2))
    till.floor.ask(spend_points("till-1", "17", 500))
    till.floor.ask(pay_from_balance("till-1", "17", 300))
    till.pay(500)
    assert points_of(till) == 1_000 - 500 + 8
    events = till.floor.ask(refund("till-1", "17", None, reason="sour", by="anna"))
    assert only(events, PointsReturned).points == 500
    assert only(events, PointsReversed).points == 8
    known = find_member(till.floor.db, "m-1")
    assert known is not None
    assert (known.points, known.balance_minor) == (1_000, 5_000)


def test_excluded_goods_that_come_back_take_no_points(till: Till) -> None:
    buy(till, ("milk", 1), ("card", 1))
    till.pay(10_650)
    events = till.floor.ask(refund("till-1", "17", [Returned(line=2)], reason="", by="anna"))
    assert not [event for event in events if isinstance(event, PointsReversed)]


@given(points=st.integers(0, 10**6), parts=st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_a_reversal_grows_with_what_came_back_and_ends_at_what_was_earned(points: int, parts: list[int]) -> None:
    whole, back, reversed_ = sum(parts), 0, 0
    for part in parts:
        back += part
        now = reversal(points, back, whole)
        assert reversed_ <= now <= points
        reversed_ = now
    assert reversed_ == points


@settings(max_examples=12)
@given(
    prices=st.lists(st.integers(1, 5_000), min_size=1, max_size=4),
    quantities=st.lists(st.integers(1, 3), min_size=4, max_size=4),
    spent=st.integers(0, 5),
    order=st.randoms(use_true_random=False),
)
def test_goods_that_come_back_one_by_one_leave_nothing_behind(
    fresh_floor: Callable[[], Floor], prices: list[int], quantities: list[int], spent: int, order: Any
) -> None:
    floor = fresh_floor()
    hq = Headquarters(floor, rules=RULES)
    hq.publish(member(1, tier="gold", points=1_000, balance_minor=5_000))
    goods = [{"sku": f"s{n}", "names": {"en": "x"}, "price_minor": price, "unit": "piece"} for n, price in enumerate(prices)]
    floor.adopt(version=2, body={"currency": "CNY", "items": goods})
    till = floor.till()
    buy(till, *((f"s{n}", quantities[n]) for n in range(len(prices))))
    total = sum(price * quantities[n] for n, price in enumerate(prices))
    points = min(spent * 100, total // 100 * 100)
    balance = min(700, total - points)
    floor.ask(spend_points("till-1", "17", points))
    floor.ask(pay_from_balance("till-1", "17", balance))
    earned = [each.points for each in till.pay(total - points - balance) if isinstance(each, PointsEarned)]
    pieces = [Returned(line=n + 1, qty=1) for n in range(len(prices)) for _ in range(quantities[n])]
    order.shuffle(pieces)
    reversed_ = 0
    for piece in pieces:
        for event in floor.ask(refund("till-1", "17", [piece], reason="", by="anna")):
            reversed_ += event.points if isinstance(event, PointsReversed) else 0
        assert reversed_ <= sum(earned)
    known = find_member(floor.db, "m-1")
    assert known is not None
    assert (known.points, known.balance_minor) == (1_000, 5_000)
    assert reversed_ == sum(earned)


def test_a_reported_order_earns_for_its_member(till: Till) -> None:
    line = SoldLine(code="milk", qty=1, grams=None, amount_minor=600)
    events = till.floor.hear(
        OrderReported(
            **till.floor.stamp("till-1"),
            report=till.floor.report(),
            order="90",
            business_day="2026-03-01",
            lines=(line,),
            amount_minor=600,
            tender="cash",
            member="77001",
        )
    )
    assert only(events, PointsEarned).points == 6


def test_spendings_and_earnings_of_long_ago_are_forgotten(till: Till) -> None:
    db = till.floor.db
    old = (
        "INSERT INTO member_spendings (number, till, order_id, purse, business_day, state, amount, value_minor)"
        " VALUES (?, 't', ?, 'points', '', 'spent', 1, 1)"
    )
    db.executemany(old, [(1, "1"), (50_049, "2")])
    earned = "INSERT INTO member_earnings (number, till, order_id, points, eligible_minor, excluded) VALUES (?, 't', ?, 1, 1, '')"
    db.executemany(earned, [(1, "1"), (50_049, "2")])
    buy(till, ("milk", 1))
    till.floor.ask(spend_points("till-1", "17", 100))
    till.pay(550)
    for table in ("member_spendings", "member_earnings"):
        numbers = [number for (number,) in db.execute(f"SELECT number FROM {table} ORDER BY number")]  # noqa: S608
        assert numbers == [50_049, 50_050], table


def test_a_document_from_before_keeps_what_the_box_has_moved(till: Till, hq: Headquarters) -> None:
    buy(till, ("milk", 1))
    till.floor.ask(spend_points("till-1", "17", 300))
    till.pay(350)
    (upto,) = till.floor.db.execute("SELECT max(sequence) FROM events").fetchone()
    hq.publish(member(1, points=1_000))
    assert points_of(till) == 703, "headquarters has not heard of the order"
    hq.publish(member(1, points=703), as_of={BOX: upto})
    assert points_of(till) == 703, "headquarters has counted it"
    assert till.floor.db.execute("SELECT count(*) FROM member_movements").fetchone() == (0,)
