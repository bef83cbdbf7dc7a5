"""How a self-checkout order is paid, what stands in its way, and what is never lost or asked twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from config.schema import Lane
from drivers.readings import Weight
from edge.shop.lanes.answers import Bill, open_bills
from edge.shop.lanes.events import BagsWeighed, LaneAttended, LaneCalled
from edge.shop.lanes.payment_events import LaneBilled, LaneCharged, LaneUnpaid
from edge.shop.orders.closing_events import OrderPaid
from edge.shop.orders.events import ItemRemoved
from edge.shop.orders.order import known_order, sold_lines
from tests.shop.lanes.conftest import AT, SelfCheckout

if TYPE_CHECKING:
    from sync.events import Event

Refusal = Callable[[Callable[[], object]], tuple[str, str]]
MILK = "06901234567892"


def payment(events: tuple[Event, ...]) -> OrderPaid:
    (paid,) = [event for event in events if isinstance(event, OrderPaid)]
    return paid


@pytest.fixture
def bagged(lane: SelfCheckout) -> SelfCheckout:
    """Two cartons of milk, scanned and put in the bag."""
    lane.scan(gtin=MILK)
    lane.scan(gtin=MILK)
    lane.put_in_bag(2_065)
    return lane


def test_the_terminal_is_asked_for_what_is_due_and_the_order_is_paid(bagged: SelfCheckout) -> None:
    assert bagged.bill() == (
        LaneBilled(
            lane="sco-1",
            order="1",
            terminal="terminal-7",
            amount_minor=1_300,
            currency="CNY",
            billed_at="2026-03-01T10:00:00.000Z",
        ),
    )
    bill = Bill(lane="sco-1", order="1", amount_minor=1_300, attempt=1, payer="terminal-7")
    assert open_bills(bagged.floor.db) == [bill]
    paid = payment(bagged.charged(1_300))
    assert (paid.amount_minor, paid.total_minor, paid.difference_minor, paid.tender) == (1_300, 1_300, 0, "card")
    assert known_order(bagged.floor.db, "sco-1", "1").stage == "completed"
    assert open_bills(bagged.floor.db) == []


def test_an_answer_that_comes_twice_pays_once(bagged: SelfCheckout) -> None:
    bagged.bill()
    bagged.charged(1_300)
    assert bagged.charged(1_300) == ()
    assert bagged.not_charged() == ()
    assert bagged.doubt() == ()


def test_while_it_is_being_paid_nothing_changes(bagged: SelfCheckout, refusal: Refusal) -> None:
    bagged.bill()
    text = "order 1 of lane sco-1 is being paid: finish or stop that at the terminal first"
    for ask in (bagged.bill, bagged.give_up, lambda: bagged.remove(1), lambda: bagged.choose("bread")):
        assert refusal(ask) == ("being-paid", text)


def test_a_card_that_is_declined_leaves_the_order_as_it_was(bagged: SelfCheckout) -> None:
    bagged.bill()
    assert bagged.not_charged("card declined 6222021234567890") == (
        LaneUnpaid(lane="sco-1", order="1", reason="card declined <16 digits>"),
    )
    assert len(bagged.bill()) == 1


def test_a_payment_that_nobody_knows_of_waits_for_an_attendant(bagged: SelfCheckout, refusal: Refusal) -> None:
    bagged.bill()
    assert bagged.doubt("no answer") == (LaneCalled(lane="sco-1", order="1", reason="payment", detail="no answer"),)
    assert bagged.doubt("no answer") == ()
    assert open_bills(bagged.floor.db) == []
    assert refusal(lambda: bagged.attend("released")) == (
        "verdict-does-not-fit",
        "lane sco-1 waits because of payment: say paid or unpaid",
    )
    attended, charged, paid, *_ = bagged.attend("paid")
    assert attended == LaneAttended(lane="sco-1", order="1", reason="payment", verdict="paid", by="ann", base_grams=0)
    assert charged == LaneCharged(
        lane="sco-1",
        order="1",
        payer="terminal-7",
        payment="",
        tender="card",
        receipt="",
        amount_minor=1_300,
        currency="CNY",
    )
    assert isinstance(paid, OrderPaid)
    assert (paid.amount_minor, paid.difference_minor) == (1_300, 0)


def test_a_payment_that_did_not_happen_can_be_tried_again(bagged: SelfCheckout) -> None:
    bagged.bill()
    bagged.doubt()
    attended, unpaid = bagged.attend("unpaid")
    assert isinstance(attended, LaneAttended)
    assert unpaid == LaneUnpaid(lane="sco-1", order="1", reason="an attendant looked at the terminal")
    assert len(bagged.bill()) == 1


def test_an_answer_that_comes_after_the_doubt_still_pays(bagged: SelfCheckout) -> None:
    bagged.bill()
    bagged.doubt()
    assert payment(bagged.charged(1_300)).difference_minor == 0


def test_the_price_is_that_of_the_moment_in_which_the_terminal_was_asked(bagged: SelfCheckout) -> None:
    bagged.bill(AT - timedelta(minutes=2))
    assert bagged.state.billed_at == AT - timedelta(minutes=2)
    assert payment(bagged.charged(1_300)).took_ms == 0


def test_unweighed_goods_and_empty_orders_are_not_paid(lane: SelfCheckout, refusal: Refusal) -> None:
    assert refusal(lane.bill)[0] == "lane-empty"
    lane.choose("4011")
    assert refusal(lane.bill) == (
        "weigh-first",
        "goods of order 1 of sco-1 are not weighed yet: put them on the scale, or take them off",
    )
    lane.remove(1)
    assert refusal(lane.bill) == ("lane-empty", "nothing is on the order of lane sco-1 yet: scan something first")


def test_a_lane_without_a_terminal_sends_to_the_till(lane: SelfCheckout, refusal: Refusal) -> None:
    lane.floor = lane.floor.with_shop(lanes={"sco-1": Lane(scanner="scanner-7")})
    lane.scan(gtin=MILK)
    assert refusal(lane.bill) == ("no-terminal", "lane sco-1 has no payment terminal: pay at the till")


@pytest.mark.parametrize(
    ("grams", "verdict", "off"),
    [
        (0, "missing", 1_030),
        (994, "missing", 36),
        (995, "right", 0),
        (1_065, "right", 0),
        (1_066, "extra", 36),
        (2_060, "extra", 1_030),
    ],
)
def test_bags_weigh_what_the_order_says_within_the_tolerance(lane: SelfCheckout, grams: int, verdict: str, off: int) -> None:
    lane.scan(gtin=MILK)  # 1030 g ± 15 g, and 20 g of the lane
    if grams:
        assert lane.put_in_bag(grams) == (BagsWeighed(lane="sco-1", scale="scale-8", grams=grams),)
    assert (lane.weighed().verdict, lane.weighed().grams) == (verdict, off)


def test_goods_of_unknown_weight_cannot_be_too_heavy(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.choose("bread")
    lane.put_in_bag(1_500)
    assert lane.weighed().verdict == "right"
    lane.put_in_bag(500)
    assert lane.weighed().verdict == "missing"


def test_weighed_goods_weigh_what_the_scale_said(lane: SelfCheckout) -> None:
    lane.scan("2100001007507", item="2100001000004", grams=750)
    lane.put_in_bag(750 + 15 + 20)
    assert lane.weighed().verdict == "right"
    lane.put_in_bag(750 + 15 + 20 + 6)
    assert lane.weighed().verdict == "extra"


def test_what_lay_there_before_is_the_shopper_s_own(lane: SelfCheckout) -> None:
    lane.put_in_bag(400)
    lane.scan(gtin=MILK)
    lane.put_in_bag(1_430)
    assert lane.weighed().verdict == "right"


def test_dust_and_a_moving_bag_say_nothing(lane: SelfCheckout) -> None:
    lane.put_in_bag(1_000)
    assert lane.put_in_bag(1_005) == ()
    assert lane.put_in_bag(1_006) != ()


def test_wrong_bags_call_the_attendant_who_releases_them(lane: SelfCheckout, refusal: Refusal) -> None:
    lane.scan(gtin=MILK)
    lane.put_in_bag(3_000)
    assert lane.bill() == (LaneCalled(lane="sco-1", order="1", reason="bags", detail="extra 1970 g"),)
    assert refusal(lane.bill) == ("attendant-first", "lane sco-1 waits for an attendant: they come at once")
    (attended,) = lane.attend("released")
    assert isinstance(attended, LaneAttended)
    assert attended.base_grams == 1_970
    assert lane.weighed().verdict == "right"
    assert len(lane.bill()) == 1


def test_a_lane_without_a_scale_under_the_bags_checks_nothing(lane: SelfCheckout) -> None:
    settings = lane.floor.shop.lanes["sco-1"].model_copy(update={"bag_scale": None})
    lane.floor = lane.floor.with_shop(lanes={"sco-1": settings})
    lane.scan(gtin=MILK)
    assert lane.weighed().verdict == "unchecked"
    assert len(lane.bill()) == 1


def test_goods_for_adults_are_paid_when_an_attendant_has_looked(lane: SelfCheckout, refusal: Refusal) -> None:
    lane.choose("wine")
    assert refusal(lane.bill)[0] == "attendant-first"
    lane.attend("released")
    assert len(lane.bill()) == 1


def test_goods_for_adults_are_taken_off_when_the_shopper_is_none(lane: SelfCheckout) -> None:
    lane.choose("bread")
    lane.choose("wine")
    _, removed = lane.attend("refused")
    assert isinstance(removed, ItemRemoved)
    assert removed.line == 2
    *_, called = lane.choose("wine")
    assert isinstance(called, LaneCalled)


def test_goods_for_adults_that_await_their_weight_are_taken_off_too(lane: SelfCheckout) -> None:
    lane.choose("cider")
    _, removed = lane.attend("refused")
    assert isinstance(removed, ItemRemoved)
    for grams in (0, 500):
        lane.floor.hear(Weight(**lane.floor.stamp("scale-7"), grams=grams, state="stable"))
    assert sold_lines(lane.floor.db, "sco-1", "1") == []


def test_the_bell_rings_once_until_somebody_comes(lane: SelfCheckout, refusal: Refusal) -> None:
    assert lane.call() == (LaneCalled(lane="sco-1", order="", reason="help"),)
    assert lane.call() == ()
    lane.scan(gtin=MILK)
    assert lane.state.called == "help"
    lane.attend("released")
    assert refusal(lambda: lane.attend("released")) == ("nobody-called", "nobody waits at lane sco-1")


def test_the_next_shopper_finds_a_clean_lane(bagged: SelfCheckout) -> None:
    bagged.call()
    bagged.attend("released")
    bagged.bill()
    bagged.charged(1_300)
    bagged.scan(gtin=MILK)
    state = bagged.state
    assert (state.called, state.age, state.base_grams, state.billed_minor) == ("", "", 2_065, None)
    assert replace(state, order=None).orders == 2
