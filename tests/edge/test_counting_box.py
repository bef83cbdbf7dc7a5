"""A box that counts people, with its real inference process and a real camera: whatever befalls the process, orders are taken."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import psutil
import pytest

if TYPE_CHECKING:
    from tests.edge.conftest import RunningBox

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
Until = Callable[[Callable[[], bool]], Awaitable[None]]
CAMERA = '[device.cam-door]\ndriver = "camera/video-file"\npath = "{clip}"\nwidth_px = 160\nheight_px = 90\nfps = 5\n'
COUNTING = CAMERA + '[vision]\ncameras = ["cam-door"]\n'
TILL = '[device.till-3]\ndriver = "till/http"\n'
ORDER = {
    "business_day": "2026-11-21",
    "lines": [{"code": "6901028075831", "qty": 2, "amount_minor": 1300}],
    "amount_minor": 1300,
    "tender": "cash",
}
DEATHS = 4
"""Besides one by hanging: with the fifth failure the part is given up."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of a moving test picture."""
    path = tmp_path_factory.mktemp("clips") / "test.mp4"
    source = "testsrc2=size=160x90:rate=10"
    made = ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", source, "-t", "1", "-c:v", "mpeg4", str(path)]
    subprocess.run(made, check=True)
    return path


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def below(box: RunningBox, word: str) -> list[psutil.Process]:
    """The processes of the box with ``word`` on their command line."""
    found = []
    for each in psutil.Process(box.process.pid).children(recursive=True):
        try:
            line = each.cmdline()
        except psutil.Error:
            continue
        found += [each] if word in line else []
    return found


async def inference(box: RunningBox, until: Until, *, after: int = 0) -> psutil.Process:
    """The inference process, as soon as it is another than ``after``."""
    found: list[psutil.Process] = []

    def there() -> bool:
        found[:] = [each for each in below(box, "edge.vision") if each.pid != after]
        return bool(found)

    await until(there)
    return found[0]


async def paired(box: RunningBox, page: str) -> dict[str, str]:
    """The token of till-3, as a header."""
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    wanted = {"name": "till-3", "role": "device"}
    async with (
        aiohttp.ClientSession(connector=connector) as control,
        control.post("http://box/api/pairings", json=wanted) as answer,
    ):
        code = {"code": (await answer.json())["code"]}
    async with (
        aiohttp.ClientSession(headers={"Origin": page}) as browser,
        browser.post(f"{page}/api/tokens", json=code) as answer,
    ):
        return {"Authorization": f"Bearer {(await answer.json())['token']}"}


async def page_of(box: RunningBox) -> str:
    await box.until("/api/status", lambda _status: "ready: http" in box.log)
    return next(line for line in box.log.splitlines() if "ready: http" in line).split("ready: ")[1].split()[0]


class Selling:
    """A till that posts one order after another until it is told to stop; each must be taken."""

    def __init__(self, page: str, token: dict[str, str]) -> None:
        self._page, self._token = page, token
        self.sold = 0
        self._ends = asyncio.Event()
        self._task = asyncio.ensure_future(self._sell())

    async def more(self, orders: int, until: Until) -> None:
        """Wait until so many more were taken."""
        wanted = self.sold + orders
        await until(lambda: self.sold >= wanted or self._task.done())

    async def end(self) -> int:
        """How many were taken."""
        self._ends.set()
        await self._task
        return self.sold

    async def _sell(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as till:
            while not self._ends.is_set():
                number = self.sold + 1
                key = {"Idempotency-Key": f"till-3/2026-11-21/{number}"}
                order = ORDER | {"sequence": number}
                async with till.post(f"{self._page}/api/till/till-3/orders", json=order, headers=self._token | key) as answer:
                    assert (answer.status, await answer.json()) == (200, {"recorded": True, "repeat": False})
                self.sold += 1
                await asyncio.sleep(0.02)  # other tests want the processor too


async def test_orders_are_taken_however_often_counting_dies(run_box: RunBox, clip: Path, until: Until) -> None:
    async with run_box(COUNTING.format(clip=clip) + TILL) as box:
        page = await page_of(box)
        selling = Selling(page, await paired(box, page))
        process = await inference(box, until)
        await box.until("/api/status", lambda status: status["vision"]["state"] == "on")
        await selling.more(3, until)
        process.send_signal(signal.SIGSTOP)
        await selling.more(3, until)
        for _ in range(DEATHS):
            process = await inference(box, until, after=process.pid)
            process.kill()
            await selling.more(3, until)
        status = await box.until("/api/status", lambda status: "given up" in status["alarms"].get("vision", ""))
        assert "vision was given up after 5 failures in 10 minutes" in status["alarms"]["vision"]
        assert status["vision"]["state"] == "down"
        assert status["vision"]["restarts"] == DEATHS
        await selling.more(3, until)
        sold = await selling.end()
        status = await box.until("/api/status", lambda status: status["takings"]["paid_orders"] == sold)
        assert status["journal"]["dead_letters"] == 0


async def test_a_box_without_a_model_says_what_to_do_and_dies_without_orphans(run_box: RunBox, clip: Path, until: Until) -> None:
    async with run_box(COUNTING.format(clip=clip)) as box:
        assert "storebox models fetch" in await box.alarm("people inference")

        def is_blind(status: dict[str, Any]) -> bool:
            return bool(status["vision"]["cameras"]["cam-door"]["state"] == "blind")

        camera = (await box.until("/api/status", is_blind))["vision"]["cameras"]["cam-door"]
        assert camera["figures"]["processed"] == 0
        assert (camera["width_px"], camera["height_px"]) == (160, 90)
        assert (await box.ask("/api/vision")) is not None
        family = psutil.Process(box.process.pid).children(recursive=True)
        assert len([each for each in family if each.name().startswith("ffmpeg")]) == 1
        assert len(below(box, "edge.vision")) == 1
        (process,) = below(box, "edge.vision")
        assert process.nice() >= min(19, psutil.Process(box.process.pid).nice() + 5)
        box.process.kill()
        await box.process.wait()
        await until(lambda: not any(alive(each) for each in family))


async def test_a_stopped_box_stops_counting_in_order(run_box: RunBox, clip: Path, until: Until) -> None:
    async with run_box(COUNTING.format(clip=clip)) as box:
        await box.until("/api/status", lambda status: status["vision"] and status["vision"]["state"] == "on")
        family = psutil.Process(box.process.pid).children(recursive=True)
        box.process.terminate()
        assert await box.ends() == 0
        await until(lambda: not any(alive(each) for each in family))
        assert "stopped" in box.log
        assert "Traceback" not in box.log
