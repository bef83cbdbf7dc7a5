"""The language of card terminals, byte for byte; the frames of real payments are those published with their numbers masked."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import BadFrame
from drivers.pos import zvt
from drivers.pos.zvt import Aborted, Acknowledged, Completed, OnTheWay, Other, Rejected, Status, decode, wants_answer
from drivers.pos.zvt_fields import Fields
from drivers.pos.zvt_words import result_words, status_words

PAN = "4929101234561237"
DEBIT_MASTERCARD = (
    "040f77 2700 04000000002040 0b000470 0c223953 0d1006 0e2512 170001 1970 22f0f8eeeeeeeeeeee4771 29280048692a3130303436313736"
    "3320202020202 03b3631313830340000 3cf0f1f447454e2e4e522e3a363131383034 490978 870470 88000470 8a2e"
    "8bf1f74465626974204d61737465726361726400"
)
WITH_CONTAINER = (
    "040f65 2700 0c231355 0d1029 0e9999 22f0f8eeeeeeeeeeee4771 a001 2900000006 870008 0b000000 8a06"
    "8bf1f14d41535445524341524400 062e2f081f1201021f100100601b4307a00000000410104410446562697420"
    "4d6173746572636172641f2b0410015008"
)


def status(*fields: str) -> Fields:
    body = bytes.fromhex("".join(fields))
    said = decode(bytes.fromhex("040f") + bytes((len(body),)) + body)
    assert isinstance(said, Status)
    return said.fields


def test_what_is_sent() -> None:
    assert zvt.registration("000000", 978).hex() == "060006000000380978"
    assert zvt.authorisation(1250, 978).hex() == "06010a0400000000125049" + "0978"
    assert zvt.reversal("123456", 47).hex() == "063006123456870047"
    assert zvt.refund("000000", 314, 156).hex() == "06310d" + "000000" + "04000000000314" + "490156"
    assert zvt.end_of_day("000000").hex() == "065003000000"
    assert zvt.DIAGNOSIS.hex() == "067000"
    assert zvt.ABORT.hex() == "06b000"


@pytest.mark.parametrize(
    ("apdu", "said"),
    [
        ("800000", Acknowledged()),
        ("840000", Acknowledged()),
        ("849c00", Rejected(code=0x9C)),
        ("04ff010a", OnTheWay(words="insert card")),
        ("04ff024a05", OnTheWay(words="insert card; remove card")),
        ("04ff00", OnTheWay(words="")),
        ("060f00", Completed()),
        ("060f0419002900", Completed()),
        ("061e016c", Aborted(code=0x6C)),
        ("061e00", Aborted(code=0xFF)),
        ("06d1050048616c6c", Other()),
    ],
)
def test_what_is_heard(apdu: str, said: zvt.Said) -> None:
    assert decode(bytes.fromhex(apdu)) == said


def test_the_terminals_own_words_come_before_the_code() -> None:
    texts = bytes.fromhex("24 15 07 08") + b"Bitte   " + bytes.fromhex("07 09") + b"einf\x81hren"
    heard = decode(bytes.fromhex("04ff") + bytes((4 + len(texts), 0x0A, 0x05, 0x06, len(texts))) + texts)
    assert heard == OnTheWay(words="Bitte / einführen")
    without_timeout = decode(bytes.fromhex("04ff") + bytes((3 + len(texts), 0x0A, 0x06, len(texts))) + texts)
    assert without_timeout == heard


def test_everything_that_the_terminal_begins_wants_an_answer() -> None:
    assert not wants_answer(Acknowledged())
    assert not wants_answer(Rejected(code=0x83))
    assert all(
        wants_answer(said) for said in (Completed(), Other(), Aborted(code=1), OnTheWay(words=""), Status(fields=Fields()))
    )


def test_a_published_payment() -> None:
    said = decode(bytes.fromhex(DEBIT_MASTERCARD.replace(" ", "")))
    assert said == Status(
        fields=Fields(
            result=0,
            amount_minor=2040,
            receipt="0470",
            card="******" + "******" + "4771",
            scheme="Debit Mastercard",
            text="GEN.NR.:611804",
        )
    )


def test_a_published_payment_with_a_container() -> None:
    said = decode(bytes.fromhex(WITH_CONTAINER))
    assert said == Status(fields=Fields(result=0, receipt="0008", card="************4771", scheme="MASTERCARD"))


def test_a_card_number_in_full_is_cut_and_tracks_are_not_read() -> None:
    read = status("2700", f"22f0f8{PAN}", f"23f1f9{PAN}d25122011234567890123f", "870047")
    assert read.card == "492910******1237"
    assert read.receipt == "0047"
    assert PAN not in repr(read)
    assert status("22f1f0", "6212345678901234567f").card == "621234*********4567"
    assert status("22f0f3", "12345f").card == "*****", "what is too short for a card number is shown as nothing"


def test_a_card_number_in_a_text_is_cut() -> None:
    text = f"KARTE {PAN}".encode().hex()
    assert status("2700", f"3cf0f2f2{text}").text == "KARTE 492910******1237"


def test_a_long_message_says_its_length_in_two_bytes() -> None:
    lines = b"\x00" * 300
    assert decode(bytes.fromhex("06d3ff2c01") + lines) == Other()


def test_a_field_that_no_manual_knows_ends_the_reading_but_costs_no_payment() -> None:
    assert status("2700", "04000000000100", "ee1234", "870047") == Fields(result=0, amount_minor=100)


@pytest.mark.parametrize(
    ("apdu", "problem"),
    [
        ("", "0 bytes are no APDU of ZVT: does the terminal speak ZVT on this port?"),
        ("04ff", "2 bytes are no APDU of ZVT: does the terminal speak ZVT on this port?"),
        ("04ff02", "3 bytes are no APDU of ZVT: does the terminal speak ZVT on this port?"),
        ("06d3ff2c", "4 bytes are no APDU of ZVT: does the terminal speak ZVT on this port?"),
        ("040f0422f0f812", "the terminal's 04 0f cannot be read: it ends in the middle of a field"),
        ("040f040400000f", "the terminal's 04 0f cannot be read: it ends in the middle of a field"),
        ("040f070400000000000f", "the terminal's 04 0f cannot be read: a field of digits holds something else"),
        ("040f020685", "the terminal's 04 0f cannot be read: a container has no length"),
    ],
)
def test_what_is_no_zvt_is_named_without_its_content(apdu: str, problem: str) -> None:
    with pytest.raises(BadFrame) as bad:
        decode(bytes.fromhex(apdu))
    assert str(bad.value) == problem
    assert bad.value.frame == bytes.fromhex(apdu)[:3]


def test_a_card_number_in_a_bad_frame_is_in_no_text_and_in_no_evidence() -> None:
    with pytest.raises(BadFrame) as bad:
        decode(bytes.fromhex(f"040f0b22f0f9{PAN}"))
    assert PAN[:8] not in repr(bad.value) + bad.value.frame.hex() + str(bad.value.__cause__)


def test_the_words_of_codes() -> None:
    assert status_words(0x1D) == "declined"
    assert status_words(0x5D) == "declined; remove card"
    assert status_words(0x99) == "working (code 99)"
    assert result_words(5) == "the bank declined it (code 5)"
    assert result_words(0x6C) == "stopped on the terminal, or nobody answered it in time (code 6C)"
    assert result_words(0xEE) == "it does not say why (code EE)"


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(BadFrame):
        decode(data)
    with suppress(BadFrame):
        decode(b"\x04\x0f" + bytes((len(data),)) + data)
    with suppress(BadFrame):
        decode(b"\x04\xff" + bytes((len(data),)) + data)
