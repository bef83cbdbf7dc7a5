"""One of ten is unplugged and plugged in again, however often: open within 3 s, nothing leaks, the others miss no reading."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from drivers.contract import DeviceGone, DeviceSilent
from drivers.scales.mt_sics import DRIVER, MtSicsSettings
from drivers.sim.mt_sics import MtSicsDialect
from drivers.sim.pan import Pan
from drivers.sim.scale_sim import Reply, ScaleSim
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


class Counted(MtSicsDialect):
    """A scale that counts its answers, and the longest time that nobody asked."""

    def __init__(self, pan: Pan) -> None:
        super().__init__(pan)
        self.answers, self.longest_s, self._asked_at = 0, 0.0, time.monotonic()

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        now = time.monotonic()
        self.longest_s, self._asked_at = max(self.longest_s, now - self._asked_at), now
        async for reply in super().hear(data):
            self.answers += 1
            yield reply


def counted(link: Path) -> ScaleSim[Counted]:
    pan = Pan(settle_ms=0, capacity_g=15_000)
    return ScaleSim(Counted(pan), pan, link=link)


async def missed_nothing(box: Any, name: str, dialect: Counted, late: int) -> None:
    """Every answer of the scale is a reading of the box; one may be on its way, and ``late`` too late for a busy machine."""
    before = dialect.answers
    status = await box.device(name, "up")
    assert before - 1 - late <= status["readings_seen"] <= dialect.answers
    assert status["reopened"] == 0


async def in_a_shop_of_ten(run_box: RunBox, folder: Path, *, cycles: int, away_s: float, within_s: float, late: int = 0) -> None:
    async with AsyncExitStack() as plugged:
        scales = [await plugged.enter_async_context(counted(folder / f"scale-{n}")) for n in range(1, 11)]
        settings = "".join(SCALE.format(name=f"scale-{n}", port=scale.port) for n, scale in enumerate(scales, 1))
        async with run_box("[discovery]\nenabled = false\n" + settings) as box:  # its sockets would be counted
            for n in range(1, 11):
                await box.device(f"scale-{n}", "up")
            await replug(box, scales[0])
            before = descriptors(box), threads(box)
            for scale in scales:
                scale.dialect.longest_s = 0.0
            slowest_s = max([await replug(box, scales[0]) for _ in range(cycles)])
            slowest_s = max(slowest_s, await replug(box, scales[0], away_s=away_s))
            longest_s = max(scale.dialect.longest_s for scale in scales[1:])
            print(
                f"{cycles} cycles and {away_s:g} s away: back after {slowest_s:.2f} s; others unasked {longest_s:.2f} s at most"
            )
            assert slowest_s < within_s
            assert descriptors(box) <= before[0] + 5  # the page's connections come and go, and a reader opens the journal
            assert threads(box) <= before[1] + 1
            for n, scale in enumerate(scales[1:], 2):
                await missed_nothing(box, f"scale-{n}", scale.dialect, late)


async def test_a_scale_that_comes_and_goes(run_box: RunBox, tmp_path: Path) -> None:
    # in haste beside other tests; the promises are held by the hundred below
    await in_a_shop_of_ten(run_box, tmp_path, cycles=6, away_s=1.0, within_s=30.0, late=5)
    told = (tmp_path / "box" / "log").read_text()
    assert told.count("device is down") + told.count("device is back") == LINES, "sixteen changes are not sixteen lines"


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_hundred_times_and_once_for_long(run_box: RunBox, tmp_path: Path) -> None:
    await in_a_shop_of_ten(run_box, tmp_path, cycles=100, away_s=40.0, within_s=BACK_WITHIN_S)


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
