"""Stored value pays at the till up to the offline cap, and comes back when goods come back."""

from __future__ import annotations

import pytest

from edge.shop.declined import Declined
from edge.shop.members.ledger import Held, held_for_order
from edge.shop.members.member import find_member
from edge.shop.members.spending_events import BalanceHeld, BalanceReleased, BalanceReturned, BalanceSpent
from edge.shop.members.stored_value import pay_from_balance
from edge.shop.orders.refunds import Returned, refund
from tests.shop.conftest import Floor, Till
from tests.shop.members.conftest import Headquarters, member

RULES = {"balance": {"offline_cap": {"per_order": 2_000, "per_day": 3_000}}}


@pytest.fixture
def till(floor: Floor, hq: Headquarters) -> Till:
    """A till with an order for 26.00 of a member who has 50.00."""
    hq.rules = RULES
    hq.publish(member(1, balance_minor=5_000))
    till = floor.till()
    till.choose("milk", 4)
    till.show_member("77001")
    return till


def balance(till: Till) -> int:
    known = find_member(till.floor.db, "m-1")
    assert known is not None
    return known.balance_minor


def declined(till: Till, amount_minor: int) -> tuple[str, str]:
    with pytest.raises(Declined) as refused:
        till.floor.ask(pay_from_balance("till-1", "17", amount_minor))
    return refused.value.key, str(refused.value)


def test_stored_value_pays_a_part_and_is_spent_with_the_rest(till: Till) -> None:
    (held,) = till.floor.ask(pay_from_balance("till-1", "17", 2_000))
    assert held == BalanceHeld(
        till="till-1", order="17", business_day="2026-03-01", member_ref="m-1", value_minor=2_000, currency="CNY"
    )
    assert held_for_order(till.floor.db, "till-1", "17") == Held(balance_minor=2_000)
    assert balance(till) == 5_000, "it only lies aside"
    spent = [event for event in till.pay(600) if isinstance(event, BalanceSpent)]
    assert [event.value_minor for event in spent] == [2_000]
    assert balance(till) == 3_000


def test_a_part_that_comes_back_brings_its_part(till: Till) -> None:
    till.floor.ask(pay_from_balance("till-1", "17", 2_000))
    till.pay(600)
    returned = []
    for _ in range(4):
        events = till.floor.ask(refund("till-1", "17", [Returned(line=1, qty=1)], reason="", by="anna"))
        returned += [event.value_minor for event in events if isinstance(event, BalanceReturned)]
    assert returned == [500, 500, 500, 500]
    assert balance(till) == 5_000


def test_a_voided_order_frees_it(till: Till) -> None:
    till.floor.ask(pay_from_balance("till-1", "17", 2_000))
    (released,) = [event for event in till.void() if isinstance(event, BalanceReleased)]
    assert released.value_minor == 2_000
    assert balance(till) == 5_000


def test_nothing_takes_it_back(till: Till) -> None:
    till.floor.ask(pay_from_balance("till-1", "17", 2_000))
    (released,) = till.floor.ask(pay_from_balance("till-1", "17", 0))
    assert isinstance(released, BalanceReleased)
    assert till.floor.ask(pay_from_balance("till-1", "17", 0)) == ()


def test_more_than_allowed_is_refused(till: Till, hq: Headquarters) -> None:
    assert declined(till, -1) == ("balance-negative", "nobody pays less than nothing: choose an amount from 0 on")
    assert declined(till, 2_001) == (
        "balance-over-order-cap",
        "20.00 of stored value can be spent, not 20.01: more is not allowed on one order without headquarters",
    )
    hq.publish(member(1, balance_minor=-100))
    assert declined(till, 1)[0] == "balance-short"
    hq.rules = {}
    hq.publish(member(1, balance_minor=5_000))
    assert declined(till, 1) == (
        "balance-none-spendable",
        "headquarters lets no stored value be spent here: pay another way",
    )
