"""What a screen offers of points and stored value is exactly what is granted: one more is refused, for the reason it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from edge.shop.declined import Declined
from edge.shop.members.points import spend_points
from edge.shop.members.spendable import Spendable, spendable
from edge.shop.members.stored_value import pay_from_balance
from edge.shop.moment import Moment
from edge.shop.orders.order import known_order
from tests.shop.conftest import AT
from tests.shop.members.conftest import member

if TYPE_CHECKING:
    from edge.shop.members.ledger import Purse
    from tests.shop.conftest import Floor, Till
    from tests.shop.members.conftest import Headquarters

RULES: dict[str, Any] = {
    "points": {
        "rate": {"points": 1, "per_minor": 100},
        "unit": 100,
        "unit_minor": 100,
        "offline_cap": {"per_order": 600, "per_day": 900},
    },
    "balance": {"offline_cap": {"per_order": 1_000, "per_day": 3_000}},
}


def offered(floor: Floor, purse: Purse) -> Spendable:
    order = known_order(floor.db, "till-1", "17")
    return spendable(purse, order, Moment(at=AT, monotonic_ms=0), floor.shop, floor.db)


@pytest.mark.parametrize(
    ("has", "qty", "offer"),
    [(250, 2, (200, "short")), (5_000, 2, (600, "over-order-cap")), (5_000, 0, (0, "over-due"))],
)
def test_what_is_offered_is_granted_and_one_more_is_not(
    till: Till, hq: Headquarters, has: int, qty: int, offer: tuple[int, str]
) -> None:
    floor, (most, bound) = till.floor, offer
    hq.rules = RULES
    hq.publish(member(1, points=has, balance_minor=has))
    till.open()
    if qty:
        till.choose("milk", qty)
    till.show_member("77001")
    found = offered(floor, "points")
    assert (found.has, found.most, found.bound, found.own) == (has, most, bound, 0)
    with pytest.raises(Declined) as refusal:
        floor.ask(spend_points("till-1", "17", most + 100))
    assert refusal.value.key == f"points-{bound}"
    if most:
        floor.ask(spend_points("till-1", "17", most))
        assert offered(floor, "points").own == most
        assert offered(floor, "points").most == most


def test_points_leave_less_for_stored_value(floor: Floor, till: Till, hq: Headquarters) -> None:
    hq.rules = RULES
    hq.publish(member(1, points=900, balance_minor=5_000))
    till.open()
    till.choose("milk", 1)
    till.show_member("77001")
    assert offered(floor, "balance").most == 650
    floor.ask(spend_points("till-1", "17", 600))
    assert (offered(floor, "balance").most, offered(floor, "balance").bound) == (50, "over-due")
    floor.ask(pay_from_balance("till-1", "17", 50))
    assert offered(floor, "balance").own == 50
