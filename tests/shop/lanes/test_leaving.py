"""Shoppers who walk away leave nothing to the next one."""

from __future__ import annotations

from datetime import timedelta

from edge.shop.lanes.events import LaneCalled
from edge.shop.lanes.leaving import LEFT_LANES
from edge.shop.orders.closing_events import OrderVoided
from tests.shop.lanes.conftest import AT, SelfCheckout

MILK = "06901234567892"
LATER = AT + timedelta(minutes=15, seconds=1)


def test_an_order_that_stays_open_is_looked_after_once(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    assert lane.floor.tick(LEFT_LANES, AT + timedelta(minutes=15)) == ()
    assert lane.floor.tick(LEFT_LANES, LATER) == (LaneCalled(lane="sco-1", order="1", reason="idle"),)
    lane.attend("released")
    assert lane.floor.tick(LEFT_LANES, LATER + timedelta(hours=5)) == ()


def test_an_attendant_gives_up_the_order_of_who_has_gone(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.floor.tick(LEFT_LANES, LATER)
    voided = lane.attend("refused")[1]
    assert isinstance(voided, OrderVoided)
    assert voided.reason == "the shopper had gone"
    assert lane.state.open_order is None


def test_an_order_with_nothing_on_it_is_given_up_by_itself(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.remove(1)
    voided, *_ = lane.floor.tick(LEFT_LANES, LATER)
    assert isinstance(voided, OrderVoided)
    assert voided.reason == "nothing was scanned any more"


def test_who_is_just_paying_is_left_alone(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.put_in_bag(1_030)
    lane.bill()
    assert lane.floor.tick(LEFT_LANES, LATER) == ()
