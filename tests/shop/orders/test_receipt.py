"""What comes out of the printer when the box is the till."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from config.schema import Lane
from drivers.commands import Line, Print, Qr
from edge.command_json import read_command
from edge.shop.job_events import JobQueued
from edge.shop.jobs import find_job
from edge.shop.lanes.answers import charged
from edge.shop.lanes.goods import choose_goods
from edge.shop.lanes.paying import bill
from edge.shop.orders.receipt import ReceiptIssued, tail_of
from tests.shop.conftest import AT

if TYPE_CHECKING:
    from sync.events import Event
    from tests.shop.conftest import Floor

MILK = "6901234567892"


def sell(floor: Floor, language: str = "en") -> tuple[Floor, tuple[Event, ...]]:
    """Two cartons of milk, paid by card at a self-checkout lane."""
    lane = Lane(terminal="terminal-1", printer="printer-1")
    floor = floor.with_shop(lanes={"sco-1": lane}, language=language, name="Corner shop")
    floor.ask(choose_goods("sco-1", MILK, 2), AT)
    floor.ask(bill("sco-1"), AT)
    return floor, floor.ask(charged("sco-1", "1", 1_300), AT)


def paper(floor: Floor) -> Print:
    job = find_job(floor.db, "receipt-sco-1-1")
    assert job is not None
    assert (job.device, job.state) == ("printer-1", "queued")
    printed = read_command(msgspec.json.decode(job.content))
    assert isinstance(printed, Print)
    return printed


def lines(printed: Print) -> list[str]:
    return [block.text for block in printed.blocks if isinstance(block, Line)]


def test_a_receipt_is_left_in_the_same_transaction_as_the_payment(floor: Floor) -> None:
    floor, events = sell(floor)
    (issued,) = [event for event in events if isinstance(event, ReceiptIssued)]
    (queued,) = [event for event in events if isinstance(event, JobQueued)]
    assert (issued.job, issued.printer, len(issued.token)) == (queued.job, "printer-1", 16)
    printed = paper(floor)
    assert [block.text for block in printed.blocks if isinstance(block, Qr)] == [f"storebox:receipt/{issued.token}"]
    assert lines(printed) == [
        "Corner shop",
        "Receipt sco-1-1",
        "2026-03-01 18:00:00",
        "Milk",
        "2 × 6.50    13.00",
        "Total    13.00 CNY",
        "Card    13.00",
        "Thank you",
    ]


def test_a_receipt_speaks_the_language_of_the_store(floor: Floor) -> None:
    floor, _ = sell(floor, "zh")
    assert lines(paper(floor))[-3:] == ["合计    13.00 CNY", "银行卡    13.00", "谢谢惠顾"]
    assert "Milk" in lines(paper(floor))  # the catalogue has no Chinese name for it


def test_a_till_prints_its_own_receipts(floor: Floor) -> None:
    floor.till().choose(MILK, 1)
    assert not [event for event in floor.till().pay(650) if isinstance(event, ReceiptIssued)]


@pytest.mark.parametrize(("ref", "tail"), [("m-1", "1"), ("m", ""), ("m-1001", "01"), ("m-2026-7788", "7788")])
def test_a_receipt_tells_less_than_half_of_a_member_s_name(ref: str, tail: str) -> None:
    assert tail_of(ref) == tail
