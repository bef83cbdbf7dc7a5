"""Goods that come back: written down with a number and a slip, refused when the receipt says otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.declined import Declined
from edge.shop.job_events import JobQueued
from edge.shop.jobs import find_job
from edge.shop.orders.refunds import Returned, refund
from edge.shop.staff import events as staff_events
from edge.shop.staff.document import adopt_staff, parse_staff
from edge.shop.staff.events import GoodsReturned, ReturnSettled
from edge.shop.staff.returns import Intake, hand_back, take_back
from tests.shop.conftest import AT

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Scale, Till

ROSTER = {
    "salt": "c3Nzc3Nzc3Nzc3Nzc3Nzcw==",
    "staff": [],
    "return_reasons": [{"code": "broken", "names": {"zh": "损坏", "en": "Broken"}}],
}
MILK = Intake(sku="milk", qty=1, reason="broken", wish="refund", till="till-1", order="17", printer="printer-1")


@pytest.fixture
def sold(floor: Floor, till: Till) -> Floor:
    adopt_staff(parse_staff(msgspec.json.encode(ROSTER)), 1, floor.db)
    till.open()
    till.choose("milk", 2)
    till.pay(1300)
    return floor


def test_goods_come_back_with_a_number_and_a_slip(sold: Floor) -> None:
    returned, queued = sold.ask(take_back(MILK, "g-1"))
    assert isinstance(returned, GoodsReturned)
    assert isinstance(queued, JobQueued)
    assert (returned.sku, returned.qty, returned.reason, returned.wish) == ("milk", 1, "broken", "refund")
    assert len(returned.number) == 8
    job = find_job(sold.db, queued.job)
    assert job is not None
    assert returned.number in job.content
    assert "损坏 Broken" in job.content


def test_without_a_receipt_and_without_a_printer_they_come_back_too(sold: Floor) -> None:
    (returned,) = sold.ask(take_back(replace(MILK, till=None, order=None, printer=None), "g-1"))
    assert isinstance(returned, GoodsReturned)


@pytest.mark.parametrize(
    ("intake", "problem"),
    [
        (replace(MILK, reason="mood"), "this reason is not on headquarters' list: choose one of the page"),
        (replace(MILK, sku="13800138000"), "no product of the catalogue has the code <11 digits>: add it at headquarters"),
        (replace(MILK, till=None), "this box does not know that receipt: take the goods back without one"),
        (replace(MILK, order=None), "this box does not know that receipt: take the goods back without one"),
        (replace(MILK, qty=0), "the number of pieces is from 1 to 999"),
        (replace(MILK, qty=3), "of 2 of milk on that receipt 2 can still come back: look at the goods and the receipt"),
        (replace(MILK, order="18"), "this box does not know that receipt: take the goods back without one"),
    ],
)
def test_what_cannot_be_is_refused(sold: Floor, intake: Intake, problem: str) -> None:
    with pytest.raises(Declined, match=problem):
        sold.ask(take_back(intake, "g-1"))


def test_only_the_newest_slips_are_remembered(sold: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff_events, "KEEP_RETURNS", 2)
    numbers = []
    for hour in range(3):
        returned, _ = sold.ask(take_back(replace(MILK, till=None, order=None), "g-1"), AT + timedelta(hours=hour))
        assert isinstance(returned, GoodsReturned)
        numbers.append(returned.number)
    assert sold.db.execute("SELECT number FROM returns ORDER BY received_at").fetchall() == [(each,) for each in numbers[1:]]


def slip(floor: Floor, **changes: Any) -> str:
    """The number of one."""
    returned, *_ = floor.ask(take_back(replace(MILK, **changes), "g-1"))
    assert isinstance(returned, GoodsReturned)
    return returned.number


def refused(floor: Floor, **changes: Any) -> str:
    with pytest.raises(Declined) as declined:
        slip(floor, **changes)
    return str(declined.value)


def test_several_slips_together_never_exceed_what_the_receipt_sold(sold: Floor) -> None:
    slip(sold)
    slip(sold)
    assert refused(sold) == "of 2 of milk on that receipt 0 can still come back: look at the goods and the receipt"
    slip(sold, till=None, order=None)


def test_what_was_refunded_cannot_come_back(sold: Floor) -> None:
    sold.ask(refund("till-1", "17", [Returned(line=1, qty=1)], reason="", by="anna"))
    assert refused(sold, qty=2) == "of 2 of milk on that receipt 1 can still come back: look at the goods and the receipt"
    slip(sold)


def test_a_refund_settles_the_slip_that_it_is_for(sold: Floor) -> None:
    repair, number = slip(sold, wish="repair"), slip(sold)
    events = sold.ask(refund("till-1", "17", [Returned(line=1, qty=1)], reason="", by="anna"))
    settled = [event for event in events if isinstance(event, ReturnSettled)]
    assert settled == [ReturnSettled(number=number, qty=1, outcome="refunded", by="anna")]
    assert settled[0].subject() == number
    refused(sold)
    (handed,) = sold.ask(hand_back(repair.lower(), "li"))
    assert handed == ReturnSettled(number=repair, qty=1, outcome="handed", by="li")
    slip(sold)  # what was repaired may break again


def test_only_goods_that_are_here_are_handed_back(sold: Floor) -> None:
    number = slip(sold)
    sold.ask(hand_back(number, "li"))
    for unknown in (number, "NOSUCH"):
        with pytest.raises(Declined) as declined:
            sold.ask(hand_back(unknown, "li"))
        assert str(declined.value) == f"no goods are here with slip {unknown}: look at the number on the slip"


def test_what_was_weighed_is_one_piece(floor: Floor, till: Till, scale: Scale) -> None:
    adopt_staff(parse_staff(msgspec.json.encode(ROSTER)), 1, floor.db)
    scale.settle(0)
    till.choose("banana")
    scale.settle(1_000)
    till.pay(798)
    banana = {"sku": "banana"}
    floor.ask(refund("till-1", "17", [Returned(line=1, grams=400)], reason="", by="anna"))
    number = slip(floor, **banana)
    refused(floor, **banana)
    floor.ask(hand_back(number, "li"))
    floor.ask(refund("till-1", "17", None, reason="", by="anna"))
    assert refused(floor, **banana).startswith("of 1 of 4011 on that receipt 0 can still come back")
