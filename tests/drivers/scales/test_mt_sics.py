"""MT-SICS lines, decoded: any field width, any unit, exact grams; ``S I`` is not a weight."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.commands import ClearTare, Done, Refused, Tare, Zero
from drivers.contract import BadFrame, DeviceError, DeviceSilent, Frame
from drivers.scales.mt_sics import decode, decode_answer, encode

TO_THE_OTHER = 'set driver = "scale/toledo-8217", or the scale to MT-SICS'
AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def frame(data: bytes) -> Frame:
    return Frame(data=data, device="lane-1", at=AT, monotonic_ms=77)


@pytest.mark.parametrize(
    ("line", "grams", "state"),
    [
        (b"S S      1.234 kg", 1234, "stable"),
        (b"S S     100.00 g", 100, "stable"),  # AT p 87
        (b"S D      0.835 kg", 835, "moving"),
        (b"S S 1.234 kg", 1234, "stable"),
        (b"S S           12345.6 g ", 12_346, "stable"),
        (b"S S     -0.250 kg", -250, "stable"),
        (b"S S     +0.250 kg", 250, "stable"),
        (b"S S     0.0015 t", 1500, "stable"),
        (b"S S       1.00 lb", 454, "stable"),
        (b"S S       1.00 oz", 28, "stable"),
        (b"S S       1500 mg", 2, "stable"),
        (b"S S        0.5 g", 1, "stable"),  # halves away from zero
        (b"S S       -0.5 g", -1, "stable"),
        (b"S S       0.49 g", 0, "stable"),
        (b"S +", None, "over"),
        (b"S -", None, "under"),
        (b"S I +", None, "over"),  # A&D p 44
        (b"S I -", None, "under"),
        (b"\xff\x00S S      1.234 kg", 1234, "stable"),  # noise glued to the front
        (b"S S      9.9S S      1.234 kg", 1234, "stable"),  # half a line before
    ],
)
def test_the_lines_of_the_manuals(line: bytes, grams: int | None, state: str) -> None:
    weight = decode(frame(line + b"\r\n"))
    assert (weight.grams, weight.state) == (grams, state)
    assert (weight.device, weight.at, weight.monotonic_ms) == ("lane-1", AT, 77)


@pytest.mark.parametrize(
    ("line", "error", "text"),
    [
        (
            b"S I",
            DeviceSilent,
            "the scale answers but cannot weigh now (S I): is it taring, in a menu or warming up?",
        ),
        (b"ES", DeviceError, "the scale answers ES, it does not know the command: is it set to MT-SICS?"),
        (b"ET", DeviceError, "the scale answers ET, it received damaged bytes: check the cable, the baud rate and the parity"),
        (b"EL", DeviceError, "the scale answers EL, it cannot do this now: is it in a menu?"),
        (
            b"S S       12.0 pcs",
            BadFrame,
            "b'S S       12.0 pcs\\r\\n' has a unit that is no weight: set unit 1 of the scale to kg, g, lb or oz",
        ),
        (
            b"\x02?A",
            BadFrame,
            """b'\\x02?A\\r\\n' is no weight: this looks like a Toledo 8217: """ + TO_THE_OTHER,
        ),
        (
            b"hello",
            BadFrame,
            "b'hello\\r\\n' is no weight: noise, a wrong baud rate or parity, or another protocol than MT-SICS?",
        ),
    ],
)
def test_what_is_no_weight_says_what_it_is(line: bytes, error: type[DeviceError], text: str) -> None:
    with pytest.raises(DeviceError) as caught:
        decode(frame(line + b"\r\n"))
    assert type(caught.value) is error
    assert str(caught.value) == text


@pytest.mark.parametrize(
    "line", [b"SI", b"S S", b"S S kg", b"S S 1,5 kg", b"S S 1.5", b"S X 1.5 kg", b"S S 1.5. kg", b"S S --1 kg", b"SS1kg"]
)
def test_almost_a_weight_is_no_weight(line: bytes) -> None:
    with pytest.raises(BadFrame):
        decode(frame(line + b"\r\n"))


@given(
    value=st.decimals(-999_999, 999_999, places=3),
    unit=st.sampled_from(["g", "kg", "lb", "oz", "mg"]),
    width=st.integers(1, 20),
)
def test_every_unit_is_exact_to_half_a_gram(value: Decimal, unit: str, width: int) -> None:
    per_unit = {
        "g": Fraction(1),
        "kg": Fraction(1000),
        "lb": Fraction("453.59237"),
        "oz": Fraction("28.349523125"),
        "mg": Fraction(1, 1000),
    }
    grams = decode(frame(f"S S {value:>{width}f} {unit}\r\n".encode())).grams
    assert grams is not None
    assert abs(Fraction(value) * per_unit[unit] - grams) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("name", "line", "answer"),
    [
        (b"T", b"T S      1.250 kg", Done(detail="S      1.250 kg")),
        (b"TI", b"TI D     1.250 kg", Done(detail="D     1.250 kg")),
        (b"Z", b"Z A", Done(detail="A")),
        (b"TAC", b"\xffTAC A", Done(detail="A")),
        (b"T", b"T I", Refused(reason="the scale cannot do it now: wait until the pan rests")),
        (b"Z", b"Z +", Refused(reason="too much on the pan: take something off")),
        (b"Z", b"Z -", Refused(reason="too little on the pan: is the load plate in its place?")),
        (b"TAC", b"TAC L", Refused(reason="the scale does not allow it in its present settings")),
    ],
)
def test_answers_to_commands(name: bytes, line: bytes, answer: Done | Refused) -> None:
    assert decode_answer(name, frame(line + b"\r\n")) == answer


def test_an_answer_to_something_else_is_no_answer() -> None:
    with pytest.raises(BadFrame) as caught:
        decode_answer(b"T", frame(b"S S      1.250 kg\r\n"))
    assert str(caught.value).startswith("b'S S      1.250 kg\\r\\n' is no answer to b'T': ")
    with pytest.raises(DeviceError, match="ES, it does not know the command"):
        decode_answer(b"TAC", frame(b"ES\r\n"))


def test_commands_are_lines() -> None:
    assert [encode(Tare()), encode(Zero()), encode(ClearTare())] == [b"T\r\n", b"Z\r\n", b"TAC\r\n"]
