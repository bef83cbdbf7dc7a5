"""Goods by weight: chosen, weighed once, sold once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import Lane
from edge.shop.orders.events import ItemAdded, ItemChosen, ItemRemoved
from edge.shop.orders.weighing import EMPTY_AGAIN_MS, GOODS_AGAIN_MS, LEAST_SOLD_G, PanEmptied
from sync.entries import EntryRefused

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Scale, Till


def test_chosen_then_laid_on_the_pan_is_sold(till: Till, scale: Scale) -> None:
    assert scale.settle(0) == (PanEmptied(scale="scale-1"),)
    till.open()
    (chosen,) = till.choose("banana")
    assert chosen == ItemChosen(
        till="till-1", order="17", business_day="2026-03-01", line=1, sku="4011", price_minor=798, price_version=1
    )
    assert scale.settle(1_234) == (
        ItemAdded(
            till="till-1",
            order="17",
            business_day="2026-03-01",
            line=1,
            sku="4011",
            grams=1_234,
            scale="scale-1",
            price_minor=798,
            amount_minor=985,
            currency="CNY",
            price_version=1,
        ),
    )


def test_laid_on_the_pan_then_chosen_is_sold_within_half_a_second(till: Till, scale: Scale) -> None:
    scale.settle(0)
    assert scale.settle(500) == ()
    till.choose("banana")
    sold: list[Any] = []
    polls = GOODS_AGAIN_MS // 200 + 1
    for _ in range(polls):
        sold += scale.says(500)
    assert [event.grams for event in sold] == [500]


def test_a_weight_is_sold_once(till: Till, scale: Scale) -> None:
    scale.settle(0)
    till.choose("banana")
    assert len(scale.settle(500)) == 1
    till.choose("4017")
    assert scale.settle(500) == ()
    assert scale.settle(800) == ()
    assert scale.settle(3) == (PanEmptied(scale="scale-1"),)
    assert [event.grams for event in scale.settle(800) if isinstance(event, ItemAdded)] == [800]


def test_a_pan_that_was_never_seen_empty_sells_nothing(till: Till, scale: Scale) -> None:
    till.choose("banana")
    assert scale.settle(500) == ()


def test_a_swapped_scale_must_be_seen_empty_first(floor: Floor, till: Till, scale: Scale) -> None:
    scale.settle(0)
    till.choose("banana")
    swapped = floor.with_shop(lanes={"1": Lane(till="till-1", scale="scale-9")}).scale("scale-9")
    assert scale.settle(0) == ()
    assert swapped.settle(500) == ()
    assert swapped.settle(0) == (PanEmptied(scale="scale-9"),)
    assert [type(event) for event in swapped.settle(500)] == [ItemAdded]


@pytest.mark.parametrize("state", ["moving", "over", "under"])
@pytest.mark.parametrize("grams", [None, 500])
def test_only_a_stable_weight_is_sold(till: Till, scale: Scale, state: str, grams: int | None) -> None:
    scale.settle(0)
    till.choose("banana")
    assert scale.says(grams, state) == ()
    assert scale.says(None) == ()
    assert scale.decided == 1 + 10 * 200 // EMPTY_AGAIN_MS


def test_an_unstable_weight_says_nothing_even_if_it_is_decided(floor: Floor, till: Till, scale: Scale) -> None:
    from drivers.readings import Weight

    scale.settle(0)
    till.choose("banana")
    assert floor.hear(Weight(**floor.stamp("scale-1"), grams=500, state="moving")) == ()


def test_a_tared_pan_that_stays_under_is_empty(till: Till, scale: Scale) -> None:
    scale.settle(0)
    till.choose("banana")
    scale.settle(500)
    till.choose("banana")
    told = [event for _ in range(10) for event in scale.says(None, "under")]
    assert told == [PanEmptied(scale="scale-1")]
    assert [event.grams for event in scale.settle(500) if isinstance(event, ItemAdded)] == [500]


def test_the_bounce_of_a_pan_is_not_empty(till: Till, scale: Scale) -> None:
    scale.settle(0)
    till.choose("banana")
    scale.settle(500)
    till.choose("banana")
    for _ in range(20):
        assert scale.says(None, "under") == ()
        assert scale.settle(500) == ()


@pytest.mark.parametrize("grams", [-200, -1, 6, LEAST_SOLD_G - 1])
def test_too_little_or_less_than_nothing_is_not_sold(till: Till, scale: Scale, grams: int) -> None:
    scale.settle(0)
    till.choose("banana")
    assert scale.settle(grams) == ()
    assert [type(event) for event in scale.settle(LEAST_SOLD_G)] == [ItemAdded]


def test_a_scale_sells_for_its_own_lane_only(floor: Floor, till: Till) -> None:
    other = floor.scale("scale-2")
    other.settle(0)
    till.choose("banana")
    assert other.settle(500) == ()


def test_a_scale_that_no_lane_names_says_nothing(floor: Floor) -> None:
    assert floor.scale("scale-7").settle(0) == ()


def test_a_second_choice_replaces_the_first(till: Till, scale: Scale) -> None:
    scale.settle(0)
    till.choose("banana")
    removed, chosen = till.choose("4017")
    assert removed == ItemRemoved(till="till-1", order="17", business_day="2026-03-01", line=1, amount_minor=0, reason="replaced")
    assert isinstance(chosen, ItemChosen)
    assert chosen.line == 2
    assert [(event.sku, event.line) for event in scale.settle(500) if isinstance(event, ItemAdded)] == [("4017", 2)]


def test_a_choice_of_the_next_order_replaces_one_that_was_left_behind(till: Till, scale: Scale) -> None:
    scale.settle(0)
    till.choose("banana", order="17")
    till.choose("4017", order="18")
    (sold,) = scale.settle(500)
    assert isinstance(sold, ItemAdded)
    assert (sold.order, sold.sku) == ("18", "4017")


def test_two_tills_that_share_a_scale_take_turns(floor: Floor) -> None:
    shared = floor.with_shop(lanes={"1": Lane(till="till-1", scale="scale-1"), "2": Lane(till="till-2", scale="scale-1")})
    first, second, scale = shared.till("till-1"), shared.till("till-2"), shared.scale()
    scale.settle(0)
    first.choose("banana")
    with pytest.raises(EntryRefused) as refused:
        second.choose("4017")
    assert str(refused.value) == "scale-1 is waiting to weigh for order 17 of till-1: finish that first, or take it off"
    scale.settle(500)
    second.choose("4017")


def test_the_order_of_a_weight_may_be_voided_before_it_comes(till: Till, scale: Scale) -> None:
    scale.settle(0)
    till.choose("banana")
    till.void()
    assert scale.settle(500) == ()


def test_an_order_paid_before_its_weight_came_loses_that_line(till: Till, scale: Scale) -> None:
    scale.settle(0)
    till.choose("banana")
    removed, *_ = till.pay(0)
    assert isinstance(removed, ItemRemoved)
    assert removed.reason == "unweighed"
    assert scale.settle(500) == ()


def test_a_choice_can_be_taken_off_before_it_is_weighed(till: Till, scale: Scale) -> None:
    scale.settle(0)
    till.choose("banana")
    till.remove(1)
    assert scale.settle(500) == ()


def test_the_price_of_a_choice_is_the_one_that_the_shopper_saw(floor: Floor, till: Till, scale: Scale) -> None:
    scale.settle(0)
    till.choose("banana")
    body = {"currency": "CNY", "items": [{"sku": "4011", "names": {"zh": "香蕉"}, "price_minor": 900, "unit": "kg"}]}
    floor.adopt(version=2, body=body)
    (sold,) = scale.settle(1_000)
    assert isinstance(sold, ItemAdded)
    assert (sold.price_minor, sold.amount_minor, sold.price_version) == (798, 798, 1)


def test_a_restart_between_choice_and_weight_changes_nothing(db: sqlite3.Connection, floor: Floor, till: Till) -> None:
    floor.scale().settle(0)
    till.choose("banana")
    restarted = floor.with_shop().scale()
    assert [type(event) for event in restarted.settle(500)] == [ItemAdded]
    assert db.execute("SELECT state FROM pans").fetchone() == ("sold",)
    again = floor.with_shop()
    again.till().choose("banana")
    assert again.scale().settle(500) == ()


def test_most_weights_are_only_shown(scale: Scale) -> None:
    for _ in range(50):
        scale.says(0)
    for grams in (499, 500, 501) * 20:
        scale.says(grams, "moving")
    assert scale.decided == 1 + 50 * 200 // EMPTY_AGAIN_MS
    for _ in range(50):
        scale.says(500)
    assert scale.decided <= 4 + 50 * 200 // GOODS_AGAIN_MS


def test_filling_and_emptying_without_unrest_is_noticed(scale: Scale) -> None:
    scale.says(0)
    scale.says(500)
    scale.says(0)
    assert scale.decided == 3


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("settle"), st.sampled_from([-50, 0, 5, 6, 20, 500, 501, 1_234])),
        st.tuples(st.sampled_from(["moving", "over", "under"]), st.none()),
        st.tuples(st.sampled_from(["choose", "restart"]), st.none()),
    ),
    max_size=40,
)


@given(STEPS)
def test_no_weight_is_ever_sold_twice(fresh_floor: Callable[[], Floor], steps: list[tuple[str, Any]]) -> None:
    floor = fresh_floor()
    till, scale = floor.till(), floor.scale()
    seen_empty, waiting = False, False
    for step, grams in steps:
        if step == "choose":
            till.choose("banana")
            waiting = True
        elif step == "restart":
            scale = floor.scale()
        elif step == "settle":
            sold = [event for event in scale.settle(grams) if isinstance(event, ItemAdded)]
            must_sell = seen_empty and waiting and grams >= LEAST_SOLD_G
            assert [event.grams for event in sold] == ([grams] if must_sell else [])
            if must_sell:
                seen_empty = waiting = False
            elif grams <= 5:
                seen_empty = True
        else:
            assert scale.says(None, step) == ()
            scale.says(None, "moving")
