"""A finished order as a till posts it, and each way of getting one wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from drivers.commands import Refused, Tare
from drivers.contract import DeviceSilent, Wires
from drivers.counter_readings import OrderReported, SoldLine
from drivers.pos.till_http import DRIVER, HttpTill, HttpTillSettings, decode
from drivers.readings import Presence, Unreadable
from drivers.wires.mqtt_inbox import Message
from drivers.wires.post import Post

MILK = {"code": "6901028075831", "qty": 2, "amount_minor": 1300}
BANANAS = {"code": "4011", "grams": 1234, "amount_minor": 985}
ORDER = {"sequence": 42, "business_day": "2026-11-21", "lines": [MILK, BANANAS], "amount_minor": 2285, "tender": "cash"}
CARD = "4111111111111111"


def message(body: bytes) -> Message:
    return Message(device="till-3", branch="event", name="order", payload=body, at=datetime.now(UTC), monotonic_ms=5, number=1)


def told(**changes: object) -> OrderReported | Unreadable:
    return decode(message(json.dumps({**ORDER, **changes}).encode()))


def refusal(**changes: object) -> str:
    reading = told(**changes)
    assert isinstance(reading, Unreadable)
    return reading.problem


def test_a_whole_order() -> None:
    order = told(member="M-77")
    assert isinstance(order, OrderReported)
    assert (order.device, order.order, order.business_day, order.report.id) == (
        "till-3",
        "2026-11-21-42",
        "2026-11-21",
        "2026-11-21:42",
    )
    assert (order.amount_minor, order.tender, order.member) == (2285, "cash", "M-77")
    assert order.lines == (
        SoldLine(code="6901028075831", qty=2, amount_minor=1300),
        SoldLine(code="4011", grams=1234, amount_minor=985),
    )
    assert "M-77" not in repr(order)


def test_a_till_may_name_the_order() -> None:
    order = told(order="T3-0042")
    assert isinstance(order, OrderReported)
    assert order.order == "T3-0042"


def test_the_same_order_is_the_same_report_however_it_is_written() -> None:
    one, spaced = told(), decode(message(json.dumps(dict(reversed(ORDER.items())), indent=4).encode()))
    other = told(tender="card")
    assert isinstance(one, OrderReported)
    assert isinstance(spaced, OrderReported)
    assert isinstance(other, OrderReported)
    assert one.report == spaced.report
    assert one.report.id == other.report.id
    assert one.report.digest != other.report.digest


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"sequence": -1}, "$.sequence"),
        ({"sequence": "42"}, "$.sequence"),
        ({"business_day": "21.11.2026"}, "$.business_day"),
        ({"business_day": "2026-13-01"}, "$.business_day"),
        ({"lines": []}, "$.lines"),
        ({"lines": [MILK] * 501}, "$.lines"),
        ({"lines": [{**MILK, "qty": 0}]}, "$.lines[0].qty"),
        ({"lines": [{**MILK, "qty": 1.5}]}, "$.lines[0].qty"),
        ({"lines": [{**BANANAS, "grams": -3}]}, "$.lines[0].grams"),
        ({"lines": [{**MILK, "code": ""}]}, "$.lines[0].code"),
        ({"lines": [{**MILK, "price": 3}]}, "price"),
        ({"amount_minor": 12.5}, "$.amount_minor"),
        ({"amount_minor": -1}, "$.amount_minor"),
        ({"tender": "Cash!"}, "$.tender"),
        ({"order": "a/b"}, "$.order"),
        ({"total": 3}, "total"),
    ],
)
def test_a_field_that_is_wrong_is_named(changes: dict[str, object], place: str) -> None:
    problem = refusal(**changes)
    assert problem.startswith("event/order: ")
    assert place in problem


def test_a_line_is_pieces_or_grams() -> None:
    wrong = "line 2 must say either qty (pieces) or grams, and not both"
    assert refusal(lines=[MILK, {"code": "a", "amount_minor": 1}]) == wrong
    assert refusal(lines=[MILK, {**MILK, "grams": 5}]) == wrong


def test_card_numbers_go_no_further() -> None:
    assert refusal(lines=[{**MILK, "code": CARD}]) == "the code of line 1 may be a card number: send the code of the goods"
    code = {"code": "134567890123456789"}
    assert refusal(lines=[MILK, MILK | code]) == "the code of line 2 may be a payment code: send the code of the goods"
    assert "card number" in refusal(order=CARD)
    assert "card number" in refusal(tender=CARD)
    reading = told(order=CARD)
    assert CARD not in repr(reading)
    assert isinstance(reading, Unreadable)
    assert CARD.encode() not in reading.payload


def test_half_a_body_is_no_order() -> None:
    half = decode(message(json.dumps(ORDER).encode()[:60]))
    assert isinstance(half, Unreadable)
    assert half.problem.startswith("event/order is not JSON: ")
    long = decode(message(b" " * 70_000))
    assert isinstance(long, Unreadable)
    assert long.problem == "a message of 68 KiB is too long: send at most 64 KiB"


async def test_a_till_that_says_nothing_for_long_is_silent() -> None:
    till = HttpTill("till-3", HttpTillSettings.model_construct(silent_after_s=0), Post())
    async with till:
        readings = till.readings()
        assert isinstance(await anext(readings), Presence)
        with pytest.raises(DeviceSilent) as silent:
            await anext(readings)
    assert str(silent.value) == "till-3 has reported no order for 0 s: is it on, and does it reach the box?"


async def test_it_takes_no_commands() -> None:
    async with DRIVER.open("till-3", HttpTillSettings(), Wires(broker=None)) as till:  # type: ignore[arg-type]
        refused = await till.perform(Tare())
    assert refused == Refused(reason="a till that reports by HTTP cannot tare; it can: nothing")
