"""A till's events, each as docs/mqtt.md shows it, and each way of getting one wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from drivers.commands import SetProperty
from drivers.pos.till import DRIVER, TillSettings, decode
from drivers.readings import ItemChosen, ItemRemoved, MemberShown, OrderOpened, OrderPaid, OrderRefunded, OrderVoided, Unreadable
from drivers.wires.mqtt_inbox import Message

CARD = "4111111111111111"


def told(name: str, **fields: object) -> Message:
    payload = json.dumps({"id": "e-1", "order": "t1-0042", **fields}).encode()
    return Message(device="till-1", branch="event", name=name, payload=payload, at=datetime.now(UTC), monotonic_ms=5, number=1)


def refusal(name: str, **fields: object) -> str:
    reading = decode(told(name, **fields))
    assert isinstance(reading, Unreadable)
    return reading.problem


def test_an_order_from_its_opening_to_its_payment() -> None:
    opened = decode(told("opened", business_day="2026-11-21"))
    assert isinstance(opened, OrderOpened)
    assert (opened.device, opened.order, opened.business_day, opened.report.id) == ("till-1", "t1-0042", "2026-11-21", "e-1")
    item = decode(told("item", code="6901028075831", qty=2))
    assert isinstance(item, ItemChosen)
    assert (item.code, item.qty) == ("6901028075831", 2)
    weighed = decode(told("item", code="苹果"))
    assert isinstance(weighed, ItemChosen)
    assert (weighed.code, weighed.qty) == ("苹果", None)
    removed = decode(told("removed", line=1))
    assert isinstance(removed, ItemRemoved)
    assert removed.line == 1
    paid = decode(told("paid", amount_minor=1250, tender="cash"))
    assert isinstance(paid, OrderPaid)
    assert (paid.amount_minor, paid.tender) == (1250, "cash")
    voided = decode(told("voided", reason="顾客离开"))
    assert isinstance(voided, OrderVoided)
    assert voided.reason == "顾客离开"
    back = decode(told("refunded", reason="broken", line=1, qty=2))
    assert isinstance(back, OrderRefunded)
    assert (back.reason, back.line, back.qty, back.grams) == ("broken", 1, 2, None)


def test_a_member_is_shown_with_and_without_an_order() -> None:
    shown = decode(told("member", code="M-77"))
    assert isinstance(shown, MemberShown)
    assert (shown.order, shown.code) == ("t1-0042", "M-77")
    alone = decode(told("member", code="M-77", order=None))
    assert isinstance(alone, MemberShown)
    assert alone.order is None
    assert "M-77" not in repr(alone)


@pytest.mark.parametrize(
    ("name", "fields", "place"),
    [
        ("opened", {"order": 5}, "$.order"),
        ("opened", {"order": "a/b"}, "$.order"),
        ("opened", {"business_day": "tomorrow"}, "$.business_day"),
        ("item", {"code": ""}, "$.code"),
        ("item", {"code": "a\0"}, "$.code"),
        ("item", {"code": "x" * 129}, "$.code"),
        ("item", {"code": "a", "qty": 0}, "$.qty"),
        ("item", {"code": "a", "qty": 10_000}, "$.qty"),
        ("item", {"code": "a", "qty": 1.5}, "$.qty"),
        ("item", {}, "code"),
        ("removed", {"line": 0}, "$.line"),
        ("paid", {"amount_minor": -1, "tender": "cash"}, "$.amount_minor"),
        ("paid", {"amount_minor": 12.5, "tender": "cash"}, "$.amount_minor"),
        ("paid", {"amount_minor": "12", "tender": "cash"}, "$.amount_minor"),
        ("paid", {"amount_minor": 1, "tender": "Cash!"}, "$.tender"),
        ("voided", {"reason": "two\nlines"}, "$.reason"),
        ("voided", {"reason": "x" * 201}, "$.reason"),
    ],
)
def test_a_field_that_is_wrong_is_named(name: str, fields: dict[str, object], place: str) -> None:
    problem = refusal(name, **fields)
    assert problem.startswith(f"event/{name}: ")
    assert place in problem
    assert problem.endswith("docs/mqtt.md shows what is expected")


def test_an_event_that_no_till_has_is_named() -> None:
    expected = "opened, item, removed, paid, voided, refunded or member"
    assert refusal("refund") == f"no event of a till is called 'refund': {expected}"
    assert refusal(f"paid/{CARD}") == f"no event of a till is called 'paid/*': {expected}"


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("paid", {"amount_minor": 1, "tender": CARD}),
        ("voided", {"reason": f"card {CARD} refused"}),
        ("voided", {"reason": "付款码 134567890123456789"}),
        ("opened", {"order": CARD}),
        ("member", {"code": "M-77", "order": CARD}),
    ],
)
def test_card_numbers_and_payment_codes_go_no_further(name: str, fields: dict[str, object]) -> None:
    reading = decode(told(name, **fields))
    assert isinstance(reading, Unreadable)
    assert reading.report is not None
    assert "card number" in reading.problem
    assert "1111" not in reading.problem
    assert b"1111" not in reading.payload
    assert b"567890" not in reading.payload


@pytest.mark.parametrize(("code", "what"), [(CARD, "card number"), ("134567890123456789", "payment code")])
def test_no_card_and_no_payment_code_is_goods(code: str, what: str) -> None:
    assert refusal("item", code=code, qty=1) == f"code may be a {what}: send the code of the goods"


def test_a_message_that_is_too_long_is_refused_by_its_id() -> None:
    reading = decode(told("item", code="a", padding="x" * 200_000))
    assert isinstance(reading, Unreadable)
    assert reading.problem == "a message of 195 KiB is too long: send at most 64 KiB"
    assert reading.report is not None
    assert reading.report.id == "e-1"


def test_the_driver_says_what_it_is() -> None:
    assert (DRIVER.kind, DRIVER.settings_class, DRIVER.commands) == ("till", TillSettings, (SetProperty,))
