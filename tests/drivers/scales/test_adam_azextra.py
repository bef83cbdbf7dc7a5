"""An AZExtra on a real pty: its silence is no failure, its weights are told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from drivers.commands import Refused, Tare
from drivers.contract import BadFrame, DeviceGone
from drivers.readings import Presence, Weight
from drivers.scales.adam_azextra import AdamAzExtra, AdamAzExtraSettings
from drivers.sim.adam_azextra import AdamAzExtraSim

SECONDS = 60


def scale(port: str, **choices: Any) -> AdamAzExtra:
    return AdamAzExtra("lane-1", AdamAzExtraSettings(port=port, poll_ms=500, **choices))


@asynccontextmanager
async def weighing(device: AdamAzExtra) -> AsyncIterator[AsyncIterator[Any]]:
    async with asyncio.timeout(SECONDS), device, aclosing(device.readings()) as readings:  # type: ignore[type-var]
        yield readings


async def test_an_open_wire_is_all_that_silence_tells() -> None:
    async with AdamAzExtraSim(settle_ms=0) as sim, weighing(scale(sim.port)) as readings:
        first, second = await anext(readings), await anext(readings)
    assert isinstance(first, Presence)
    assert isinstance(second, Presence)
    assert (first.state, second.state) == ("open", "open")


async def test_a_new_weight_is_told_once_and_asked_for_no_faster_than_set() -> None:
    async with AdamAzExtraSim(settle_ms=0) as sim, weighing(scale(sim.port)) as readings:
        sim.dialect.label = "Weight "
        sim.put(1250)
        heard = [await anext(readings) for _ in range(4)]
        assert sim.dialect.beeps <= 3
    assert [each.grams for each in heard if isinstance(each, Weight)] == [1250]
    assert [type(each) for each in heard[-2:]] == [Presence, Presence]


async def test_a_scale_that_is_not_asked_never_beeps_and_its_print_key_is_heard() -> None:
    async with AdamAzExtraSim(settle_ms=0) as sim, weighing(scale(sim.port, ask=False)) as readings:
        assert isinstance(await anext(readings), Presence)
        sim.noise(b"0.300kg\r\n0.300kg\r\n")
        assert [(await anext(readings)).grams for _ in range(2)] == [300, 300]
        assert sim.dialect.beeps == 0


async def test_an_unplugged_scale_is_gone() -> None:
    async with AdamAzExtraSim(settle_ms=0) as sim, weighing(scale(sim.port)) as readings:
        await anext(readings)
        sim.unplug()
        with pytest.raises(DeviceGone, match="is gone"):
            async for _ in readings:
                pass


async def test_rubbish_that_goes_on_is_a_bad_frame() -> None:
    async with AdamAzExtraSim(settle_ms=0) as sim, weighing(scale(sim.port, ask=False)) as readings:
        await anext(readings)
        sim.noise(b"xkg" * 2 + b"0.300kg" + b"xkg" * 3)
        assert (await anext(readings)).grams == 300
        with pytest.raises(BadFrame, match="another label format than 3 with KG"):
            await anext(readings)


async def test_it_takes_no_commands() -> None:
    async with AdamAzExtraSim() as sim, scale(sim.port) as device:
        assert await device.perform(Tare()) == Refused(reason="an AZExtra cannot tare; it can: nothing: use its keys")
