"""What the 8217 manual prints, decoded: exact grams, and never a weight where there is none."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.commands import ClearTare, Tare, Zero
from drivers.contract import BadFrame, DeviceError, Frame
from drivers.scales.toledo_8217 import _checked, decode, decode_status, encode, explain

TO_THE_OTHER = 'set driver = "scale/mt-sics", or the scale to 8217'
AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def frame(data: bytes) -> Frame:
    return Frame(data=data, device="lane-1", at=AT, monotonic_ms=77)


def with_parity(data: bytes) -> bytes:
    return bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in data)


@pytest.mark.parametrize(
    ("bytes_heard", "grams", "state"),
    [
        ("02 30 31 2e 32 35 30 0d", 1250, "stable"),
        ("82 30 b1 2e b2 35 30 8d", 1250, "stable"),  # the same on a true 7E1 line, read as 8N1
        ("02 30 30 2e 30 30 30 0d", 0, "stable"),
        ("02 31 34 2e 39 39 39 4e 0d", 14_999, "stable"),  # N: net
        ("02 3f 41 0d", None, "moving"),
        ("02 3f 42 0d", None, "over"),
        ("02 3f 44 0d", None, "under"),
        ("02 3f 61 0d", None, "moving"),  # 8213: bit 5 is always 1 and means nothing
        ("02 3f 49 0d", None, "moving"),  # and outside the zero range, as every moving load is
        ("02 3f 43 0d", None, "over"),  # moving and over
        ("02 3f c1 8d", None, "moving"),  # parity bit on the status
    ],
)
def test_the_frames_of_the_manual(bytes_heard: str, grams: int | None, state: str) -> None:
    weight = decode(frame(bytes.fromhex(bytes_heard)))
    assert (weight.grams, weight.state) == (grams, state)
    assert (weight.device, weight.at, weight.monotonic_ms) == ("lane-1", AT, 77)


@given(grams=st.integers(0, 99_999), net=st.booleans(), parity=st.booleans())
def test_kilograms_are_exact(grams: int, net: bool, parity: bool) -> None:
    data = b"\x02%02d.%03d%s\r" % (*divmod(grams, 1000), b"N" if net else b"")
    assert decode(frame(with_parity(data) if parity else data)).grams == grams


@given(hundredths=st.integers(0, 99_999))
def test_pounds_are_rounded_to_the_nearest_gram(hundredths: int) -> None:
    width = 3 if hundredths >= 10_000 else 2
    data = b"\x02%0*d.%02d\r" % (width, *divmod(hundredths, 100))
    grams = decode(frame(data), unit="lb").grams
    assert grams is not None
    assert abs(Fraction(grams) - hundredths * Fraction("4.5359237")) <= Fraction(1, 2)


def test_a_pound_is_454_grams_also_with_the_leading_zero_of_the_8217() -> None:
    assert decode(frame(b"\x0201.00\r"), unit="lb").grams == 454
    assert decode(frame(b"\x02001.00\r"), unit="lb").grams == 454


@pytest.mark.parametrize(
    ("data", "unit", "text"),
    [
        (b"\x0201.25\r", "kg", """b'\\x0201.25\\r' is a weight in lb: set unit = "lb" or switch the scale to kg"""),
        (b"\x0201.250\r", "lb", """b'\\x0201.250\\r' is a weight in kg: set unit = "kg" or switch the scale to lb"""),
        (b"\x02?P\r", "kg", """b'\\x02?P\\r' is a status that gives no reason for the missing weight"""),
        (b"\x02\r", "kg", """b'\\x02\\r' is no weight: noise, a wrong baud rate, or another protocol than 8217?"""),
        (
            b"S S      1.250 kg\r",
            "kg",
            """b'S S      1.250 kg\\r' is no weight: this looks like MT-SICS: """ + TO_THE_OTHER,
        ),
    ],
)
def test_what_is_no_weight_is_a_bad_frame_that_keeps_the_bytes(data: bytes, unit: Literal["kg", "lb"], text: str) -> None:
    with pytest.raises(BadFrame) as caught:
        decode(frame(data), unit=unit)
    assert str(caught.value) == text
    assert caught.value.frame == data


@pytest.mark.parametrize(
    "data", [b"\x0201.2500\r", b"\x021.250\r", b"\x0201,250\r", b"\x02 1.250\r", b"\x02-1.250\r", b"\x02??A\r", b""]
)
def test_almost_a_weight_is_no_weight(data: bytes) -> None:
    with pytest.raises(BadFrame):
        decode(frame(data))


def test_a_scale_without_zero_says_how_to_give_it_one() -> None:
    with pytest.raises(DeviceError) as caught:
        decode(frame(b"\x02?H\r"))
    assert str(caught.value) == "the scale cannot find its zero: take everything off the pan, then switch it off and on"


def test_bits_5_and_6_change_nothing() -> None:
    for bits in range(32):
        readings = {decode_status(frame(bytes([0x02, 0x3F, bits | high, 0x0D]))) for high in (0x00, 0x20, 0x40, 0x60)}
        assert len(readings) == 1
    assert decode_status(frame(b"\x0201.250\r")) is None


@given(data=st.binary(max_size=14))
def test_random_bytes_are_a_weight_only_as_the_manual_writes_it(data: bytes) -> None:
    try:
        weight = decode(frame(data))
    except DeviceError:
        return
    plain = bytes(byte & 0x7F for byte in data)
    if weight.grams is None:
        assert plain[:2] == b"\x02?"
        assert len(plain) == 4
    else:
        assert plain.replace(b"N", b"") == b"\x02%02d.%03d\r" % divmod(weight.grams, 1000)


def test_only_a_weight_tells_whether_a_command_worked() -> None:
    with pytest.raises(BadFrame) as caught:
        _checked(Tare(), frame(b"\x02\r"))
    assert str(caught.value) == "b'\\x02\\r' is no weight: noise, a wrong baud rate, or another protocol than 8217?"


def test_commands_are_single_letters() -> None:
    assert [encode(Tare()), encode(Zero()), encode(ClearTare())] == [b"T\r", b"Z", b"C"]


def test_bytes_of_another_protocol_are_recognised() -> None:
    assert "MT-SICS" in explain(b"\xff\xffS D     0.5 kg\r\n")
