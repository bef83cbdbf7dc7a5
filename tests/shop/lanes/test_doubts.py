"""A payment that an attendant called unpaid is asked about until it is certain; money that came late is told and offered once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest

from edge.shop.lanes.doubt_events import LaneCleared, LaneDoubted, PaybackOffered
from edge.shop.lanes.doubts import ASKED_FOR, Doubt, never_known, nothing_came, payments_doubted
from edge.shop.lanes.late_money import came_late
from edge.shop.lanes.payback_events import PaybackAsked, PaybackSettled
from edge.shop.lanes.paybacks import (
    accept_payback,
    given_back,
    paybacks_asked,
    paybacks_left,
    paybacks_of,
    settle_payback,
)
from edge.shop.lanes.payment_events import LaneBilled, LaneUnpaid
from edge.shop.orders.refunds import refund
from edge.shop.registry import MIGRATIONS
from sync.events import Event
from sync.migrations import migrate
from tests.shop.lanes.conftest import AT, SelfCheckout, taking_codes

Refusal = Callable[[Callable[[], object]], tuple[str, str]]
MILK = "06901234567892"


@pytest.fixture
def coded(lane: SelfCheckout) -> SelfCheckout:
    """One milk is about to be paid, by code."""
    taking_codes(lane)
    lane.scan(gtin=MILK)
    lane.bill()
    return lane


@pytest.fixture
def doubt(coded: SelfCheckout) -> Doubt:
    """A code was shown, nobody could tell, and the attendant found nothing."""
    coded.show_payment_code()
    coded.doubt()
    coded.attend("unpaid")
    (found,) = payments_doubted(coded.floor.db)
    return found


def late(coded: SelfCheckout, doubt: Doubt) -> tuple[Event, ...]:
    """The order is paid by another code, and then the first money comes."""
    coded.show_payment_code()
    coded.charged(650, receipt="420002")
    return coded.floor.ask(came_late(doubt, "420001"), AT)


def payment_of(coded: SelfCheckout) -> str:
    """The payment that the order was paid with."""
    (found,) = coded.floor.db.execute("SELECT payment FROM order_payments").fetchone()
    return str(found)


def test_a_gateway_is_asked_on_about_what_an_attendant_called_unpaid(coded: SelfCheckout) -> None:
    billed = coded.show_payment_code()[-1]
    assert isinstance(billed, LaneBilled)
    coded.doubt()
    _, doubted, unpaid = coded.attend("unpaid")
    assert doubted == LaneDoubted(
        lane="sco-1",
        order="1",
        payer="wechat-7",
        payment=billed.payment,
        tender="wechat",
        amount_minor=650,
        currency="CNY",
        doubted_at="2026-03-01T10:00:00.000Z",
    )
    assert isinstance(unpaid, LaneUnpaid)
    (found,) = payments_doubted(coded.floor.db)
    assert (found.payment, found.amount_minor, found.ends) == (billed.payment, 650, AT + timedelta(days=1))
    assert timedelta(days=1) == ASKED_FOR


def test_what_an_attendant_saw_is_certain(coded: SelfCheckout) -> None:
    coded.show_payment_code()
    coded.doubt()
    coded.attend("paid")
    assert payments_doubted(coded.floor.db) == []


def test_a_terminal_is_not_asked_on(coded: SelfCheckout) -> None:
    coded.bill_card()
    coded.doubt()
    coded.attend("unpaid")
    assert payments_doubted(coded.floor.db) == []


def test_nothing_was_charged_in_the_end(coded: SelfCheckout, doubt: Doubt) -> None:
    (cleared,) = coded.floor.ask(nothing_came(doubt, "taken back"), AT)
    assert isinstance(cleared, LaneCleared)
    assert (cleared.outcome, cleared.reason) == ("nothing", "taken back")
    assert (payments_doubted(coded.floor.db), paybacks_left(coded.floor.db)) == ([], [])
    assert coded.floor.ask(came_late(doubt, "420001"), AT) == ()


def test_money_that_came_late_is_told_once_and_offered_back(coded: SelfCheckout, doubt: Doubt) -> None:
    cleared, offered = late(coded, doubt)
    assert isinstance(cleared, LaneCleared)
    assert (cleared.outcome, cleared.receipt, cleared.payment) == ("late", "420001", doubt.payment)
    assert isinstance(offered, PaybackOffered)
    assert (offered.refund, offered.amount_minor, offered.tender) == (doubt.payment, 650, "wechat")
    assert offered.reason == "the money came after the attendant had found nothing"
    assert coded.floor.ask(came_late(doubt, "420001"), AT) == ()
    (left,) = paybacks_left(coded.floor.db)
    assert (left.state, left.payment, left.paid_minor, left.payback) == ("offered", doubt.payment, 650, offered.payback)
    assert paybacks_asked(coded.floor.db) == []


def test_what_nobody_could_tell_in_a_day_is_put_before_people(coded: SelfCheckout, doubt: Doubt) -> None:
    cleared, offered = coded.floor.ask(never_known(doubt, "no line"), AT)
    assert isinstance(cleared, LaneCleared)
    assert (cleared.outcome, cleared.reason) == ("unknown", "no line")
    assert isinstance(offered, PaybackOffered)
    told = f"nobody could tell whether payment {doubt.payment} came: look for it at the merchant platform first"
    assert offered.reason == told
    assert coded.floor.ask(never_known(doubt, "no line"), AT) == ()


def test_staff_have_late_money_given_back_once(coded: SelfCheckout, doubt: Doubt, refusal: Refusal) -> None:
    late(coded, doubt)
    accept = partial(coded.floor.ask, accept_payback("sco-1", "1", doubt.payment, "ann"), AT)
    (asked,) = accept()
    assert isinstance(asked, PaybackAsked)
    assert (asked.by, asked.tender, asked.amount_minor) == ("ann", "wechat", 650)
    (payback,) = paybacks_asked(coded.floor.db)
    assert (payback.payer, payback.payment, payback.paid_minor, payback.detail) == ("wechat-7", doubt.payment, 650, "")
    told = f"refund {doubt.payment} of order 1 of sco-1 is not offered: it is asked"
    assert refusal(accept) == ("payback-not-offered", told)
    coded.floor.ask(given_back(payback, "50300"), AT)
    assert refusal(accept)[1] == f"refund {doubt.payment} of order 1 of sco-1 is not offered: it is given"


def test_what_was_never_offered_cannot_be_accepted(coded: SelfCheckout, refusal: Refusal) -> None:
    told = refusal(partial(coded.floor.ask, accept_payback("sco-1", "1", "r-1", "ann"), AT))
    assert told == ("payback-not-offered", "refund r-1 of order 1 of sco-1 is not offered: it is not known")


def test_staff_may_say_that_nothing_goes_back(coded: SelfCheckout, doubt: Doubt) -> None:
    late(coded, doubt)
    (settled,) = coded.floor.ask(settle_payback("sco-1", "1", doubt.payment, "ann"), AT)
    assert isinstance(settled, PaybackSettled)
    assert paybacks_left(coded.floor.db) == []


def test_late_money_and_the_payment_of_the_order_go_back_each_where_it_came_from(coded: SelfCheckout, doubt: Doubt) -> None:
    late(coded, doubt)
    second = payment_of(coded)
    coded.floor.ask(refund("sco-1", "1", None, reason="sour", by="ann", name="r-1"), AT)
    coded.floor.ask(accept_payback("sco-1", "1", doubt.payment, "ann"), AT)
    found = {each.refund: (each.payment, each.paid_minor, each.state) for each in paybacks_of(coded.floor.db, "sco-1", "1")}
    assert found == {"r-1": (second, 650, "asked"), doubt.payment: (doubt.payment, 650, "asked")}
    assert len({each.payback for each in paybacks_of(coded.floor.db, "sco-1", "1")}) == 2


def test_paybacks_of_before_are_kept_when_the_tables_grow() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db, [each for each in MIGRATIONS if each.name < "shop-0020"])
        row = (1, "r-1", "wechat-7", "abc", 650, "by-hand", "no account")
        db.execute("INSERT INTO order_paybacks VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        migrate(db, MIGRATIONS)
        assert db.execute("SELECT * FROM order_paybacks").fetchall() == [(*row, None, None)]
