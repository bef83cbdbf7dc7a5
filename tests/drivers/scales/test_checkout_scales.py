"""Checkout scales on real ptys: the price comes first, each weight comes once, and a NAK is asked for its reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from drivers.commands import Done, Refused, SetPrice, SetTare, Tare
from drivers.contract import BadFrame, DeviceError
from drivers.readings import Presence
from drivers.scales import dialog02
from drivers.sim.dialog06 import DialogDialect, DialogSim
from drivers.sim.dialog_checksums import remainder
from drivers.sim.scale_sim import ScaleSim
from tests.drivers.scales.scale_kinds import IMPATIENT_MS, PATIENT_MS, dialog_scale, failure, until, weighing

PAIR = f"4711{remainder(0x4711):04X}"


def dialog_02_scale(port: str, **choices: Any) -> Any:
    settings = dialog02.Dialog02Settings(port=port, poll_ms=50, **{"silent_after_ms": PATIENT_MS, **choices})
    return dialog02.DRIVER.open("lane-1", settings, None)  # type: ignore[arg-type]


@asynccontextmanager
async def checkout(scale: Any = dialog_scale, **choices: Any) -> AsyncIterator[tuple[ScaleSim[DialogDialect], Any, Any]]:
    async with DialogSim(settle_ms=0) as sim:
        opened = scale(sim.port, **choices)
        async with weighing(opened) as readings:
            yield sim, opened, readings


async def _often(sim: ScaleSim[DialogDialect], what: str, times: int) -> None:
    """Until the scale has given the status, or was asked the record, ``times`` more often."""
    last = sim.dialect.counted[what] + times
    for _ in range(2_000):
        if sim.dialect.counted[what] >= last:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{what} only {sim.dialect.counted[what]} times")


async def test_a_weight_carries_price_and_amount() -> None:
    async with checkout(price_minor=1299) as (sim, _, readings):
        sim.put(1250)
        told = (await until(readings, "stable", 1250))[-1]
    assert (told.price_minor, told.amount_minor) == (1299, 1624)


async def test_a_weight_does_not_come_twice_and_its_repeat_is_no_failure() -> None:
    async with checkout(silent_after_ms=IMPATIENT_MS) as (sim, _, readings):
        sim.put(1250)
        await until(readings, "stable", 1250)
        listening = asyncio.ensure_future(until(readings, "stable", 800))
        await _often(sim, "21", 15)  # for longer than a silence may last
        sim.put(800)
        assert [(weight.state, weight.grams) for weight in await listening] == [("stable", 800)]


async def test_a_load_that_was_weighed_before_says_only_that_the_scale_is_there() -> None:
    async with DialogSim(settle_ms=0) as sim:
        sim.put(1250)
        async with weighing(dialog_scale(sim.port)) as readings:
            await until(readings, "stable", 1250)
        async with weighing(dialog_scale(sim.port)) as readings:
            there = await anext(readings)
            assert isinstance(there, Presence)
            assert there.state == "ready"
            sim.put(400)
            assert (await anext(readings)).grams == 400


async def test_a_measurement_that_is_not_finished_is_moving_and_only_asked_again() -> None:
    async with checkout() as (sim, _, readings):
        sim.dialect.unfinished = 3
        sim.put(1250)
        heard = await until(readings, "stable", 1250)
    states = [weight.state for weight in heard if weight.state != "under"]
    assert states in (["moving"] * 3 + ["stable"], ["moving"] * 2 + ["stable"], ["moving", "stable"])  # one may come too late


async def test_a_command_gives_price_tare_and_text() -> None:
    async with checkout() as (sim, scale, readings):
        sim.put(1250)
        await until(readings, "stable", 1250)
        assert await scale.perform(SetPrice(price_minor=2500, tare_grams=250, text="CHEESE")) == Done(
            detail="the scale shows price and tare"
        )
        assert sim.dialect.text.strip() == "CHEESE"
        sim.put(1250)
        told = (await until(readings, "stable", 1000))[-1]
        assert (told.price_minor, told.amount_minor) == (2500, 2500)
        assert await scale.perform(SetTare(grams=50)) == Done(detail="the scale shows price and tare")
        sim.put(1250)
        assert (await until(readings, "stable", 1200))[-1].price_minor == 2500


async def test_without_a_standing_price_a_load_is_weighed_once_it_is_priced() -> None:
    async with checkout(price_minor=0) as (sim, scale, readings):
        assert isinstance(await anext(readings), Presence)
        sim.put(1250)
        assert await scale.perform(SetTare(grams=50)) == Refused(
            reason="this scale learns the tare with the price: give both in set-price"
        )
        await scale.perform(SetPrice(price_minor=1299))
        told = await anext(readings)
        assert (told.grams, told.amount_minor) == (1250, 1624)
        listening = asyncio.ensure_future(anext(readings))
        await _often(sim, "08", 5)  # asked how it is, not for a weight
        sim.put(500)
        await scale.perform(SetPrice(price_minor=200))
        assert (await listening).amount_minor == 100


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (SetPrice(price_minor=0), "a price of 0 does not fit: this scale takes 1 to 999999"),
        (SetPrice(price_minor=1_000_000), "a price of 1000000 does not fit: this scale takes 1 to 999999"),
        (SetTare(grams=10_000), "a tare of 10000 g does not fit: this scale takes 0 to 9999 g"),
        (SetTare(grams=-1), "a tare of -1 g does not fit: this scale takes 0 to 9999 g"),
        (SetPrice(price_minor=1, text="苹果"), "the text '苹果' cannot be shown: this scale takes plain letters and digits"),
        (SetTare(grams=9000), "the scale does not take this tare (12): it is too much, or the scale allows none"),
        (Tare(), "a Dialog 06 scale cannot tare; it can: set-price, set-tare"),
    ],
)
async def test_what_the_scale_does_not_take_is_refused(command: Any, reason: str) -> None:
    async with checkout() as (_, scale, _readings):
        assert await scale.perform(command) == Refused(reason=reason)


async def test_goods_are_refused_while_the_scale_cannot_take_them() -> None:
    async with checkout() as (sim, scale, readings):
        sim.dialect.fault = "20"
        assert await scale.perform(SetPrice(price_minor=100)) == Refused(
            reason="the scale does not take it now: empty the pan, wait until it rests, then try again"
        )
        sim.dialect.fault = "02"
        with pytest.raises(DeviceError, match="received damaged bytes"):
            await scale.perform(SetPrice(price_minor=100))
        sim.dialect.fault = ""
        sim.put(1250)
        assert (await until(readings, "stable", 1250))[-1].price_minor == 1


async def test_a_scale_with_a_fault_says_which() -> None:
    async with checkout(silent_after_ms=IMPATIENT_MS) as (sim, _, readings):
        sim.dialect.fault = "01"
        assert str(await failure(readings)).startswith("the scale reports a general error (01)")


async def test_a_certified_scale_is_given_its_checksums() -> None:
    async with checkout(checksums=PAIR) as (sim, _, readings):
        sim.dialect.certified = True
        sim.put(1250)
        await until(readings, "stable", 1250)
    assert not sim.dialect.certified


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        (
            {},
            (
                "the scale asks for checksums (record 11), as certified scales do: set checksums to the pair that its maker "
                "gave, or have the request switched off in the scale"
            ),
        ),
        ({"checksums": "12345678"}, "the scale refuses the checksums: is checksums the pair that the maker of this scale gave?"),
    ],
)
async def test_a_certified_scale_without_the_right_checksums_says_so(choices: dict[str, str], text: str) -> None:
    async with checkout(silent_after_ms=IMPATIENT_MS, **choices) as (sim, _, readings):
        sim.dialect.certified = True
        assert str(await failure(readings)) == text


async def test_an_answer_to_something_else_is_a_bad_frame() -> None:
    async with checkout(silent_after_ms=IMPATIENT_MS) as (sim, _, readings):
        sim.mute = True
        listening = asyncio.ensure_future(failure(readings))
        while not listening.done():
            sim.noise(b"\x0209\x1b00\x03")
            await asyncio.sleep(0.02)
    error = await listening
    assert isinstance(error, BadFrame)
    assert str(error) == "b'\\x0209\\x1b00\\x03' is no answer to what was asked"


@pytest.mark.parametrize("unit", ["kg", "lb", "lb-5", "lb-oz"])
async def test_a_scale_in_any_unit(unit: str) -> None:
    async with DialogSim(settle_ms=0, unit=unit) as sim, weighing(dialog_scale(sim.port)) as readings:
        sim.put(1250)
        told = await until(readings, "stable", {"kg": 1250, "lb": 1252, "lb-5": 1250, "lb-oz": 1251}[unit])
        assert told[-1].amount_minor == 1


async def test_dialog_02_explains_an_empty_pan() -> None:
    async with checkout(dialog_02_scale) as (sim, _, readings):
        await until(readings, "under", None)
        sim.put(1250)
        await until(readings, "stable", 1250)


async def test_dialog_02_without_record_08_is_moving_until_there_is_a_weight() -> None:
    async with checkout(dialog_02_scale, says_why=False, weight_request="enq") as (sim, scale, readings):
        sim.dialect.knows_status = False
        assert (await anext(readings)).state == "moving"
        sim.put(1250)
        await until(readings, "stable", 1250)
        assert isinstance(await scale.perform(Tare()), Refused)
