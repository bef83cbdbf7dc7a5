"""Records of Dialog 06, byte for byte; every status has its meaning; the checksums are turned by the random number."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import BadFrame, DeviceError, Frame
from drivers.readings import Weight
from drivers.scales.dialog_codes import reading
from drivers.scales.dialog_records import (
    FRAMING,
    STATUS_REQUEST,
    ChecksumsAsked,
    ChecksumsJudged,
    Goods,
    No,
    Status,
    Yes,
    decode,
    encode,
    encode_checksums,
)
from drivers.sim.dialog_checksums import unturned


def framed(data: bytes, stamp: Frame) -> Frame:
    return Frame(data=data, device=stamp.device, at=stamp.at, monotonic_ms=stamp.monotonic_ms)


@pytest.mark.parametrize(
    ("goods", "record"),
    [
        (Goods(price_minor=1250), "04 02 30 31 1b 30 30 31 32 35 30 1b 03"),
        (Goods(price_minor=1250, tare_grams=50), "04 02 30 33 1b 30 30 31 32 35 30 1b 30 30 35 30 03"),
        (
            Goods(price_minor=1250, text="APPLES"),
            "04 02 30 34 1b 30 30 31 32 35 30 1b 41 50 50 4c 45 53 20 20 20 20 20 20 20 03",
        ),
        (
            Goods(price_minor=1, tare_grams=0, text="A TEXT THAT IS TOO LONG"),
            "04 02 30 35 1b 30 30 30 30 30 31 1b 30 30 30 30 1b 41 20 54 45 58 54 20 54 48 41 54 20 49 03",
        ),
    ],
)
def test_goods_are_told_by_record_01_03_04_or_05(goods: Goods, record: str) -> None:
    assert encode(goods) == bytes.fromhex(record)


def test_a_price_may_have_five_digits_and_the_status_has_its_request() -> None:
    assert encode(Goods(price_minor=1250), price_digits=5) == b"\x04\x0201\x1b01250\x1b\x03"
    assert bytes.fromhex("04 02 30 38 03") == STATUS_REQUEST


@pytest.mark.parametrize(
    ("data", "grams", "price", "amount"),
    [
        (b"\x0202\x1b3\x1b01250\x1b001250\x1b001563\x03", 1250, 1250, 1563),
        (b"\x0202\x1b3\x1b01250\x1b01250\x1b001563\x03", 1250, 1250, 1563),  # price of five digits, DIVA p 54
        (b"\x0202\x1b1\x1b00276\x1b000500\x1b001380\x03", 1252, None, 1380),  # hundredths of a pound; the price is a pound's
        (b"\x0202\x1b2\x1b02755\x1b000500\x1b001378\x03", 1250, None, 1378),
        (b"\x0202\x1b0\x1b02120\x1b000500\x1b001375\x03", 1247, None, 1375),  # 2 lb 12 oz 0/8
        (b"\x0202\x1b0\x1b00004\x1b000500\x1b000016\x03", 14, None, 16),
        (b"\x02\xb0\xb2\x1b3\x1b01250\x1b001250\x1b001563\x03", 1250, 1250, 1563),  # parity bits left on
    ],
)
def test_the_weight_record(data: bytes, grams: int, price: int | None, amount: int, stamp: Frame) -> None:
    told = decode(framed(data, stamp))
    assert isinstance(told, Weight)
    assert (told.grams, told.state, told.price_minor, told.amount_minor) == (grams, "stable", price, amount)
    assert (told.device, told.at, told.monotonic_ms) == ("lane-1", stamp.at, stamp.monotonic_ms)


def test_the_other_records(stamp: Frame) -> None:
    assert decode(framed(b"\x06", stamp)) == Yes()
    assert isinstance(decode(framed(b"\x15", stamp)), No)
    assert decode(framed(b"\x0211\x1b247\x03", stamp)) == ChecksumsAsked(z=0x47)  # DIVA p 55
    assert decode(framed(b"\x0211\x1b1\x03", stamp)) == ChecksumsJudged(good=True)
    assert decode(framed(b"\x0211\x1b0\x03", stamp)) == ChecksumsJudged(good=False)
    status = decode(framed(b"\x0209\x1b21\x03", stamp))
    assert isinstance(status, Status)
    assert status.code == "21"


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (
            b"\x0202\x1b3\x1b0125\x1b001250\x1b001563\x03",
            "noise, a wrong baud rate or parity, or another protocol than Dialog 06?",
        ),
        (
            b"\x0202\x1b9\x1b01250\x1b001250\x1b001563\x03",
            "noise, a wrong baud rate or parity, or another protocol than Dialog 06?",
        ),
        (
            b"\x0201.250\r",
            'this looks like a Toledo 8217: set driver = "scale/toledo-8217", or the scale to Dialog 06',
        ),
    ],
)
def test_what_is_no_record_is_told(data: bytes, hint: str, stamp: Frame) -> None:
    with pytest.raises(BadFrame) as caught:
        decode(framed(data, stamp))
    assert str(caught.value) == f"{data!r} is no record of Dialog 06: {hint}"


@pytest.mark.parametrize(
    ("code", "state"),
    [("20", "moving"), ("22", "moving"), ("30", "under"), ("31", "under"), ("32", "over"), ("00", None), ("21", None)],
)
def test_a_status_that_is_a_reading_or_nothing(code: str, state: str | None, stamp: Frame) -> None:
    told = reading(Status(code=code, frame=stamp))
    assert (told.state if told else None) == state
    assert told is None or (told.grams, told.at) == (None, stamp.at)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("01", "the scale reports a general error (01): look at its display, switch it off and on"),
        ("02", "the scale received damaged bytes (02): check the cable, the baud rate and the parity"),
        ("10", "the scale does not know this record (10): is it set to Dialog 06?"),
        ("11", "the scale does not take this price (11): give another, or set price_digits as in the scale"),
        ("12", "the scale does not take this tare (12): it is too much, or the scale allows none"),
        ("13", "the scale does not take this text (13): use 13 plain letters and digits"),
        ("99", "the scale gives the status 99, which no manual describes"),
    ],
)
def test_a_status_that_is_a_failure_says_what_to_do(code: str, text: str, stamp: Frame) -> None:
    with pytest.raises(DeviceError) as caught:
        reading(Status(code=code, frame=stamp))
    assert str(caught.value) == text
    assert isinstance(caught.value, BadFrame) == (code == "99")


def test_the_checksums_are_turned_by_the_random_number() -> None:
    assert encode_checksums("4711F336", 0x00) == b"\x04\x0210\x1b4711F336\x03"
    assert encode_checksums("4711F336", 0x47) == b"\x04\x0210\x1b71146DE6\x03"  # CS 4 bits to the left, KW 7 to the right


@given(cs=st.integers(0, 0xFFFF), kw=st.integers(0, 0xFFFF), z=st.integers(0, 0xFF))
def test_the_scale_finds_the_checksums_again(cs: int, kw: int, z: int) -> None:
    record = encode_checksums(f"{cs:04X}{kw:04X}", z)
    assert unturned(record[5:13], z) == (cs, kw)


@pytest.mark.parametrize(
    ("data", "frames", "rest"),
    [
        (b"\x06\x15\x0209\x1b20\x03", (b"\x06", b"\x15", b"\x0209\x1b20\x03"), b""),
        (b"x\x02\x0209\x1b20\x03", (b"\x0209\x1b20\x03",), b""),  # half a record before a whole one
        (b"\x0209\x1b20\x06", (b"\x06",), b""),
        (b"\x0209\x1b", (), b"\x0209\x1b"),
        (b"\x02", (), b"\x02"),
        (b"\x02\x03", (), b""),
        (b"\x02" + b"9" * 60 + b"\x03", (), b""),
    ],
)
def test_records_are_cut(data: bytes, frames: tuple[bytes, ...], rest: bytes) -> None:
    cut = FRAMING.cut(data)
    assert (cut.frames, cut.rest) == (frames, rest)


@given(data=st.lists(st.sampled_from(b"\x02\x03\x06\x15\x1b0123x\x91")).map(bytes))
def test_arbitrary_bytes_raise_the_drivers_own_errors_only(data: bytes, stamp: Frame) -> None:
    cut = FRAMING.cut(data)
    assert len(cut.noise) + len(cut.rest) + sum(map(len, cut.frames)) == len(data)
    for frame in (*cut.frames, data):
        with suppress(DeviceError):
            said = decode(framed(frame, stamp))
            if isinstance(said, Status):
                reading(said)
