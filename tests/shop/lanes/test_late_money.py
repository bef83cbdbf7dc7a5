"""Late money pays for an order that still waits for it, once; while that order may be paid otherwise nothing is decided."""

from __future__ import annotations

import pytest

from edge.shop.lanes.answers import open_bills
from edge.shop.lanes.doubt_events import LaneCleared, PaybackOffered
from edge.shop.lanes.doubts import Doubt, payments_doubted
from edge.shop.lanes.late_money import came_late
from edge.shop.lanes.paybacks import paybacks_left
from edge.shop.lanes.payment_events import LaneCharged
from edge.shop.orders.closing_events import OrderPaid
from edge.shop.orders.refunds import refund
from sync.events import Event
from tests.shop.lanes.conftest import AT, SelfCheckout, taking_codes

MILK, WINE = "06901234567892", "06901234567908"


@pytest.fixture
def coded(lane: SelfCheckout) -> SelfCheckout:
    """One milk was billed by code, nobody could tell, and the attendant found nothing."""
    taking_codes(lane)
    lane.scan(gtin=MILK)
    lane.bill()
    lane.show_payment_code()
    lane.doubt()
    lane.attend("unpaid")
    return lane


@pytest.fixture
def doubt(coded: SelfCheckout) -> Doubt:
    (found,) = payments_doubted(coded.floor.db)
    return found


def late(coded: SelfCheckout, doubt: Doubt, receipt: str = "420001") -> tuple[Event, ...]:
    return coded.floor.ask(came_late(doubt, receipt), AT)


def outcomes(events: tuple[Event, ...]) -> list[str]:
    return [each.outcome for each in events if isinstance(each, LaneCleared)]


def test_late_money_pays_for_the_order_that_is_still_open(coded: SelfCheckout, doubt: Doubt) -> None:
    events = late(coded, doubt)
    assert outcomes(events) == ["paid"]
    (charged,) = [each for each in events if isinstance(each, LaneCharged)]
    assert (charged.payer, charged.payment, charged.tender, charged.receipt) == ("wechat-7", doubt.payment, "wechat", "420001")
    (paid,) = [each for each in events if isinstance(each, OrderPaid)]
    assert (paid.amount_minor, paid.difference_minor, paid.tender) == (650, 0, "wechat")
    assert (payments_doubted(coded.floor.db), paybacks_left(coded.floor.db)) == ([], [])
    assert late(coded, doubt) == (), "once"


def test_what_it_paid_for_goes_back_where_it_came_from(coded: SelfCheckout, doubt: Doubt) -> None:
    late(coded, doubt)
    events = coded.floor.ask(refund("sco-1", "1", None, reason="sour", by="ann", name="r-1"), AT)
    assert [each.amount_minor for each in events if each.type == "storebox.payback.asked"] == [650]  # type: ignore[attr-defined]


def test_the_code_that_is_shown_after_it_charges_nobody(coded: SelfCheckout, doubt: Doubt) -> None:
    late(coded, doubt)
    coded.show_payment_code()
    assert open_bills(coded.floor.db) == []


def test_while_another_code_is_asked_for_nothing_is_decided(coded: SelfCheckout, doubt: Doubt) -> None:
    coded.show_payment_code()
    assert late(coded, doubt) == ()
    coded.not_charged()
    assert outcomes(late(coded, doubt)) == ["paid"]


def test_the_other_code_pays_and_the_late_money_is_offered_back(coded: SelfCheckout, doubt: Doubt) -> None:
    coded.show_payment_code()
    assert late(coded, doubt) == ()
    coded.charged(650)
    cleared, offered = late(coded, doubt)
    assert outcomes((cleared,)) == ["late"]
    assert isinstance(offered, PaybackOffered)


def test_of_two_late_payments_one_pays(coded: SelfCheckout, doubt: Doubt) -> None:
    coded.show_payment_code()
    coded.doubt()
    coded.attend("unpaid")
    first, second = payments_doubted(coded.floor.db)
    assert doubt in (first, second)
    assert outcomes(late(coded, second)) == ["paid"]
    assert outcomes(late(coded, first)) == ["late"]
    assert [each.payment for each in paybacks_left(coded.floor.db)] == [first.payment]


def test_goods_that_were_added_since_are_not_paid_by_it(coded: SelfCheckout, doubt: Doubt) -> None:
    coded.resume()
    coded.scan(gtin=MILK)
    assert outcomes(late(coded, doubt)) == ["late"]
    assert coded.state.open_order is not None


def test_goods_that_an_attendant_or_the_scale_is_to_look_at_come_first(coded: SelfCheckout, doubt: Doubt) -> None:
    coded.resume()
    coded.scan(gtin=WINE)
    assert coded.state.called == "age"
    assert late(coded, doubt) == ()
    coded.attend("refused")
    assert outcomes(late(coded, doubt)) == ["paid"]


def test_it_does_not_wait_for_longer_than_the_gateway_is_asked(coded: SelfCheckout, doubt: Doubt) -> None:
    coded.resume()
    coded.scan(gtin=WINE)
    assert outcomes(coded.floor.ask(came_late(doubt, "420001"), doubt.ends)) == ["late"]


def test_whoever_has_gone_with_the_goods_has_paid_for_them(coded: SelfCheckout, doubt: Doubt) -> None:
    coded.floor.db.execute("UPDATE lanes SET called = 'idle'")
    assert outcomes(late(coded, doubt)) == ["paid"]


def test_an_order_that_was_given_up_is_not_paid(coded: SelfCheckout, doubt: Doubt) -> None:
    coded.resume()
    coded.give_up()
    assert outcomes(late(coded, doubt)) == ["late"]
