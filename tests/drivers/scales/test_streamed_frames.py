"""Frames of scales that talk by themselves or in plain lines, byte for byte as their manuals print them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.commands import ClearTare, Tare, Zero
from drivers.contract import BadFrame, DeviceError, Frame
from drivers.readings import Weight
from drivers.scales import a_and_d, adam_azextra, adam_cpwplus, cas_stream, dahua, toledo_continuous
from drivers.scales.steady import Steadiness
from drivers.scales.witness import Shown, answer, did

Decode = Callable[[Frame], Weight]
VECTOR = bytes.fromhex("02 2d 30 20 30 30 31 32 35 30 30 30 30 30 30 30 0d 2c")


def framed(stamp: Frame, data: bytes) -> Frame:
    return replace(stamp, data=data)


def toledo(swa: int = 0x2D, swb: int = 0x30, digits: bytes = b"001250", tare: bytes = b"000000") -> bytes:
    frame = bytes([2, swa, swb, 0x20]) + digits + tare + b"\r"
    return frame + bytes([-sum(frame) & 0x7F])


@pytest.mark.parametrize(
    ("decode", "data", "grams", "state"),
    [
        (toledo_continuous.decode, VECTOR, 1250, "stable"),
        (toledo_continuous.decode, VECTOR[:-1], 1250, "stable"),  # no checksum
        (toledo_continuous.decode, bytes(byte | 0x80 for byte in VECTOR), 1250, "stable"),  # parity bits
        (toledo_continuous.decode, toledo(swb=0x38), 1250, "moving"),
        (toledo_continuous.decode, toledo(swb=0x32), -1250, "stable"),
        (toledo_continuous.decode, toledo(swb=0x34), None, "over"),
        (toledo_continuous.decode, toledo(swb=0x36), None, "under"),
        (toledo_continuous.decode, toledo(swb=0x10), 1250, "stable"),  # Fairbanks: bit 5 is 0
        (toledo_continuous.decode, toledo(digits=b"  1250"), 1250, "stable"),  # 8530D
        (toledo_continuous.decode, toledo(swa=0x2A, digits=b"000003"), 3000, "stable"),  # XXXXXX
        (toledo_continuous.decode, toledo(swa=0x2C, digits=b"000125"), 1250, "stable"),  # XXXX.XX
        (toledo_continuous.decode, toledo(swa=0x28, digits=b"000003"), 300_000, "stable"),  # hundreds
        (a_and_d.decode, b"ST,+00123.45  g\r\n", 123, "stable"),  # GC p 51
        (a_and_d.decode, b"US,-00123.50  g\r\n", -124, "moving"),
        (a_and_d.decode, b"ST,GS,+0012.34kg\r\n", 12_340, "stable"),  # AD-4404 p 80
        (a_and_d.decode, b"RW,ST,NT,+0012.34kg\r\n", 12_340, "stable"),
        (a_and_d.decode, b"OL,+999999E+99\r\n", None, "over"),
        (a_and_d.decode, b"OL,-999999E+99\r\n", None, "under"),
        (a_and_d.decode, b"LO,GS,          kg\r\n", None, "over"),
        (a_and_d.decode, b"HI,GS,+       kg\r\n", None, "over"),
        (a_and_d.decode, b"\xff\x00ST,+00001.00 lb\r\n", 454, "stable"),  # noise in front
        (cas_stream.decode, b"ST,NT,\x01\xc4,   1.250 kg\r\n", 1250, "stable"),
        (cas_stream.decode, b"US,GS,\r\xc4,-  1.250 kg\r\n", -1250, "moving"),
        (cas_stream.decode, b"OL,GS,\x01\x80,         kg\r\n", None, "over"),
        (cas_stream.decode, b"ST,GS,\x01\xc4,    1250  g\r\n", 1250, "stable"),
        (dahua.decode, b"ww0001.250kg\r\n", 1250, "moving"),
        (dahua.decode, b"wn000.250kg\r\n", 250, "moving"),
        (dahua.decode, b"ww-0015.000kg\r\n", -15_000, "moving"),  # Liden p 17
        (adam_cpwplus.decode, b"G/W+   1.75 kg\r\n", 1750, "moving"),
        (adam_cpwplus.decode, b"ASN+   1.75 kg\r\n", 1750, "stable"),
        (adam_cpwplus.decode, b"AUN-   1.75 kg\r\n", -1750, "moving"),
        (adam_cpwplus.decode, b"+   1.00 lb\r\n", 454, "moving"),
        (adam_azextra.decode, b"   1.250kg", 1250, "stable"),
    ],
)
def test_the_frames_of_the_manuals(decode: Decode, data: bytes, grams: int | None, state: str, stamp: Frame) -> None:
    weight = decode(framed(stamp, data))
    assert (weight.grams, weight.state) == (grams, state)
    assert (weight.device, weight.at, weight.monotonic_ms) == (stamp.device, stamp.at, stamp.monotonic_ms)


@pytest.mark.parametrize(
    ("decode", "data", "text"),
    [
        (
            toledo_continuous.decode,
            b"ST,GS,+1",
            'is no continuous frame: this looks like A&D or CAS: set driver = "scale/a-and-d" or',
        ),
        (toledo_continuous.decode, b"hello", "noise, a wrong baud rate or parity, or another protocol than Toledo continuous?"),
        (toledo_continuous.decode, VECTOR[:-1] + b"\x11", "has a wrong checksum: noise on the cable, or a wrong parity?"),
        (toledo_continuous.decode, VECTOR[:-1] + b"\x02", "has a wrong checksum: the scale sends none: set checksum = false"),
        (toledo_continuous.decode, toledo(digits=b"      "), "has no number where the weight stands: noise"),
        (a_and_d.decode, b"S S      1.2 kg\r\n", 'this looks like MT-SICS: set driver = "scale/mt-sics"'),
        (a_and_d.decode, b"ST,GS,\x01\xc4,  1\r\n", 'this looks like the 22 bytes of CAS: set driver = "scale/cas-stream"'),
        (a_and_d.decode, b"hello\r\n", "noise, a wrong baud rate or parity, or another protocol than A&D standard?"),
        (a_and_d.decode, b"ST,+00012.3 ct\r\n", "has a unit that is no weight: set the scale to kg, g, lb or oz"),
        (cas_stream.decode, b"ST,GS,+0012.34kg\r\n", 'this looks like A&D: set driver = "scale/a-and-d" and stream = true'),
        (cas_stream.decode, b"hello\r\n", "noise, a wrong baud rate or parity, or another output format than that of 22 bytes?"),
        (
            cas_stream.decode,
            b"ST,GS,\x01\xc4,  1.2.30 kg\r\n",
            "has no number where the weight stands: noise",
        ),
        (dahua.decode, b"ST,+1\r\n", 'this looks like A&D or CAS: set driver = "scale/a-and-d" or "scale/cas-stream"'),
        (dahua.decode, b"hello\r\n", "noise, a wrong baud rate or parity, or another output format?"),
        (adam_cpwplus.decode, b"ST,+1\r\n", 'this looks like A&D: set driver = "scale/a-and-d"'),
        (
            adam_cpwplus.decode,
            b"hi\r\n",
            "noise, a wrong baud rate, another unit than kg, g, lb or oz, or another scale than a CPWplus?",
        ),
        (adam_azextra.decode, b"hello", "is no weight: noise, a wrong baud rate, or another label format than 3 with KG?"),
    ],
)
def test_what_is_no_weight_says_what_it_is(decode: Decode, data: bytes, text: str, stamp: Frame) -> None:
    with pytest.raises(BadFrame) as caught:
        decode(framed(stamp, data))
    assert text in str(caught.value)
    assert caught.value.frame == data


@given(st.binary(max_size=40), st.sampled_from([toledo_continuous, a_and_d, cas_stream, dahua, adam_cpwplus, adam_azextra]))
def test_any_bytes_raise_only_the_drivers_own_errors(data: bytes, driver: object) -> None:
    decode: Decode = driver.decode  # type: ignore[attr-defined]
    stamp = Frame(data=data, device="lane-1", at=None, monotonic_ms=0)  # type: ignore[arg-type]
    for guess in (data, data + b"\r\n", b"ST,GS," + data + b"\r\n"):
        try:
            decode(framed(stamp, guess))
        except DeviceError:
            continue


@given(st.integers(0, 999_999), st.booleans(), st.integers(0, 7))
def test_every_decimal_point_of_a_toledo_is_exact_to_half_a_gram(steps: int, negative: bool, point: int) -> None:
    stamp = Frame(data=b"", device="lane-1", at=None, monotonic_ms=0)  # type: ignore[arg-type]
    data = toledo(swa=0x28 | point, swb=0x30 | negative << 1, digits=b"%06d" % steps)
    grams = toledo_continuous.decode(framed(stamp, data)).grams
    assert grams is not None
    truth = Fraction(steps * 1000) * Fraction(10) ** (2 - point) * (-1 if negative else 1)
    assert abs(truth - grams) <= Fraction(1, 2)


def test_commands_are_letters_and_lines() -> None:
    assert [toledo_continuous.encode(each) for each in (Tare(), Zero(), ClearTare())] == [b"T", b"Z", b"C"]
    assert toledo_continuous.encode(Zero(), crlf=True) == b"Z\r\n"  # Kern FTC p 42


@pytest.mark.parametrize(("heard", "reason"), [(b"EC,E02\r\n", "the scale answers EC,E02: see its manual for this error")])
def test_an_error_code_is_handed_on(heard: bytes, reason: str, stamp: Frame) -> None:
    refusal = a_and_d.refused(framed(stamp, heard))
    assert refusal is not None
    assert refusal.reason == reason
    assert a_and_d.refused(framed(stamp, b"CT\r\n")) is None
    assert a_and_d.refused(framed(stamp, b"ST,GS,+0001.250kg\r\n")) is None


def test_a_weight_rests_when_it_stays(stamp: Frame) -> None:
    steadiness = Steadiness(500)

    def judged(grams: int | None, at_ms: int) -> str:
        state = "over" if grams is None else "moving"
        weight = Weight(device="lane-1", at=stamp.at, monotonic_ms=at_ms, grams=grams, state=state)  # type: ignore[arg-type]
        return steadiness.judge(weight).state

    told = [(0, 0), (0, 499), (0, 500), (7, 600), (0, 700), (0, 1200), (None, 1300), (0, 1400), (0, 1900)]
    assert [judged(grams, at_ms) for grams, at_ms in told] == [
        *["moving", "moving", "stable", "moving", "moving", "stable", "over", "moving", "stable"]
    ]


@pytest.mark.parametrize(
    ("command", "grams", "state", "net", "done"),
    [
        (Tare(), 0, "stable", True, True),
        (Tare(), 0, "stable", False, False),
        (Tare(), 0, "moving", True, False),
        (Zero(), 0, "stable", False, True),
        (Zero(), 0, "stable", True, False),
        (ClearTare(), 250, "stable", False, True),
        (ClearTare(), 250, "stable", None, False),
    ],
)
def test_only_what_is_shown_proves_a_command(  # noqa: PLR0917 - pytest passes them by name
    command: Tare | Zero | ClearTare, grams: int, state: str, net: bool | None, done: bool, stamp: Frame
) -> None:
    weight = Weight(device="lane-1", at=stamp.at, monotonic_ms=0, grams=grams, state=state)  # type: ignore[arg-type]
    assert did(command, Shown(weight=weight, net=net)) is done
    assert (type(answer(command, Shown(weight=weight, net=net))).__name__ == "Done") is done


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        (toledo_continuous.ToledoContinuousSettings, {"baud": 9601}),
        (toledo_continuous.ToledoContinuousSettings, {"line": "9N1"}),
        (a_and_d.AAndDSettings, {"poll_ms": 499}),  # HW-G p 60
        (a_and_d.AAndDSettings, {"commands": "Z"}),
        (dahua.DahuaSettings, {"steady_ms": 99}),
        (adam_azextra.AdamAzExtraSettings, {"poll_ms": 499}),
        (cas_stream.CasStreamSettings, {"silent_after_ms": 499}),
        (adam_cpwplus.AdamCpwPlusSettings, {"weight": "tare"}),
    ],
)
def test_settings_have_bounds(settings: type, wrong: dict[str, object]) -> None:
    assert settings(port="/dev/ttyUSB0").port == "/dev/ttyUSB0"
    with pytest.raises(ValidationError):
        settings(port="/dev/ttyUSB0", **wrong)
