"""Every scale on real ptys: silence, motion, overload and unplugging are four different things, and none of them is 0 kg."""

from __future__ import annotations

import asyncio
import random

import pytest

from drivers.commands import ClearTare, Command, Done, Refused, SetProperty, Tare, Zero
from drivers.contract import BadFrame, DeviceGone, DeviceSilent
from drivers.sim.mt_sics import MtSicsSim
from drivers.sim.scale_sim import Told
from drivers.sim.toledo_8217 import Toledo8217Sim
from tests.drivers.scales.scale_kinds import (
    IMPATIENT_MS,
    SICS,
    TOLEDO,
    Kind,
    every,
    failure,
    repeating,
    sics,
    taring,
    toledo,
    until,
    weighing,
    zeroing,
)


@every
async def test_goods_are_weighed_once_the_pan_rests(kind: Kind) -> None:
    async with kind.sim(settle_ms=400) as sim, weighing(kind.scale(sim.port)) as readings:
        await until(readings, *kind.empty)
        sim.put(1250)
        heard = await until(readings, "stable", 1250)
    assert {weight.state for weight in heard[:-1]} <= {"moving", kind.empty[0]}
    assert all(weight.grams == 0 for weight in heard[:-1] if weight.state == "stable")
    assert heard[-1].device == "lane-1"


@every
async def test_a_moving_pan_never_gives_a_stable_weight(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim, weighing(kind.scale(sim.port)) as readings:
        sim.pan.held_moving = True
        sim.put(800)
        heard = [await anext(readings) for _ in range(8)]
    assert {weight.state for weight in heard} == {"moving"}


@every
async def test_too_much_and_too_little_have_no_weight(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim, weighing(kind.scale(sim.port)) as readings:
        sim.put(sim.pan.capacity_g + 500)
        assert (await until(readings, "over", None))[-1].grams is None
        sim.put(-sim.pan.capacity_g)
        assert (await until(readings, *kind.below))[-1].grams == kind.below[1]


@every
async def test_a_mute_scale_is_silent(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim, weighing(kind.scale(sim.port, silent_after_ms=IMPATIENT_MS)) as readings:
        await anext(readings)
        sim.mute = True
        error = await failure(readings)
    assert type(error) is DeviceSilent
    assert "is the device switched on, cabled, and set to this protocol, baud rate and parity?" in str(error)


@every
async def test_a_silent_scale_is_opened_again_on_the_same_port(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim:
        scale = kind.scale(sim.port, silent_after_ms=IMPATIENT_MS)
        sim.mute = True
        async with weighing(scale) as readings:
            assert type(await failure(readings)) is DeviceSilent
        sim.mute = False
        async with weighing(kind.scale(sim.port)) as readings:
            await until(readings, *kind.empty)


@every
async def test_a_scale_that_was_mute_for_a_moment_is_not_silent(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim, weighing(kind.scale(sim.port)) as readings:
        await anext(readings)
        sim.mute = True
        asyncio.get_running_loop().call_later(0.3, setattr, sim, "mute", False)
        assert (await anext(readings)).grams == kind.empty[1]


@every
async def test_half_frames_are_bad_frames_that_keep_the_bytes(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim, weighing(kind.scale(sim.port, silent_after_ms=IMPATIENT_MS)) as readings:
        sim.half_frames = True
        error = await failure(readings)
    assert isinstance(error, BadFrame)
    assert error.frame == kind.half


@every
async def test_an_unplugged_scale_is_gone_and_works_again_under_another_number(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim:
        scale = kind.scale(sim.port)
        async with weighing(scale) as readings:
            await anext(readings)
            name = sim.device_name
            sim.unplug()
            assert type(await failure(readings)) is DeviceGone
        with pytest.raises(DeviceGone, match="no port"):
            await scale.__aenter__()
        sim.plug()
        sim.put(300)
        async with weighing(scale) as readings:
            await until(readings, "stable", 300)
        assert sim.device_name != name


@repeating
async def test_a_stuttering_line_and_repeated_frames_change_nothing(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim, weighing(kind.scale(sim.port)) as readings:
        sim.put(1250)
        sim.stutter_ms = 2
        assert [(await anext(readings)).grams for _ in range(3)] == [1250] * 3
        sim.stutter_ms, sim.repeats = 0, 3
        assert [(await anext(readings)).grams for _ in range(5)] == [1250] * 5


@repeating
async def test_noise_around_every_answer_costs_no_weight_and_makes_none(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim, weighing(kind.scale(sim.port)) as readings:
        sim.put(1250)
        await until(readings, "stable", 1250)
        sim.noise(1.0)
        heard = [await anext(readings) for _ in range(8)]
    assert {weight.grams for weight in heard if weight.state == "stable"} == {1250}


@every
async def test_noise_alone_is_a_bad_frame(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim, weighing(kind.scale(sim.port, silent_after_ms=IMPATIENT_MS)) as readings:
        await anext(readings)
        sim.mute = True
        noise = random.Random(1)

        async def make_noise() -> None:
            while True:
                sim.noise(bytes(noise.randrange(0x20, 0x7F) for _ in range(5)))
                await asyncio.sleep(0.01)

        making = asyncio.ensure_future(make_noise())
        error = await failure(readings)
        making.cancel()
    assert isinstance(error, BadFrame)
    assert error.frame


@every
async def test_a_scale_of_the_other_protocol_is_recognised(kind: Kind) -> None:
    async with kind.other(settle_ms=0) as sim, weighing(kind.scale(sim.port, silent_after_ms=IMPATIENT_MS)) as readings:
        if kind is TOLEDO:
            sim.dialect.repeat_ms = 50  # set to send unasked: only then can an MT-SICS scale be heard by a driver that asks W
        error = await failure(readings)
    assert isinstance(error, BadFrame)
    assert kind.looks_like in str(error)


@taring
async def test_taring_between_polls(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim:
        scale = kind.scale(sim.port)
        async with weighing(scale) as readings:
            sim.put(250)
            await until(readings, "stable", 250)
            assert isinstance(await scale.perform(Tare()), Done)
            await until(readings, "stable", 0)
            sim.put(1250)
            await until(readings, "stable", 1000)
            assert isinstance(await scale.perform(ClearTare()), Done)
            await until(readings, "stable", 1250)


@taring
async def test_taring_while_polls_run_at_the_same_time(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim:
        scale = kind.scale(sim.port)
        async with weighing(scale) as readings:
            sim.put(250)
            await until(readings, "stable", 250)
            listening = asyncio.ensure_future(until(readings, "stable", 0))
            assert isinstance(await scale.perform(Tare()), Done)
            heard = await listening
    assert {weight.grams for weight in heard} <= {250, 0}


@zeroing
async def test_zeroing_an_empty_and_a_loaded_pan(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim:
        scale = kind.scale(sim.port)
        async with weighing(scale) as readings:
            sim.put(20)
            await until(readings, "stable", 20)
            assert isinstance(await scale.perform(Zero()), Done)
            await until(readings, "stable", 0)
            sim.put(5000)
            await until(readings, "stable", 4980)
            assert isinstance(await scale.perform(Zero()), Refused)
            await until(readings, "stable", 4980)


@taring
async def test_a_command_that_a_scale_does_not_answer_is_refused(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as sim, kind.scale(sim.port) as scale:
        sim.mute = True
        answer = await scale.perform(Tare(deadline_ms=300))
    assert answer == Refused(
        reason={
            TOLEDO: "the scale did not answer: is taring switched on in its calibration menu, is it switched on?",
            SICS: "no answer within 300 ms: look at the display, it may still do it",
        }[kind]
    )


@every
async def test_a_scale_has_no_properties(kind: Kind) -> None:
    async with kind.sim() as sim, kind.scale(sim.port) as scale:
        answer = await scale.perform(SetProperty(property="light", value="on"))
    assert isinstance(answer, Refused)
    assert answer.reason.endswith(f"scale cannot set-property; it can: {kind.can}")


@every
async def test_two_scales_do_not_hear_each_other(kind: Kind) -> None:
    async with kind.sim(settle_ms=0) as one, kind.sim(settle_ms=0) as two:
        one.put(100)
        two.put(200)
        async with weighing(kind.scale(one.port)) as readings_one, weighing(kind.scale(two.port)) as readings_two:
            await until(readings_one, "stable", 100)
            await until(readings_two, "stable", 200)


@pytest.mark.parametrize(
    ("command", "grams", "moving", "reason"),
    [
        (Tare(), 0, False, "nothing was tared: was the pan empty or still moving?"),
        (Tare(), 500, True, "the pan is moving: wait until it rests and is within range, then try again"),
        (Zero(), 5000, False, "not at zero: empty the pan, clear the tare, try again"),
    ],
)
async def test_an_8217_says_why_it_did_not(command: Tare | Zero, grams: int, moving: bool, reason: str) -> None:
    async with Toledo8217Sim(settle_ms=0) as sim, toledo(sim.port) as scale:
        sim.put(grams)
        sim.pan.held_moving = moving
        assert await scale.perform(command) == Refused(reason=reason)


async def test_an_8217_that_keeps_its_tare_says_so() -> None:
    def rest_after_the_status(told: Told) -> None:
        if told == {"sent": {"says": "moving", "grams": None}}:
            sim.pan.held_moving = False

    sim = Toledo8217Sim(settle_ms=0, tell=rest_after_the_status)
    async with sim, toledo(sim.port) as scale:
        sim.put(500)
        sim.pan.set_tare()
        sim.pan.held_moving = True  # C is ignored while the pan moves
        assert await scale.perform(ClearTare()) == Refused(reason="the tare is still set: was the pan moving?")


async def test_an_8217_whose_self_test_failed_is_silent_and_one_with_parity_bits_is_heard() -> None:
    async with Toledo8217Sim(settle_ms=0) as sim, weighing(toledo(sim.port, silent_after_ms=IMPATIENT_MS)) as readings:
        sim.put(1250)
        sim.parity_bits = True
        await until(readings, "stable", 1250)
        sim.dialect.self_test_failed = True
        assert type(await failure(readings)) is DeviceSilent


async def test_an_8213_that_always_sets_bit_5_and_a_scale_in_pounds() -> None:
    async with Toledo8217Sim(settle_ms=0, unit="lb") as sim, weighing(toledo(sim.port, unit="lb")) as readings:
        sim.dialect.bit5_always = True
        sim.put(1000)
        heard = (await until(readings, "stable", 998))[-1]  # 2.20 lb, the display's nearest step
        assert heard.grams == 998
        sim.pan.held_moving = True
        await until(readings, "moving", None)


async def test_an_8217_answered_by_something_else_is_a_bad_frame() -> None:
    async with Toledo8217Sim(settle_ms=0) as sim, toledo(sim.port) as scale:
        sim.mute = True
        asking = asyncio.ensure_future(scale.perform(Tare(deadline_ms=3_000)))
        await asyncio.sleep(0.05)
        sim.noise(b"\x0201.250\r")
        with pytest.raises(BadFrame) as caught:
            await asking
    assert str(caught.value).startswith("b'\\x0201.250\\r' is no status: ")


async def test_a_busy_mt_sics_scale_is_silent_in_its_own_words_and_never_zero() -> None:
    async with MtSicsSim(settle_ms=0) as sim, weighing(sics(sim.port, silent_after_ms=IMPATIENT_MS)) as readings:
        sim.dialect.busy = True
        error = await failure(readings)
    assert type(error) is DeviceSilent
    assert "cannot weigh now (S I)" in str(error)


async def test_an_mt_sics_scale_in_another_mode_says_es() -> None:
    async with MtSicsSim(settle_ms=0) as sim, weighing(sics(sim.port, silent_after_ms=IMPATIENT_MS)) as readings:
        sim.dialect.knows_sics = False
        assert str(await failure(readings)) == "the scale answers ES, it does not know the command: is it set to MT-SICS?"


@pytest.mark.parametrize(("unit", "grams"), [("g", 1251), ("kg", 1251), ("lb", 1251), ("oz", 1251), ("t", 1251)])
async def test_an_mt_sics_scale_in_any_unit(unit: str, grams: int) -> None:
    async with MtSicsSim(settle_ms=0, unit=unit) as sim, weighing(sics(sim.port, line="7E1")) as readings:
        sim.parity_bits = True
        sim.put(grams)
        await until(readings, "stable", grams)


async def test_an_aandd_scale_prints_its_limits_another_way() -> None:
    async with MtSicsSim(settle_ms=0) as sim, weighing(sics(sim.port)) as readings:
        sim.dialect.aandd = True
        sim.put(sim.pan.capacity_g + 1)
        await until(readings, "over", None)
        sim.put(-sim.pan.capacity_g)
        await until(readings, "under", None)


async def test_a_negative_net_weight_is_told_by_mt_sics_as_it_is() -> None:
    async with MtSicsSim(settle_ms=0) as sim:
        scale = sics(sim.port)
        async with weighing(scale) as readings:
            sim.put(100)
            await until(readings, "stable", 100)
            await scale.perform(Tare())
            sim.take()
            await until(readings, "stable", -100)


@pytest.mark.parametrize("command", [Tare(), Zero()])
async def test_a_moving_mt_sics_scale_refuses(command: Command) -> None:
    async with MtSicsSim(settle_ms=0) as sim, sics(sim.port) as scale:
        sim.pan.held_moving = True
        answer = await scale.perform(command)
    assert answer == Refused(reason="the scale cannot do it now: wait until the pan rests")
