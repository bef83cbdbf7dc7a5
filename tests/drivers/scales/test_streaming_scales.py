"""Scales on real ptys that talk by themselves, or answer plain lines: what is heard, and what is no weight."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.commands import ClearTare, Done, Refused, SetProperty, Tare, Unknown, Zero
from drivers.contract import BadFrame, Device, DeviceError, DeviceGone, DeviceSilent
from drivers.readings import Weight
from drivers.scales.a_and_d import AAndD, AAndDSettings
from drivers.scales.adam_cpwplus import AdamCpwPlus, AdamCpwPlusSettings
from drivers.scales.cas_stream import CasStream, CasStreamSettings
from drivers.scales.dahua import Dahua, DahuaSettings
from drivers.scales.toledo_continuous import ToledoContinuous, ToledoContinuousSettings
from drivers.sim.a_and_d import AAndDSim
from drivers.sim.adam_cpwplus import AdamCpwPlusSim
from drivers.sim.cas_stream import CasStreamSim
from drivers.sim.dahua import DahuaSim
from drivers.sim.scale_sim import ScaleSim
from drivers.sim.toledo_continuous import ToledoContinuousSim

SECONDS = 60
PATIENT_MS = 30_000  # a busy machine is not a silent scale
IMPATIENT_MS = 700

A_AND_D_GAP_MS = 50
"""Instead of half a second, which its manual wants between two commands and most of these tests would only wait for."""

Sim = ScaleSim[Any]


@dataclass(frozen=True)
class Kind:
    """``scale(port, silent_after_ms)``; ``says_limits``: it tells over and under; ``streams``: it talks unasked."""

    name: str
    sim: Callable[..., Sim]
    scale: Callable[[str, int], Device]
    says_limits: bool = True
    streams: bool = True

    def __str__(self) -> str:
        return self.name

    def simulated(self) -> Sim:
        """The simulator, as the settings of the driver expect it."""
        sim = self.sim(settle_ms=0)
        if self.streams:
            sim.dialect.repeat_ms = 40
        sim.dialect.indicator = self.name == "A&D indicator"
        return sim


def toledo(port: str, silent_after_ms: int, **choices: Any) -> Device:
    return ToledoContinuous("lane-1", ToledoContinuousSettings(port=port, silent_after_ms=silent_after_ms, **choices))


def a_and_d(port: str, silent_after_ms: int, **choices: Any) -> Device:
    settings = AAndDSettings(port=port, silent_after_ms=silent_after_ms, **choices)
    return AAndD("lane-1", settings.model_copy(update={"poll_ms": A_AND_D_GAP_MS}))


def indicator(port: str, silent_after_ms: int) -> Device:
    return a_and_d(port, silent_after_ms, commands="RW", stream=True)


def cas(port: str, silent_after_ms: int) -> Device:
    return CasStream("lane-1", CasStreamSettings(port=port, silent_after_ms=silent_after_ms))


def dahua(port: str, silent_after_ms: int, **choices: Any) -> Device:
    return Dahua("lane-1", DahuaSettings(port=port, silent_after_ms=silent_after_ms, steady_ms=100, **choices))


def cpwplus(port: str, silent_after_ms: int) -> Device:
    settings = AdamCpwPlusSettings(port=port, silent_after_ms=silent_after_ms, steady_ms=100, poll_ms=100)
    return AdamCpwPlus("lane-1", settings)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A&D scales that may be told one thing soon after the other."""
    monkeypatch.setattr("drivers.scales.a_and_d.GAP_MS", A_AND_D_GAP_MS)
    monkeypatch.setattr("drivers.scales.a_and_d.ECHO_MS", A_AND_D_GAP_MS + 250)


def test_an_aandd_scale_of_a_shop_is_given_its_half_second() -> None:
    assert AAndDSettings(port="/dev/ttyS0").poll_ms == 500
    with pytest.raises(ValidationError, match="greater than or equal to 500"):
        AAndDSettings(port="/dev/ttyS0", poll_ms=499)


TOLEDO = Kind("Toledo continuous", ToledoContinuousSim, toledo)
ASKED = Kind("A&D asked", AAndDSim, a_and_d, streams=False)
INDICATOR = Kind("A&D indicator", AAndDSim, indicator)
CAS = Kind("CAS", CasStreamSim, cas)
DAHUA = Kind("Dahua", DahuaSim, dahua, says_limits=False)
CPWPLUS = Kind("CPWplus", AdamCpwPlusSim, cpwplus, says_limits=False, streams=False)
KINDS = [TOLEDO, ASKED, INDICATOR, CAS, DAHUA, CPWPLUS]
every = pytest.mark.parametrize("kind", KINDS, ids=str)
taring = pytest.mark.parametrize("kind", [TOLEDO, INDICATOR, ASKED], ids=str)


@asynccontextmanager
async def weighing(scale: Device) -> AsyncIterator[AsyncIterator[Any]]:
    async with asyncio.timeout(SECONDS), scale, aclosing(scale.readings()) as readings:  # type: ignore[type-var]
        yield readings


async def until(readings: AsyncIterator[Weight], state: str, grams: int | None) -> list[Weight]:
    """Everything heard up to the first reading of this kind."""
    heard = []
    async for weight in readings:
        heard.append(weight)
        if (weight.state, weight.grams) == (state, grams):
            break
    return heard


async def failure(readings: AsyncIterator[Weight]) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        async for _ in readings:
            pass
    return caught.value


@asynccontextmanager
async def listened(scale: Device) -> AsyncIterator[list[Weight]]:
    """An open scale whose readings are taken in the background, as the box does; the list grows."""
    heard: list[Weight] = []

    async def listen(readings: AsyncIterator[Weight]) -> None:
        async for weight in readings:
            heard.append(weight)  # noqa: PERF401

    async with weighing(scale) as readings:
        listening = asyncio.ensure_future(listen(readings))
        try:
            while not heard:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            yield heard
        finally:
            listening.cancel()
            await asyncio.wait([listening])


@every
async def test_goods_are_weighed_and_no_wrong_weight_is_ever_stable(kind: Kind) -> None:
    async with kind.simulated() as sim, weighing(kind.scale(sim.port, PATIENT_MS)) as readings:
        await until(readings, "stable", 0)
        sim.pan.settle_ms = 300
        sim.put(1250)
        heard = await until(readings, "stable", 1250)
    assert {weight.grams for weight in heard if weight.state == "stable"} <= {0, 1250}
    assert heard[-1].device == "lane-1"


@every
async def test_a_pan_that_keeps_moving_has_no_stable_weight(kind: Kind) -> None:
    async with kind.simulated() as sim, weighing(kind.scale(sim.port, PATIENT_MS)) as readings:
        sim.pan.held_moving = True
        if kind in {DAHUA, CPWPLUS}:  # these say no motion: it is seen when the weight does not stay
            sim.pan.settle_ms = 60_000
        sim.put(60_000 if kind in {DAHUA, CPWPLUS} else 800)
        heard = [await anext(readings) for _ in range(5)]
    assert {weight.state for weight in heard[2:]} == {"moving"}


@pytest.mark.parametrize("kind", [each for each in KINDS if each.says_limits], ids=str)
async def test_too_much_and_too_little_have_no_weight(kind: Kind) -> None:
    async with kind.simulated() as sim, weighing(kind.scale(sim.port, PATIENT_MS)) as readings:
        sim.put(sim.pan.capacity_g + 500)
        await until(readings, "over", None)
        sim.put(-sim.pan.capacity_g)
        await until(readings, "under", None)


@every
async def test_a_negative_weight_is_told_as_it_is(kind: Kind) -> None:
    async with kind.simulated() as sim, weighing(kind.scale(sim.port, PATIENT_MS)) as readings:
        sim.put(250)
        sim.pan.set_tare()
        sim.take()
        await until(readings, "stable", -250)


@every
async def test_a_mute_scale_is_silent(kind: Kind) -> None:
    async with kind.simulated() as sim, weighing(kind.scale(sim.port, IMPATIENT_MS)) as readings:
        await anext(readings)
        sim.mute = True
        error = await failure(readings)
    assert type(error) is DeviceSilent
    if kind.streams:
        assert str(error).endswith("within 700 ms: is the device switched on, cabled, and set to send by itself?")


@every
async def test_an_unplugged_scale_is_gone_and_works_again_under_another_number(kind: Kind) -> None:
    async with kind.simulated() as sim:
        async with weighing(kind.scale(sim.port, PATIENT_MS)) as readings:
            await anext(readings)
            sim.unplug()
            assert type(await failure(readings)) is DeviceGone
        sim.plug()
        sim.put(300)
        async with weighing(kind.scale(sim.port, PATIENT_MS)) as readings:
            await until(readings, "stable", 300)


@every
async def test_half_frames_are_bad_frames_that_keep_the_bytes(kind: Kind) -> None:
    async with kind.simulated() as sim, weighing(kind.scale(sim.port, IMPATIENT_MS)) as readings:
        sim.half_frames = True
        error = await failure(readings)
    assert isinstance(error, BadFrame)
    assert error.frame


@every
async def test_a_stuttering_line_and_repeated_frames_change_nothing(kind: Kind) -> None:
    async with kind.simulated() as sim, weighing(kind.scale(sim.port, PATIENT_MS)) as readings:
        sim.put(1250)
        sim.stutter_ms = 1
        await until(readings, "stable", 1250)
        assert [(await anext(readings)).grams for _ in range(2)] == [1250] * 2
        sim.stutter_ms, sim.repeats = 0, 3
        assert [(await anext(readings)).grams for _ in range(4)] == [1250] * 4


@every
async def test_noise_around_every_frame_makes_no_weight(kind: Kind) -> None:
    async with kind.simulated() as sim, weighing(kind.scale(sim.port, PATIENT_MS)) as readings:
        sim.put(1250)
        await until(readings, "stable", 1250)
        sim.noise(1.0)
        assert {(await anext(readings)).grams for _ in range(6)} == {1250}


@every
async def test_noise_alone_is_a_bad_frame(kind: Kind) -> None:
    async with kind.simulated() as sim, weighing(kind.scale(sim.port, IMPATIENT_MS)) as readings:
        await anext(readings)
        sim.mute = True
        noise = random.Random(1)

        async def make_noise() -> None:
            while True:
                sim.noise(noise.randbytes(5).replace(b"\r", b"x"))
                await asyncio.sleep(0.02)

        making = asyncio.ensure_future(make_noise())
        error = await failure(readings)
        making.cancel()
    assert isinstance(error, BadFrame)
    assert error.frame


@taring
async def test_taring_zeroing_and_clearing_are_proved_by_what_is_shown(kind: Kind) -> None:
    async with kind.simulated() as sim:
        scale = kind.scale(sim.port, PATIENT_MS)
        async with listened(scale) as heard:
            sim.put(20)
            assert await scale.perform(Zero(deadline_ms=20_000)) == Done(detail="0 g" if kind is ASKED else "0 g gross")
            sim.put(250)
            assert isinstance(await scale.perform(Tare(deadline_ms=20_000)), Done)
            assert sim.pan.tare_g == 230
            cleared = await scale.perform(ClearTare(deadline_ms=20_000))
            assert sim.pan.tare_g == 0
            assert kind is ASKED or isinstance(cleared, Done)
    assert heard


@pytest.mark.parametrize("kind", [TOLEDO, INDICATOR], ids=str)
async def test_a_command_costs_the_listener_no_frame(kind: Kind) -> None:
    async with kind.simulated() as sim:
        scale = kind.scale(sim.port, PATIENT_MS)
        async with listened(scale) as heard:
            sim.put(250)
            assert isinstance(await scale.perform(Tare(deadline_ms=20_000)), Done)
            while heard[-1].grams != 0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert {weight.grams for weight in heard} <= {0, 250}


async def test_a_toledo_that_does_not_obey_says_what_it_shows() -> None:
    async with TOLEDO.simulated() as sim:
        scale = toledo(sim.port, PATIENT_MS)
        async with listened(scale):
            sim.put(250)
            sim.dialect.deaf = True
            assert await scale.perform(Tare(deadline_ms=1_500)) == Refused(
                reason="the scale goes on showing 250 g gross: does it allow this now, and does it take commands on this port?"
            )
            sim.dialect.deaf = False
            sim.pan.held_moving = True
            assert await scale.perform(Zero(deadline_ms=1_500)) == Refused(
                reason="the pan is moving: wait until it rests and is within range, then try again"
            )
            sim.mute = True
            await asyncio.sleep(0.05)
            assert await scale.perform(Zero(deadline_ms=1_500)) == Unknown(
                reason="no weight came within 1500 ms after it: look at the display of the scale"
            )


async def test_a_wire_lost_during_a_command_is_gone() -> None:
    async with TOLEDO.simulated() as sim:
        scale = toledo(sim.port, PATIENT_MS)
        async with scale:
            sim.pan.held_moving = True
            asyncio.get_running_loop().call_later(0.1, sim.unplug)
            with pytest.raises(DeviceGone, match="is gone"):
                await scale.perform(Tare(deadline_ms=20_000))


async def test_a_toledo_without_checksum_with_spaces_and_of_another_maker() -> None:
    async with TOLEDO.simulated() as sim, weighing(toledo(sim.port, PATIENT_MS, checksum=False, line="7E1")) as readings:
        sim.dialect.checksum, sim.dialect.spaces, sim.dialect.fairbanks, sim.parity_bits = False, True, True, True
        sim.put(1250)
        await until(readings, "stable", 1250)


@pytest.mark.parametrize(("unit", "grams"), [("lb", 998), ("g", 1000)])
async def test_a_toledo_in_another_unit(unit: str, grams: int) -> None:
    async with ToledoContinuousSim(settle_ms=0, unit=unit) as sim, weighing(toledo(sim.port, PATIENT_MS, unit=unit)) as readings:
        sim.put(1000)
        await until(readings, "stable", grams)  # 2.20 lb, the display's nearest step


async def test_a_toledo_without_a_checksum_that_is_asked_for_one_says_so() -> None:
    async with TOLEDO.simulated() as sim, weighing(toledo(sim.port, IMPATIENT_MS)) as readings:
        sim.dialect.checksum = False
        sim.repeats = 4
        assert "has a wrong checksum: the scale sends none: set checksum = false" in str(await failure(readings))


async def test_a_toledo_that_lost_its_zero_says_so_and_can_be_zeroed() -> None:
    async with TOLEDO.simulated() as sim:
        sim.dialect.lost_zero = True
        async with weighing(toledo(sim.port, IMPATIENT_MS)) as readings:
            assert str(await failure(readings)) == (
                "the scale has not found its zero since it was switched on: empty the pan and press its zero key"
            )
        async with toledo(sim.port, PATIENT_MS) as scale:
            assert await scale.perform(Zero(deadline_ms=20_000)) == Done(detail="0 g gross")


@pytest.mark.parametrize(("lo", "blank"), [(True, False), (False, True), (True, True)])
async def test_an_aandd_scale_prints_its_limits_in_many_ways(lo: bool, blank: bool) -> None:
    async with INDICATOR.simulated() as sim, weighing(indicator(sim.port, PATIENT_MS)) as readings:
        sim.dialect.lo_header, sim.dialect.blank_limits = lo, blank
        sim.put(sim.pan.capacity_g + 1)
        await until(readings, "over", None)
        sim.put(-sim.pan.capacity_g)
        await until(readings, "under", None)


async def test_an_aandd_scale_that_counts_or_shows_its_tare_says_so() -> None:
    async with INDICATOR.simulated() as sim:
        sim.dialect.counting = True
        async with weighing(indicator(sim.port, IMPATIENT_MS)) as readings:
            assert str(await failure(readings)) == "the scale counts pieces (QT): switch it to weighing with its mode key"
        sim.dialect.counting, sim.dialect.shows_tare = False, True
        async with weighing(indicator(sim.port, IMPATIENT_MS)) as readings:
            assert str(await failure(readings)) == (
                "the scale sends its tare: set its output to the displayed, net or gross weight"
            )


async def test_an_indicator_that_refuses_is_believed() -> None:
    async with INDICATOR.simulated() as sim:
        scale = indicator(sim.port, PATIENT_MS)
        async with listened(scale):
            sim.put(5000)
            assert await scale.perform(Zero(deadline_ms=20_000)) == Refused(
                reason="the scale cannot do it now: wait until the pan rests, and take too large a load off"
            )
        other = a_and_d(sim.port, PATIENT_MS, commands="Q", stream=True)
        async with listened(other):
            assert await other.perform(Zero(deadline_ms=20_000)) == Refused(
                reason='the scale does not know the command: try the other commands of A&D (commands = "Q" or "RW")'
            )


async def test_a_balance_that_does_not_say_whether_it_is_net_cannot_prove_that_its_tare_is_gone() -> None:
    async with ASKED.simulated() as sim, a_and_d(sim.port, PATIENT_MS) as scale:
        sim.put(250)
        sim.pan.set_tare()
        answer = await scale.perform(ClearTare(deadline_ms=20_000))
    assert "the scale shows 250 g and does not say whether a tare is set: look at its display" in repr(answer)


async def test_an_indicator_that_sends_gross_net_and_tare_by_turns_gives_the_wanted_one() -> None:
    async with DAHUA.simulated() as sim:
        sim.dialect.all_three = True
        sim.put(1500)
        sim.pan.tare_g = 250
        async with weighing(dahua(sim.port, PATIENT_MS, weight="net")) as readings:
            await until(readings, "stable", 1250)
        async with weighing(dahua(sim.port, PATIENT_MS, weight="gross")) as readings:
            await until(readings, "stable", 1500)


async def test_an_indicator_that_sends_its_tare_alone_gives_no_weight() -> None:
    async with DAHUA.simulated() as sim, weighing(dahua(sim.port, IMPATIENT_MS)) as readings:
        sim.dialect.tare_only = True
        error = await failure(readings)
    assert str(error) == "only lines with wt come: set the indicator to send the weight that it shows"


async def test_a_held_display_is_no_weight() -> None:
    async with CAS.simulated() as sim, weighing(cas(sim.port, IMPATIENT_MS)) as readings:
        sim.dialect.hold = True
        assert str(await failure(readings)) == "the indicator holds an old weight on its display: press its hold key"


@pytest.mark.parametrize("number", [0x0D, 0x0A, 0x2C, 0xFF, 0x00])
async def test_a_cas_device_number_may_be_any_byte(number: int) -> None:
    async with CAS.simulated() as sim, weighing(cas(sim.port, PATIENT_MS)) as readings:
        sim.dialect.number = number
        sim.put(1250)
        await until(readings, "stable", 1250)


@pytest.mark.parametrize("prefix", ["W", "ASN", ""])
async def test_a_cpwplus_of_any_firmware(prefix: str) -> None:
    async with CPWPLUS.simulated() as sim, weighing(cpwplus(sim.port, PATIENT_MS)) as readings:
        sim.dialect.prefix = prefix
        sim.put(1250)
        await until(readings, "stable", 1250)
        if prefix == "ASN":
            sim.pan.held_moving = True
            await until(readings, "moving", 1250)


async def test_a_cpwplus_is_tared_and_zeroed() -> None:
    async with CPWPLUS.simulated() as sim, cpwplus(sim.port, PATIENT_MS) as scale:
        sim.dialect.prefix = "ASN"
        sim.put(20)
        assert await scale.perform(Zero()) == Done(detail="0 g")
        sim.put(5000)
        assert isinstance(await scale.perform(Zero()), Refused)
        assert await scale.perform(Tare()) == Done(detail="0 g")
        assert sim.pan.tare_g == 4980


@every
async def test_a_scale_has_no_properties(kind: Kind) -> None:
    async with kind.simulated() as sim, kind.scale(sim.port, PATIENT_MS) as scale:
        answer = await scale.perform(SetProperty(property="light", value="on"))
    assert isinstance(answer, Refused)
    assert " cannot set-property; it can: " in answer.reason
