"""NCI answers, decoded: the status bytes chain, every unit is exact, and a scale with a fault has no weight."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.commands import Done, Refused, Tare, Zero
from drivers.contract import BadFrame, DeviceError, Frame
from drivers.scales.nci import FRAMING, decode, encode
from drivers.sim.nci import NciSim
from drivers.sim.scale_sim import Told
from tests.drivers.scales.scale_kinds import IMPATIENT_MS, failure, nci_scale, until, weighing

SERVICE = "switch it off and on; if this stays, its maker's service must look at it"
PLAIN = b"\r\nS00\r\x03"  # stable, two bytes


def framed(data: bytes, stamp: Frame) -> Frame:
    return Frame(data=data, device=stamp.device, at=stamp.at, monotonic_ms=stamp.monotonic_ms)


@pytest.mark.parametrize(
    ("data", "grams", "state"),
    [
        (b"\n01.250KG" + PLAIN, 1250, "stable"),
        (b"\n01.250KG\r\n20\r\x03", 1250, "stable"),  # without S, at zero does not matter
        (b"\n002.76LB" + PLAIN, 1252, "stable"),
        (b"\n 01.250kg\r\n0p4\r\x03", 1250, "stable"),  # Adam p 13: sign, small letters, three bytes
        (b"\n-01.250kg\r\n0p4\r\x03", -1250, "stable"),
        (b"\n_1250g_" + PLAIN, 1250, "stable"),  # Brecknell p 11
        (b"\n044.09oz" + PLAIN, 1250, "stable"),
        (b"\n2LB 12.1OZ" + PLAIN, 1250, "stable"),  # DIVA p 34
        (b"\n01.250KG\r\n00\r\x03".replace(b"1", b"\xb1").replace(b"2", b"\xb2"), 1250, "stable"),  # parity bits left on
        (b"\n01.250KG\r\nS10\r\x03", 1250, "moving"),  # a scale that tells a moving weight
        (b"\nS10\r\x03", None, "moving"),
        (b"\nS02\r\x03", None, "over"),
        (b"\nS12\r\x03", None, "over"),
        (b"\nS01\r\x03", None, "under"),
        (b"\nS0p0\r\x03", None, "under"),  # nothing but a negative weight is left
        (b"\nS0pp0\r\x03", None, "under"),  # four bytes
        (b"\n^^^^^^kg\r\n0p4\r\x03", None, "over"),  # Adam p 13
        (b"\n______kg\r\n0p4\r\x03", None, "under"),
    ],
)
def test_the_answers_of_the_manuals(data: bytes, grams: int | None, state: str, stamp: Frame) -> None:
    weight = decode(framed(data, stamp))
    assert (weight.grams, weight.state, weight.device, weight.at) == (grams, state, "lane-1", stamp.at)
    assert FRAMING.cut(data.translate(bytes(byte & 0x7F for byte in range(256)))).noise == b""


def test_one_manual_prints_the_motion_bit_the_other_way_round(stamp: Frame) -> None:
    assert decode(framed(b"\n01.250KG\r\n10\r\x03", stamp), motion_inverted=True).state == "stable"
    assert decode(framed(b"\n00\r\x03", stamp), motion_inverted=True).state == "moving"


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        (b"\n?\r\x03", DeviceError, "the scale answers ?, it does not know the command: is it set to NCI (ECR)?"),
        (
            b"\n01.250KG\r\n40\r\x03",
            DeviceError,
            f"the scale reports a fault of its own (RAM): {SERVICE}",
        ),
        (
            b"\n8<\r\x03",
            DeviceError,
            f"the scale reports a fault of its own (EEPROM, ROM, calibration): {SERVICE}",
        ),
        (
            b"\nS0p8\r\x03",
            DeviceError,
            "the scale cannot find its zero: take everything off the pan, then switch it off and on",
        ),
        (
            b"\n---------kg\r\n0p0\r\x03",
            DeviceError,
            "the scale cannot find its zero: take everything off the pan, then switch it off and on",
        ),
        (
            b"\n01.250XX\r\n00\r\x03",
            BadFrame,
            (
                "b'\\n01.250XX\\r\\n00\\r\\x03' is no weight in kg, g, lb or oz: "
                "noise, a wrong baud rate or parity, or another protocol than NCI?"
            ),
        ),
        (
            b"\x0201.250\r",
            BadFrame,
            (
                "b'\\x0201.250\\r' is no answer: "
                'this looks like a Toledo 8217: set driver = "scale/toledo-8217", or the scale to NCI'
            ),
        ),
        (
            b"S S      1.234 kg\r\n",
            BadFrame,
            (
                "b'S S      1.234 kg\\r\\n' is no answer: "
                'this looks like MT-SICS: set driver = "scale/mt-sics", or the scale to NCI'
            ),
        ),
    ],
)
def test_what_is_no_weight_says_what_it_is(data: bytes, error: type[DeviceError], text: str, stamp: Frame) -> None:
    with pytest.raises(DeviceError) as caught:
        decode(framed(data, stamp))
    assert (type(caught.value), str(caught.value)) == (error, text)


@pytest.mark.parametrize(
    "data", [b"\nS0p\r\x03", b"\nS0\r\x03", b"\nSp0\r\x03", b"\n01.250KG\r\nSC0\r\x03", b"\n01.250KG\r\x03", b""]
)
def test_a_status_that_does_not_chain_is_no_answer(data: bytes, stamp: Frame) -> None:
    with pytest.raises(BadFrame):
        decode(framed(data, stamp))
    assert FRAMING.cut(data).frames == ()


def test_the_end_of_an_answer_whose_beginning_was_lost_is_not_a_status() -> None:
    assert FRAMING.cut(b"1.250KG\r\nS00\r\x03").frames == ()
    assert FRAMING.cut(b"\n01.250KG\r\nS00\r\x03").frames == (b"\n01.250KG\r\nS00\r\x03",)
    assert len(FRAMING.cut(b"\n" + b"9" * 100).rest) < 48


@given(data=st.binary(max_size=40))
def test_arbitrary_bytes_raise_the_drivers_own_errors_only(data: bytes, stamp: Frame) -> None:
    for frame in (data, b"\n" + data + PLAIN, b"\n" + data + b"\r\x03"):
        with suppress(DeviceError):
            decode(framed(frame, stamp))
    cut = FRAMING.cut(data)
    assert len(cut.noise) + len(cut.rest) + sum(map(len, cut.frames)) == len(data)


def test_commands_are_letters() -> None:
    assert [encode(Tare()), encode(Zero())] == [b"T\r", b"Z\r"]


async def test_taring_is_done_when_the_scale_says_net() -> None:
    async with NciSim(settle_ms=0) as sim, nci_scale(sim.port) as scale:
        sim.put(250)
        assert await scale.perform(Tare()) == Done(detail="net weighing")
        assert sim.pan.tare_g == 250


async def test_a_scale_without_a_net_flag_is_weighed_once_more() -> None:
    async with NciSim(settle_ms=0) as sim, nci_scale(sim.port) as scale:
        sim.dialect.third_byte = False
        sim.put(250)
        assert await scale.perform(Tare()) == Done(detail="net weighing")
        assert await scale.perform(Zero()) == Done(detail="zero")
        sim.put(20_000)
        assert await scale.perform(Tare()) == Refused(reason="nothing was tared: was the pan empty, moving or out of range?")


@pytest.mark.parametrize(
    ("command", "grams", "moving", "reason"),
    [
        (Tare(), 500, True, "the pan is moving: wait until it rests, then try again"),
        (Tare(), 0, False, "nothing was tared: was the pan empty, moving or out of range?"),
        (Zero(), 5000, False, "not at zero: empty the pan, clear the tare, try again"),
    ],
)
async def test_an_nci_scale_says_why_it_did_not(command: Tare | Zero, grams: int, moving: bool, reason: str) -> None:
    async with NciSim(settle_ms=0) as sim, nci_scale(sim.port) as scale:
        sim.put(grams)
        sim.pan.held_moving = moving
        assert await scale.perform(command) == Refused(reason=reason)


async def test_a_scale_that_has_no_tare_command_says_so() -> None:
    async with NciSim(settle_ms=0) as sim, nci_scale(sim.port) as scale:
        sim.dialect.knows_tare = False
        assert await scale.perform(Tare()) == Refused(reason="this scale does not know the command: use its key")


async def test_adam_mdw_says_it_with_marks() -> None:
    async with NciSim(settle_ms=0) as sim, weighing(nci_scale(sim.port, line="8N1", silent_after_ms=IMPATIENT_MS)) as readings:
        sim.dialect.adam = True
        sim.put(1250)
        await until(readings, "stable", 1250)
        sim.put(sim.pan.capacity_g + 1)
        await until(readings, "over", None)
        sim.put(-sim.pan.capacity_g)
        await until(readings, "under", None)
        sim.put(0)
        sim.dialect.zero_error = True
        assert str(await failure(readings)).startswith("the scale cannot find its zero")


@pytest.mark.parametrize(("unit", "grams"), [("kg", 1250), ("lb", 1252), ("oz", 1250), ("g", 1250), ("lb-oz", 1250)])
async def test_a_scale_in_any_unit_with_parity_bits_left_on(unit: str, grams: int) -> None:
    async with NciSim(settle_ms=0, unit=unit) as sim, weighing(nci_scale(sim.port)) as readings:
        sim.parity_bits = True
        sim.put(1250)
        await until(readings, "stable", grams)


async def test_a_tared_pan_without_its_box_is_below_zero_and_a_fault_is_told() -> None:
    told: list[Told] = []
    async with (
        NciSim(settle_ms=0, tell=told.append) as sim,
        weighing(nci_scale(sim.port, silent_after_ms=IMPATIENT_MS)) as readings,
    ):
        sim.put(100)
        sim.pan.set_tare()
        sim.take()
        await until(readings, "under", None)
        sim.dialect.tells_moving_weight = True
        sim.put(300)
        sim.pan.held_moving = True
        await until(readings, "moving", 200)
        sim.dialect.rom_faults = 1
        assert "a fault of its own (ROM)" in str(await failure(readings))


async def test_a_scale_whose_motion_bit_is_the_other_way_round() -> None:
    async with NciSim(settle_ms=0) as sim, weighing(nci_scale(sim.port, motion_inverted=True)) as readings:
        sim.dialect.motion_inverted = True
        sim.put(1250)
        await until(readings, "stable", 1250)
        sim.pan.held_moving = True
        await until(readings, "moving", None)
