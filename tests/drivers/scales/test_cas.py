"""CAS type 6: frames cut by length whatever the check character is; NAK is asked again; overload is no weight."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import BadFrame, DeviceError, DeviceSilent, Frame
from drivers.scales.cas import decode
from drivers.scales.cas_frame import FRAMING
from drivers.sim.cas import CasSim
from tests.drivers.scales.scale_kinds import IMPATIENT_MS, cas_scale, failure, until, weighing

VECTOR = bytes.fromhex("01 02 53 20 30 31 2e 32 35 30 6b 67 67 03 04")
"""Stable +1.250 kg; the check character is 'g'."""


def framed(data: bytes, stamp: Frame) -> Frame:
    return Frame(data=data, device=stamp.device, at=stamp.at, monotonic_ms=stamp.monotonic_ms)


def block(content: bytes) -> bytes:
    return bytes([0x02, *content, reduce(xor, content), 0x03])


def weight(content: bytes) -> bytes:
    return b"\x01" + block(content) + b"\x04"


def prices(first: bytes, content: bytes, last: bytes) -> bytes:
    return b"\x01" + block(first) + block(content) + block(last) + b"\x04"


@pytest.mark.parametrize(
    ("data", "grams", "state"),
    [
        (VECTOR, 1250, "stable"),
        (weight(b"S 01.250kg"), 1250, "stable"),
        (weight(b"U 01.250kg"), 1250, "moving"),
        (weight(b"S-01.250kg"), -1250, "stable"),
        (weight(b"S  1.250Kg"), 1250, "stable"),  # PD-II p 23 writes Kg
        (weight(b"S 002.76lb"), 1252, "stable"),
        (weight(b"SFFFFFFFkg"), None, "over"),
        (weight(b"UFFFFFFFkg"), None, "over"),
        (weight(b"F 01.250kg"), None, "over"),  # Gram p 42: abnormal
        (weight(b"F-01.250kg"), None, "under"),
        (bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in VECTOR), 1250, "stable"),  # parity bits left on
    ],
)
def test_the_frames_of_the_manuals(data: bytes, grams: int | None, state: str, stamp: Frame) -> None:
    told = decode(framed(data, stamp))
    assert (told.grams, told.state, told.price_minor, told.amount_minor) == (grams, state, None, None)
    assert (told.device, told.at, told.monotonic_ms) == ("lane-1", stamp.at, stamp.monotonic_ms)


@pytest.mark.parametrize(
    ("data", "price_first", "told"),
    [
        (prices(b"   15.63", b"S 01.250kg", b"   12.50"), False, (1250, "stable", 1250, 1563)),  # Ohaus p 36
        (prices(b"   12.50", b"S 01.250kg", b"   15.63"), True, (1250, "stable", 1250, 1563)),  # DPOS400 p 31
        (prices(b"00000012", b"S 00.001kg", b"00012.50"), False, (1, "stable", 1250, 12)),
        (prices(b"    0.00", b"U 01.250kg", b"   12.50"), False, (1250, "moving", 1250, None)),
        (prices(b"    0.00", b"SFFFFFFFkg", b"   12.50"), False, (None, "over", 1250, None)),
        (prices(b"    5.00", b"S 001.00lb", b"    5.00"), False, (454, "stable", None, 500)),  # the price of a pound
        (prices(b"FFFFFFFF", b"S 01.250kg", b"        "), False, (1250, "stable", None, None)),
    ],
)
def test_price_and_amount(
    data: bytes, price_first: bool, told: tuple[int | None, str, int | None, int | None], stamp: Frame
) -> None:
    found = decode(framed(data, stamp), price_first=price_first)
    assert (found.grams, found.state, found.price_minor, found.amount_minor) == told
    assert FRAMING.cut(data).frames == (data,)


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        (
            VECTOR[:-3] + b"h\x03\x04",
            BadFrame,
            "b'\\x01\\x02S 01.250kgh\\x03\\x04' is damaged: its check character is wrong; look at cable, baud rate and parity",
        ),
        (
            b"\x15",
            DeviceSilent,
            "the scale answers that it is not ready (NAK): is it in a menu, warming up, or is the goods' weight too low?",
        ),
        (
            b"\x06",
            BadFrame,
            "b'\\x06' is no weight: noise, a wrong baud rate or parity, or another protocol than CAS type 6?",
        ),
        (
            weight(b"S 01.250kb"),
            BadFrame,
            (
                "b'\\x01\\x02S 01.250kbb\\x03\\x04' is no weight in kg or lb: "
                "noise, a wrong baud rate or parity, or another protocol than CAS type 6?"
            ),
        ),
        (
            b"\x0201.250\r",
            BadFrame,
            (
                "b'\\x0201.250\\r' is no weight: "
                'this looks like a Toledo 8217: set driver = "scale/toledo-8217", or the scale to type 6'
            ),
        ),
        (
            b"S S      1.234 kg\r\n",
            BadFrame,
            (
                "b'S S      1.234 kg\\r\\n' is no weight: "
                'this looks like MT-SICS: set driver = "scale/mt-sics", or the scale to type 6'
            ),
        ),
    ],
)
def test_what_is_no_weight_says_what_it_is(data: bytes, error: type[DeviceError], text: str, stamp: Frame) -> None:
    with pytest.raises(DeviceError) as caught:
        decode(framed(data, stamp))
    assert (type(caught.value), str(caught.value)) == (error, text)


def test_a_check_character_of_another_reckoning_can_be_ignored(stamp: Frame) -> None:
    assert decode(framed(VECTOR[:-3] + b"h\x03\x04", stamp), check=False).grams == 1250


def test_a_frame_is_cut_whatever_its_check_character_is() -> None:
    for check in range(256):
        data = VECTOR[:12] + bytes([check]) + VECTOR[13:]
        assert FRAMING.cut(b"\x06" + data + b"\x06").frames == (b"\x06", data, b"\x06")


@given(noise=st.binary(max_size=30), at=st.integers(0, 100))
def test_a_frame_is_found_behind_noise_and_split_anywhere(noise: bytes, at: int, stamp: Frame) -> None:
    data = noise + VECTOR
    first = FRAMING.cut(data[: at % len(data)])
    frames = first.frames + FRAMING.cut(first.rest + data[at % len(data) :]).frames
    found = []
    for frame in frames:
        with suppress(DeviceError):
            found.append(decode(framed(frame, stamp)).grams)
    assert found[-1:] == [1250]


@given(
    data=st.one_of(st.binary(max_size=40), st.binary(min_size=11, max_size=11).map(lambda some: b"\x01\x02" + some + b"\x03\x04"))
)
def test_arbitrary_bytes_raise_the_drivers_own_errors_only(data: bytes, stamp: Frame) -> None:
    for check in (True, False):
        with suppress(DeviceError):
            decode(framed(data, stamp), check=check)


async def test_a_scale_that_is_not_ready_is_asked_again_and_told_when_it_never_is() -> None:
    async with CasSim(settle_ms=0) as sim, weighing(cas_scale(sim.port, silent_after_ms=IMPATIENT_MS)) as readings:
        sim.put(1250)
        sim.dialect.ready = False
        error = await failure(readings)
        assert type(error) is DeviceSilent
        assert "not ready (NAK)" in str(error)
    async with CasSim(settle_ms=0) as sim, weighing(cas_scale(sim.port)) as readings:
        sim.dialect.ready = False
        asyncio.get_running_loop().call_later(0.2, setattr, sim.dialect, "ready", True)
        assert (await anext(readings)).grams == 0


@pytest.mark.parametrize("price_first", [False, True])
async def test_a_price_scale_tells_price_and_amount(price_first: bool) -> None:
    async with CasSim(settle_ms=0) as sim, weighing(cas_scale(sim.port, prices=True, price_first=price_first)) as readings:
        sim.dialect.price_first = price_first
        sim.put(1250)
        told = (await until(readings, "stable", 1250))[-1]
    assert (told.price_minor, told.amount_minor) == (1250, 1563)


async def test_damaged_frames_are_bad_frames_and_pounds_are_grams() -> None:
    async with CasSim(settle_ms=0, unit="lb") as sim, weighing(cas_scale(sim.port, silent_after_ms=IMPATIENT_MS)) as readings:
        sim.put(1250)
        await until(readings, "stable", 1252)
        sim.dialect.damaged = True
        assert "its check character is wrong" in str(await failure(readings))


async def test_an_answer_to_enq_that_is_none_is_a_bad_frame() -> None:
    async with CasSim(settle_ms=0) as sim, weighing(cas_scale(sim.port, silent_after_ms=IMPATIENT_MS)) as readings:
        sim.mute = True
        listening = asyncio.ensure_future(failure(readings))
        while not listening.done():  # a scale that sends by itself
            sim.noise(VECTOR)
            await asyncio.sleep(0.02)
    assert "does not answer ENQ: noise, a wrong baud rate or parity" in str(await listening)
