"""Unplugged and plugged in again, however often and however long: open within 3 s, nothing leaks, the others go on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from drivers.contract import DeviceGone, DeviceSilent
from drivers.scales.mt_sics import DRIVER, MtSicsSettings
from drivers.sim.mt_sics import MtSicsSim
from edge.attend import Attended
from edge.flaps import LINES
from edge.parts import STEADY_S
from edge.status import Board

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
BACK_WITHIN_S = 3.0
SCALE = '[device.{name}]\ndriver = "scale/mt-sics"\nport = "{port}"\n'


def descriptors(box: Any) -> int:
    return sum(1 for _ in Path(f"/proc/{box.process.pid}/fd").iterdir())


def threads(box: Any) -> int:
    return sum(1 for _ in Path(f"/proc/{box.process.pid}/task").iterdir())


async def replug(box: Any, scale: Any, *, away_s: float = 0.0) -> float:
    """Unplug, plug in again; seconds until it is up."""
    scale.unplug()
    await box.device("scale-1", "gone")
    await asyncio.sleep(away_s)
    scale.plug()
    began = time.monotonic()
    await box.device("scale-1", "up")
    return time.monotonic() - began


async def in_a_shop_of_two(run_box: RunBox, folder: Path, *, cycles: int, away_s: float, within_s: float) -> None:
    async with MtSicsSim(link=folder / "a") as scale, MtSicsSim(link=folder / "b") as other:
        ports = SCALE.format(name="scale-1", port=scale.port) + SCALE.format(name="scale-2", port=other.port)
        async with run_box(ports) as box:
            await box.device("scale-1", "up")
            undisturbed = await box.device("scale-2", "up")
            await replug(box, scale)
            before = descriptors(box), threads(box)
            slowest_s = max([await replug(box, scale) for _ in range(cycles)])
            slowest_s = max(slowest_s, await replug(box, scale, away_s=away_s))
            print(f"{cycles} cycles and {away_s:g} s away: back after {slowest_s:.2f} s at most")
            assert slowest_s < within_s
            assert descriptors(box) <= before[0] + 2  # the page's connections come and go
            assert threads(box) <= before[1] + 1
            after = await box.device("scale-2", "up")
            assert (after["since"], after["reopened"]) == (undisturbed["since"], 0)
            assert after["readings_seen"] > undisturbed["readings_seen"]


async def test_a_scale_that_comes_and_goes(run_box: RunBox, tmp_path: Path) -> None:
    await in_a_shop_of_two(run_box, tmp_path, cycles=6, away_s=1.0, within_s=30.0)  # the promise is held by the hundred below
    told = (tmp_path / "box" / "log").read_text()
    assert told.count("device is down") + told.count("device is back") == LINES, "sixteen changes are not sixteen lines"


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_hundred_times_and_once_for_long(run_box: RunBox, tmp_path: Path) -> None:
    await in_a_shop_of_two(run_box, tmp_path, cycles=100, away_s=40.0, within_s=BACK_WITHIN_S)


@pytest.mark.faults
async def test_a_broker_that_was_away_for_long_is_back_as_soon(run_box: RunBox, mosquitto: Any) -> None:
    settings = f'[mqtt]\nport = {mosquitto.port}\npassword_file = "{mosquitto.password_file("storebox")}"\n'
    async with run_box(settings + '[device.till-1]\ndriver = "till/mqtt"\n') as box:
        await box.until("/api/status", lambda status: status["ready"] and not status["alarms"])
        mosquitto.kill()
        await box.alarm("broker")
        await asyncio.sleep(20)
        mosquitto.start()
        began = time.monotonic()
        await box.until("/api/status", lambda status: not status["alarms"])
        assert time.monotonic() - began < BACK_WITHIN_S + STEADY_S  # the alarm goes when the connection has held for a while


def test_a_missing_device_is_looked_for_every_second_and_a_failing_one_is_left_in_peace() -> None:
    attended = Attended(
        name="scale-1",
        driver=DRIVER,
        driver_name="scale/mt-sics",
        settings=MtSicsSettings(port="/dev/none"),
        wires=None,  # type: ignore[arg-type]
        journal=None,  # type: ignore[arg-type]
        rules=None,  # type: ignore[arg-type]
        board=Board(),
    )
    assert attended.part.ceiling_s(DeviceGone("unplugged")) <= 1.0
    assert attended.part.ceiling_s(DeviceSilent("mute")) == 30.0
