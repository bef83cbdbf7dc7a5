"""What every MQTT event has in common, and what may never get further: card numbers, payment codes, endless messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Receipt
from drivers.reading import Report
from drivers.reports import (
    KEPT_BYTES,
    LONGEST_PROBLEM,
    Unclear,
    acknowledgement,
    checked_name,
    checked_words,
    report_of,
    shown,
    unreadable,
)
from drivers.wires.mqtt_inbox import Message

CARD = "4111111111111111"


def message(payload: bytes | dict[str, object], name: str = "paid") -> Message:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Message(device="till-1", branch="event", name=name, payload=data, at=datetime.now(UTC), monotonic_ms=1, number=1)


def test_a_report_is_named_by_its_id_and_the_hash_of_its_bytes() -> None:
    told = message({"id": "7f3a-1", "seq": 7, "at": "2099-01-01T00:00:00Z", "new in firmware 9": [1, 2]})
    assert report_of(told) == Report(id="7f3a-1", digest=sha256(told.payload).digest(), seq=7, device_at="2099-01-01T00:00:00Z")


@pytest.mark.parametrize("id_", ["", "a/b", "+", "#", "a\0", "x" * 65, "a b", "a\n", 7, None])
def test_an_id_that_is_none_is_refused(id_: object) -> None:
    with pytest.raises(Unclear, match=r"event/paid: Expected `str`.* - at `\$.id`; docs/mqtt.md shows what is expected"):
        report_of(message({"id": id_}))


@pytest.mark.parametrize("payload", [b"", b'{"id": "x', b"\xff\xfe", b"[" * 100_000, b'{"id": "\xff"}', b'{"id":"\\ud800"}'])
def test_what_is_not_json_is_refused(payload: bytes) -> None:
    with pytest.raises(Unclear, match=r"event/paid(: | is not JSON: )"):
        report_of(message(payload))


@given(st.binary(max_size=300), st.sampled_from(["paid", "member", "a/b", "\x00"]))
def test_no_bytes_at_all_raise_anything_but_unclear(payload: bytes, name: str) -> None:
    assert len(unreadable(message(payload, name), "x").payload) <= KEPT_BYTES


def test_an_unreadable_message_keeps_its_report_and_a_piece_of_its_payload() -> None:
    told = message({"id": "a-1", "padding": "x" * 200_000})
    aside = unreadable(told, "too long")
    assert aside.report == report_of(told)
    assert aside.payload == told.payload[:KEPT_BYTES]
    assert unreadable(message(b'{"id": "a'), "half").report is None


@pytest.mark.parametrize("number", [CARD, "4111 1111 1111 1111", "4111-1111-1111-1111", "134567890123456789"])
def test_no_long_number_is_kept_or_shown(number: str) -> None:
    aside = unreadable(message({"id": "a-1", "tender": number}), "no")
    assert b"1111" not in aside.payload
    assert b"5678" not in aside.payload
    assert b"tender" in aside.payload
    assert "1111" not in shown(f"x{number}")


def test_a_card_number_cut_by_the_limit_is_not_kept_either() -> None:
    aside = unreadable(message({"id": "a-1", "p": "x" * (KEPT_BYTES - 30), "tender": CARD}), "no")
    assert b"4111" not in aside.payload


def test_nothing_of_a_member_is_kept() -> None:
    assert unreadable(message(b'{"id": "a-1", "code": "M-77', "member"), "half").payload == b""


@pytest.mark.parametrize(
    "at", [CARD, "4111 1111 1111 1111", "134567890123456789", "yesterday", "", "2026-11-21", 1795290729, ["x"]]
)
def test_a_time_that_is_none_is_not_kept(at: object) -> None:
    assert report_of(message({"id": "a-1", "at": at})).device_at is None


@pytest.mark.parametrize("seq", [-1, 2**63, 10**30, 1.5, True, "7", None, [7]])
def test_a_number_that_counts_nothing_costs_no_order(seq: object) -> None:
    told = report_of(message({"id": "a-1", "seq": seq}))
    assert (told.id, told.seq) == ("a-1", None)


@pytest.mark.parametrize("at", ["2026-11-21T10:00:00Z", "2026-11-21T10:00:00.123456+08:00", "2026-11-21 10:00:00"])
def test_the_device_s_own_time_is_kept_as_it_told_it(at: str) -> None:
    assert report_of(message({"id": "a-1", "at": at})).device_at == at


@pytest.mark.parametrize(
    "name",
    [CARD, f"t1-{CARD}", "6011000990139424", f"{CARD}.1", "4111-1111-1111-1111", "t1:5500.0000.0000.0004", "3782-822463-10005"],
)
def test_a_card_number_is_no_name(name: str) -> None:
    with pytest.raises(Unclear, match="order holds what may be a card number: number it otherwise") as unclear:
        checked_name("order", name)
    assert "1111" not in str(unclear.value)


@pytest.mark.parametrize(
    "name",
    [
        *("4111111111111112", "446655440000", "550e8400-e29b-41d4-a716-446655440000", f"a{CARD}", "41111111111111111111"),
        *("20261121100000427", "179529072912341"),  # a right check digit by chance
        *("4111-1111-1111-1112", "2026-1121-0042-0011", "2026-11-21-004200-1"),
    ],
)
def test_other_numbers_are_names(name: str) -> None:
    assert checked_name("order", name) == name


@pytest.mark.parametrize(
    "words", [CARD, "paid with 4111 1111 1111 1111", "4111_1111_1111_1111", "card 4111.1111.1111.1111", "code 134567890123456789"]
)
def test_words_hold_no_long_numbers(words: str) -> None:
    with pytest.raises(
        Unclear, match="reason holds a long number, which may be a card number or a payment code: send words only"
    ):
        checked_words("reason", words)


def test_an_id_that_looks_like_a_card_is_not_answered_with() -> None:
    assert unreadable(message({"id": CARD}), "no").report is None


def test_the_answers_to_a_report() -> None:
    report = Report(id="a-1", digest=b"")
    assert json.loads(acknowledgement(report, Receipt(ok=True))) == {"id": "a-1", "ok": True}
    refusal = json.loads(acknowledgement(report, Receipt(ok=False, retry=True, problem="p" * 1000)))
    assert refusal == {"id": "a-1", "ok": False, "retry": True, "problem": "p" * LONGEST_PROBLEM}


def test_a_final_refusal_is_named_and_said_in_the_language_of_the_store() -> None:
    report = Report(id="a-1", digest=b"d")
    named = Receipt(ok=False, problem="order 7 is paid", key="order-paid", title="订单 7 已经付过款了。" + "。" * LONGEST_PROBLEM)
    told = json.loads(acknowledgement(report, named))
    assert (told["key"], told["title"][:11], len(told["title"])) == ("order-paid", "订单 7 已经付过款了", LONGEST_PROBLEM)
    plain = json.loads(acknowledgement(report, Receipt(ok=False, retry=True, problem="full")))
    assert plain == {"id": "a-1", "ok": False, "retry": True, "problem": "full"}
