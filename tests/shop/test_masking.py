"""What may be written down of a message that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.reading import Report
from drivers.readings import Unreadable
from edge.shop.decide import letter_for
from edge.shop.masking import PAYLOAD_BYTES, is_barcode, masked, masked_code

if TYPE_CHECKING:
    from tests.shop.conftest import Floor


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("order 1234", "order 1234"),
        ("call 13800138000", "call <11 digits>"),
        ("lost 192.168.1.50:9100.", "lost 192.168.1.50:9100."),
        ("(no answer from 127.0.0.1:33405)", "(no answer from 127.0.0.1:33405)"),
        ("138.001.380.00", "<11 digits>"),
        ("1.2.3.4.5.6.7", "<7 digits>"),
        ("192.168.1.50 4929107853461286", "192.168.1.50 <16 digits>"),
        ("138-0013-8000", "<11 digits>"),
        ("6222 0212 3456 7890", "<16 digits>"),
        ("134567890123456789", "<18 digits>"),
        ("scan 6901234567892 twice", "scan 6901234567892 twice"),
        ("６２２２０２１２３", "<9 digits>"),
    ],
)
def test_long_runs_of_digits_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("MEMBER-kV7qX2", "<13 characters>"),
        ("SPRINGSALE", "<10 characters>"),
        ("AB12CD34", "<8 characters>"),
        ("8800417.92617835", "<15 digits>"),
        ("6901234567892", "6901234567892"),
        ("4011", "4011"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_code_that_may_be_a_member_s_or_a_coupon_s_is_told_by_its_length(code: str, shown: str) -> None:
    assert masked_code(code) == shown


@pytest.mark.parametrize("digits", ["6901234567892", "96385074", "036000291452"])
def test_a_barcode_is_known_by_its_check_digit(digits: str) -> None:
    assert is_barcode(digits)
    assert not is_barcode(digits[:-1] + str((int(digits[-1]) + 1) % 10))


@pytest.mark.parametrize("text", ["", "1234", "00000000000000", "6901234567a92"])
def test_other_text_is_no_barcode(text: str) -> None:
    assert not is_barcode(text)


def unreadable(floor: Floor, payload: bytes, problem: str = "it is not JSON") -> Unreadable:
    return Unreadable(**floor.stamp("till-1"), problem=problem, report=Report(id="r1", digest=b""), payload=payload)


def test_an_unreadable_message_is_kept_masked(floor: Floor) -> None:
    letter = letter_for(unreadable(floor, b'{"order": "17", "amount": 1380013800\xff', "byte 38 of 1380013800 is bad"))
    assert (letter.kind, letter.device) == ("unreadable", "till-1")
    assert letter.told == '{"order": "17", "amount": <10 digits>\\xff'
    assert letter.reason == "byte 38 of <10 digits> is bad"


@pytest.mark.parametrize(
    ("payload", "problem"),
    [(b'{"code": "ABCDEF', "it is not JSON"), (b"\x00ABCDEF", "event/member is not JSON"), (b'MEMBER "ABCDEF"', "no id")],
)
def test_of_what_may_hold_a_member_code_only_the_length_is_kept(floor: Floor, payload: bytes, problem: str) -> None:
    letter = letter_for(unreadable(floor, payload, problem))
    assert letter.told == f"{len(payload)} bytes that may hold a member code"


@pytest.mark.parametrize("payload", [b"x" * 200_000, "秤".encode() * 70_000, b"\xff" * 200_000])
def test_a_huge_message_is_kept_in_part(floor: Floor, payload: bytes) -> None:
    told = letter_for(unreadable(floor, payload)).told
    assert PAYLOAD_BYTES - 8 <= len(told.encode()) <= PAYLOAD_BYTES
