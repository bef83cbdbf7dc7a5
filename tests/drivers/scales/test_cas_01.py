"""CAS type 0 and 1, and EPOS 1: ID tells the range, the weight has no point, two copies must agree."""

from __future__ import annotations

from contextlib import suppress
from functools import reduce
from operator import xor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import BadFrame, DeviceError, DeviceSilent, Frame
from drivers.scales.cas_01 import FRAMING, Cas01Settings, decode
from drivers.sim.cas_01 import Cas01Sim
from tests.drivers.scales.scale_kinds import IMPATIENT_MS, cas_01_scale, failure, until, weighing

ID_15_KG = 0x29


def framed(data: bytes, stamp: Frame) -> Frame:
    return Frame(data=data, device=stamp.device, at=stamp.at, monotonic_ms=stamp.monotonic_ms)


def weight(digits: bytes, number: int = ID_15_KG) -> bytes:
    content = bytes([number]) + digits
    return bytes([0x02, *content, reduce(xor, content), 0x03])


def settings(**choices: Any) -> Cas01Settings:
    return Cas01Settings(port="/dev/ttyUSB0", **choices)


@pytest.mark.parametrize(
    ("data", "choices", "grams", "state"),
    [
        (weight(b"01250"), {}, 1250, "stable"),
        (weight(b"0125\x00"), {}, 1250, "stable"),  # DIVA p 61: a place that is not used
        (weight(b"00276", 0x2A), {"unit": "lb"}, 1252, "stable"),
        (weight(b"00000", ID_15_KG | 0x10), {}, None, "over"),
        (weight(b"00000", ID_15_KG | 0x10), {"id_bits": "ignored"}, 0, "stable"),
        (weight(b"01250")[:-2] + b"\x00\x03", {"check_character": "ignored"}, 1250, "stable"),
        (b"\x18", {}, None, "moving"),  # CAN: the weight has changed
        (b"\x15", {}, None, "moving"),
    ],
)
def test_the_frames_of_the_manuals(data: bytes, choices: dict[str, Any], grams: int | None, state: str, stamp: Frame) -> None:
    told = decode(framed(data, stamp), settings(**choices))
    assert (told.grams, told.state, told.device, told.at) == (grams, state, "lane-1", stamp.at)
    assert FRAMING.cut(data).frames == (data,)


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        (b"\x00", DeviceSilent, "the scale answers that it has no weight (NUL): is it in a menu or warming up?"),
        (b"\x06", BadFrame, "the scale acknowledged the question and sent no weight after it: look at the cable"),
        (
            weight(b"01250")[:-2] + b"\x00\x03",
            BadFrame,
            "b'\\x02)01250\\x00\\x03' is damaged: its check character is wrong; look at cable, baud rate and parity",
        ),
        (
            b"\x01\x02S 01.250kgg\x03\x04",
            BadFrame,
            (
                "b'\\x01\\x02S 01.250kgg\\x03\\x04' is no weight: "
                'this looks like CAS type 6: set driver = "scale/cas", or the scale to type 0 or 1'
            ),
        ),
        (
            b"\x0201.250\r",
            BadFrame,
            (
                "b'\\x0201.250\\r' is no weight: "
                'this looks like a Toledo 8217: set driver = "scale/toledo-8217", or the scale to type 0 or 1'
            ),
        ),
        (
            b"hello",
            BadFrame,
            "b'hello' is no weight: noise, a wrong baud rate or parity, or another protocol than CAS type 0 or 1?",
        ),
    ],
)
def test_what_is_no_weight_says_what_it_is(data: bytes, error: type[DeviceError], text: str, stamp: Frame) -> None:
    with pytest.raises(DeviceError) as caught:
        decode(framed(data, stamp), settings())
    assert (type(caught.value), str(caught.value)) == (error, text)


@given(data=st.one_of(st.binary(max_size=12), st.binary(min_size=7, max_size=7).map(lambda some: b"\x02" + some + b"\x03")))
def test_arbitrary_bytes_raise_the_drivers_own_errors_only(data: bytes, stamp: Frame) -> None:
    for choices in (settings(), settings(unit="lb", id_bits="ignored", check_character="ignored")):
        with suppress(DeviceError):
            decode(framed(data, stamp), choices)


async def test_epos_compares_two_copies_and_confirms() -> None:
    async with Cas01Sim(settle_ms=0) as sim, weighing(cas_01_scale(sim.port, dialogue="epos")) as readings:
        sim.dialect.epos, sim.dialect.slips = True, 1
        sim.put(1250)
        await until(readings, "stable", 1250)
        sim.pan.held_moving = True
        await until(readings, "moving", None)
        sim.pan.held_moving = False
        await until(readings, "stable", 1250)
    assert sim.dialect.confirmed >= 1


async def test_a_copy_that_does_not_come_is_told() -> None:
    async with Cas01Sim(settle_ms=0) as sim, weighing(_impatient(sim.port)) as readings:
        sim.dialect.epos, sim.dialect.copies = True, 1
        assert 'came once, it must come twice: is dialogue = "cas" right for this scale?' in str(await failure(readings))


def _impatient(port: str) -> Any:
    return cas_01_scale(port, dialogue="epos", silent_after_ms=IMPATIENT_MS)


async def test_a_copy_that_differs_is_told() -> None:
    async with Cas01Sim(settle_ms=0) as sim, weighing(_impatient(sim.port)) as readings:
        sim.dialect.epos, sim.dialect.slips = True, 1000
        assert "is not what the scale said just before: look at the cable" in str(await failure(readings))


async def test_a_scale_without_a_weight_is_silent_in_its_own_words() -> None:
    async with Cas01Sim(settle_ms=0) as sim, weighing(_impatient(sim.port)) as readings:
        sim.dialect.epos = sim.dialect.no_data = True
        error = await failure(readings)
    assert type(error) is DeviceSilent
    assert "it has no weight (NUL)" in str(error)


@pytest.mark.parametrize(("unit", "grams"), [("kg", 1250), ("lb", 1252)])
async def test_both_units_and_a_place_that_is_not_used(unit: str, grams: int) -> None:
    async with Cas01Sim(settle_ms=0, unit=unit) as sim, weighing(cas_01_scale(sim.port, unit=unit)) as readings:
        sim.put(1250)
        await until(readings, "stable", grams)
        if unit == "kg":
            sim.dialect.short = True
            sim.put(1259)
            await until(readings, "stable", 1250)
