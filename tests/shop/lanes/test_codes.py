"""A payment code pays the order of a lane when the shopper wants to pay, and never otherwise; the code is in no table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from edge.shop.lanes.answers import Bill, open_bills
from edge.shop.lanes.events import LaneDeclined
from edge.shop.lanes.lane import open_order_of
from edge.shop.lanes.paying import payment_number
from edge.shop.lanes.payment_events import LaneBilled, LaneCharged, LaneResumed, LaneTotalled, LaneUnpaid
from edge.shop.orders.closing_events import OrderPaid
from sync.events import Event
from tests.shop.lanes.conftest import SelfCheckout, taking_codes

Refusal = Callable[[Callable[[], object]], tuple[str, str]]
MILK = "06901234567892"


@pytest.fixture
def lane(lane: SelfCheckout) -> SelfCheckout:
    """A lane that takes cards and the codes of WeChat Pay, and weighs no bags."""
    return taking_codes(lane)


def declined(events: tuple[Event, ...]) -> tuple[str, str]:
    (refused,) = events
    assert isinstance(refused, LaneDeclined)
    return refused.key, refused.reason


def notice(lane: SelfCheckout) -> str:
    (key,) = lane.floor.db.execute("SELECT key FROM lane_notices").fetchone()
    return str(key)


def billed(events: tuple[Event, ...]) -> LaneBilled:
    (found,) = events
    assert isinstance(found, LaneBilled)
    return found


def test_the_shopper_is_shown_how_to_pay_and_then_shows_a_code(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    assert lane.bill() == (LaneTotalled(lane="sco-1", order="1", amount_minor=650, currency="CNY"),)
    assert lane.state.totalled
    asked = billed(lane.show_payment_code())
    assert (asked.terminal, asked.tender, asked.amount_minor, asked.shown_ms) == ("wechat-7", "wechat", 650, 400)
    (bill,) = open_bills(lane.floor.db)
    assert bill == Bill(
        lane="sco-1",
        order="1",
        amount_minor=650,
        attempt=1,
        payer="wechat-7",
        payment=asked.payment,
        shown_ms=400,
    )
    charged, paid, *_ = lane.charged(650, receipt="420001")
    assert charged == LaneCharged(
        lane="sco-1",
        order="1",
        payer="wechat-7",
        payment=asked.payment,
        tender="wechat",
        receipt="420001",
        amount_minor=650,
        currency="CNY",
    )
    assert isinstance(paid, OrderPaid)
    assert (paid.tender, paid.difference_minor) == ("wechat", 0)
    kept = lane.floor.db.execute("SELECT payer, payment, tender, receipt, amount_minor FROM order_payments").fetchall()
    assert kept == [("wechat-7", asked.payment, "wechat", "420001", 650)]


def test_every_attempt_has_a_number_of_its_own_that_nobody_else_has(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.bill()
    first = billed(lane.show_payment_code()).payment
    lane.not_charged()
    second = billed(lane.show_payment_code()).payment
    order = open_order_of(lane.state)
    shop = lane.floor.shop
    assert [first, second] == [payment_number(shop, order, 1), payment_number(shop, order, 2)]
    others = (
        payment_number(replace(shop, box="box-2"), order, 1),
        payment_number(shop, replace(order, order="2"), 1),
        payment_number(shop, replace(order, till="sco-2"), 1),
        payment_number(shop, replace(order, opened_at="2026-03-02T10:00:00.000Z"), 1),
        payment_number(shop, replace(order, opened_at=None), 1),
    )
    assert len({first, second, *others}) == 7
    assert all(each.isalpha() and len(each) == 24 for each in (first, second, *others))


@pytest.mark.parametrize(("offline", "words"), [(False, "code-not-charged"), (True, "code-offline")])
def test_what_was_not_charged_is_told_and_another_code_may_be_shown(lane: SelfCheckout, *, offline: bool, words: str) -> None:
    lane.scan(gtin=MILK)
    lane.bill()
    lane.show_payment_code()
    assert lane.not_charged("nothing was charged", offline=offline) == (
        LaneUnpaid(lane="sco-1", order="1", reason="nothing was charged", tender="wechat", offline=offline),
    )
    assert notice(lane) == words
    assert lane.state.totalled
    billed(lane.show_payment_code())


def test_a_code_before_the_goods_are_complete_pays_nothing(lane: SelfCheckout) -> None:
    assert declined(lane.show_payment_code())[0] == "lane-empty"
    lane.scan(gtin=MILK)
    too_early = ("code-too-early", "a payment code pays when the goods are complete: touch Pay first")
    assert declined(lane.show_payment_code()) == too_early
    assert notice(lane) == "code-too-early"
    lane.bill()
    assert lane.resume() == (LaneResumed(lane="sco-1", order="1"),)
    assert lane.resume() == ()
    assert declined(lane.show_payment_code()) == too_early


def test_a_code_of_another_wallet_is_refused_with_the_way_out(lane: SelfCheckout) -> None:
    told = ("wallet-not-taken", "this lane takes no codes of alipay: show one of wechat")
    assert declined(lane.show_payment_code("alipay")) == told


def test_each_wallet_has_its_own_gateway(lane: SelfCheckout) -> None:
    settings = lane.floor.shop.lanes["sco-1"].model_copy(update={"alipay": "alipay-7"})
    lane.floor = lane.floor.with_shop(lanes={"sco-1": settings})
    lane.scan(gtin=MILK)
    lane.bill()
    asked = billed(lane.show_payment_code("alipay"))
    assert (asked.terminal, asked.tender) == ("alipay-7", "alipay")


def test_while_a_code_is_being_paid_with_another_one_is_refused(lane: SelfCheckout, refusal: Refusal) -> None:
    lane.scan(gtin=MILK)
    lane.bill()
    lane.show_payment_code()
    assert declined(lane.show_payment_code())[0] == "being-paid"
    assert refusal(lane.resume)[0] == "being-paid"
    assert refusal(lane.bill_card)[0] == "being-paid"


def test_goods_that_come_late_are_paid_for_too(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.bill()
    lane.scan(gtin=MILK)
    assert billed(lane.show_payment_code()).amount_minor == 1_300


def test_the_shopper_may_still_choose_the_card(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.bill()
    asked = billed(lane.bill_card())
    assert (asked.terminal, asked.tender, asked.payment, asked.shown_ms) == ("terminal-7", "card", "", None)


def test_a_lane_that_takes_codes_only_has_no_card(lane: SelfCheckout, refusal: Refusal) -> None:
    settings = lane.floor.shop.lanes["sco-1"].model_copy(update={"terminal": None})
    lane.floor = lane.floor.with_shop(lanes={"sco-1": settings})
    lane.scan(gtin=MILK)
    lane.bill()
    assert refusal(lane.bill_card)[0] == "no-terminal"
    billed(lane.show_payment_code())


def test_wrong_bags_and_adult_goods_hold_a_code_up_as_they_do_a_card(lane: SelfCheckout) -> None:
    lane.choose("wine")
    lane.attend("released")
    lane.bill()
    lane.call()
    assert declined(lane.show_payment_code())[0] == "attendant-first"


def test_what_an_attendant_found_at_the_gateway_is_the_payment(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.bill()
    number = billed(lane.show_payment_code()).payment
    lane.doubt()
    _, charged, paid, *_ = lane.attend("paid")
    assert isinstance(charged, LaneCharged)
    assert (charged.payment, charged.receipt, charged.payer) == (number, "", "wechat-7")
    assert isinstance(paid, OrderPaid)
    assert paid.tender == "wechat"


def test_what_an_attendant_did_not_find_there_was_not_paid(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.bill()
    lane.show_payment_code()
    lane.doubt()
    *_, unpaid = lane.attend("unpaid")
    assert unpaid == LaneUnpaid(lane="sco-1", order="1", reason="an attendant looked it up", tender="wechat")


def test_the_next_shopper_begins_anew(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.bill()
    lane.show_payment_code()
    lane.charged(650)
    lane.scan(gtin=MILK)
    state = lane.state
    assert (state.totalled, state.attempts, state.payer, state.payment, state.tender) == (False, 0, "", "", "card")


def test_the_code_is_in_no_table(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.show_payment_code()
    lane.bill()
    lane.show_payment_code()
    assert "134567890123456789" not in "\n".join(lane.floor.db.iterdump())
