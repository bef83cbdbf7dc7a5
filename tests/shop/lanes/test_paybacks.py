"""What was paid at a lane goes back to the card or the wallet that it came from, once; else a person gives it, and says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edge.shop.lanes.payback_events import PaybackAsked, PaybackGiven, PaybackLeft, PaybackSettled
from edge.shop.lanes.paybacks import (
    Payback,
    given_back,
    left_to_people,
    paybacks_asked,
    paybacks_left,
    paybacks_of,
    settle_payback,
)
from edge.shop.orders.closing_events import OrderRefunded
from edge.shop.orders.refunds import Returned, refund
from sync.events import Event
from tests.shop.conftest import Till
from tests.shop.lanes.conftest import AT, SelfCheckout, taking_codes

Refusal = Callable[[Callable[[], object]], tuple[str, str]]
MILK = "06901234567892"


@pytest.fixture
def paid(lane: SelfCheckout) -> SelfCheckout:
    """Two milks, paid by code at the lane."""
    taking_codes(lane)
    lane.scan(gtin=MILK)
    lane.scan(gtin=MILK)
    lane.bill()
    lane.show_payment_code()
    lane.charged(1_300, receipt="420001")
    return lane


def give_back(lane: SelfCheckout, name: str = "r-1", **returned: Any) -> tuple[Event, ...]:
    what = [Returned(**returned)] if returned else None
    return lane.floor.ask(refund("sco-1", "1", what, reason="sour", by="ann", name=name), AT)


def asked(events: tuple[Event, ...]) -> PaybackAsked:
    (found,) = [event for event in events if isinstance(event, PaybackAsked)]
    return found


def only(lane: SelfCheckout) -> Payback:
    (payback,) = paybacks_of(lane.floor.db, "sco-1", "1")
    return payback


def test_a_refund_goes_back_to_the_wallet_that_paid(paid: SelfCheckout) -> None:
    first = asked(give_back(paid, line=1, qty=1))
    assert (first.payer, first.amount_minor, first.tender, first.currency) == ("wechat-7", 650, "wechat", "CNY")
    second = asked(give_back(paid, name="r-2"))
    assert second.amount_minor == 650
    assert first.payback != second.payback
    waiting = paybacks_asked(paid.floor.db)
    assert [(each.refund, each.payback, each.paid_minor, each.state) for each in waiting] == [
        ("r-1", first.payback, 1_300, "asked"),
        ("r-2", second.payback, 1_300, "asked"),
    ]
    assert waiting[0].payment.isalpha()


def test_what_was_given_needs_nobody(paid: SelfCheckout, refusal: Refusal) -> None:
    give_back(paid)
    payback = only(paid)
    (given,) = paid.floor.ask(given_back(payback, "50300"), AT)
    assert isinstance(given, PaybackGiven)
    assert (given.payback, given.receipt) == (payback.payback, "50300")
    assert paid.floor.ask(given_back(payback, "50300"), AT) == ()
    assert paid.floor.ask(left_to_people(payback, "unknown", "late"), AT) == ()
    assert (only(paid).state, paybacks_asked(paid.floor.db), paybacks_left(paid.floor.db)) == ("given", [], [])
    assert refusal(lambda: paid.floor.ask(settle_payback("sco-1", "1", "r-1", "ann"), AT)) == (
        "payback-not-open",
        "refund r-1 of order 1 of sco-1 waits for nobody: it is given",
    )
    assert refusal(lambda: paid.floor.ask(settle_payback("sco-1", "1", "r-9", "ann"), AT)) == (
        "payback-not-open",
        "refund r-9 of order 1 of sco-1 waits for nobody: it is not known",
    )


@pytest.mark.parametrize("to", ["by-hand", "unknown"])
def test_what_a_person_must_give_stands_there_until_somebody_says_so(paid: SelfCheckout, to: Any) -> None:
    give_back(paid)
    (left,) = paid.floor.ask(left_to_people(only(paid), to, "card 6222021234567890 is gone"), AT)
    assert isinstance(left, PaybackLeft)
    assert (left.to, left.reason) == (to, "card <16 digits> is gone")
    assert [each.state for each in paybacks_left(paid.floor.db)] == [to]
    (settled,) = paid.floor.ask(settle_payback("sco-1", "1", "r-1", "ann 6222021234567890"), AT)
    assert isinstance(settled, PaybackSettled)
    assert settled.by == "ann <16 digits>"
    assert (only(paid).state, paybacks_left(paid.floor.db)) == ("settled", [])


def test_a_card_gets_it_back_at_its_terminal(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.put_in_bag(1_030)
    lane.bill()
    lane.charged(650, receipt="0042")
    told = asked(give_back(lane))
    assert (told.payer, told.tender, only(lane).payment) == ("terminal-7", "card", "")


def test_points_and_stored_value_are_no_money_for_the_payer(lane: SelfCheckout) -> None:
    lane.scan(gtin=MILK)
    lane.put_in_bag(1_030)
    lane.bill()
    lane.charged(650)
    lane.floor.db.execute("UPDATE orders SET paid_minor = 0, balance_minor = 650")
    events = give_back(lane)
    assert [event for event in events if isinstance(event, PaybackAsked)] == []
    assert [event.money_minor for event in events if isinstance(event, OrderRefunded)] == [0]


def test_what_a_till_took_a_till_gives_back(till: Till) -> None:
    till.open()
    till.choose("milk", 1)
    till.pay(650)
    events = till.floor.ask(refund(till.name, "17", None, reason="sour", by="ann", name="r-1"), AT)
    assert not any(isinstance(event, PaybackAsked) for event in events)
