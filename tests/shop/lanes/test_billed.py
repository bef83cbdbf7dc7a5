"""While a terminal takes the money for an order, nothing may change what is due for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from edge.shop.members.stored_value import pay_from_balance
from edge.shop.promotions.coupons import present_coupon, withdraw_coupon
from tests.shop.members.conftest import Headquarters, member

if TYPE_CHECKING:
    from edge.shop.part import Decision
    from tests.shop.lanes.conftest import SelfCheckout

Refusal = Callable[[Callable[[], object]], tuple[str, str]]
MILK = "06901234567892"
BALANCE = {"balance": {"offline_cap": {"per_order": 10_000, "per_day": 10_000}}}


@pytest.mark.parametrize(
    ("decision", "otherwise"),
    [
        (present_coupon("sco-1", "1", "WELCOME"), "coupon-unknown"),
        (withdraw_coupon("sco-1", "1", "welcome-1"), "coupon-not-held"),
        (pay_from_balance("sco-1", "1", 100), "no-member"),
    ],
    ids=["coupon on", "coupon off", "stored value"],
)
def test_what_is_due_stays_what_the_terminal_was_asked_for(
    lane: SelfCheckout, refusal: Refusal, decision: Decision, otherwise: str
) -> None:
    Headquarters(lane.floor, BALANCE).publish(member(1))
    lane.scan(gtin=MILK)
    lane.put_in_bag(1_030)
    lane.bill()
    text = "order 1 of lane sco-1 is being paid: finish or stop that at the terminal first"
    assert refusal(lambda: lane.floor.ask(decision)) == ("being-paid", text)
    lane.not_charged()
    assert refusal(lambda: lane.floor.ask(decision))[0] == otherwise
