"""A mirror on a real screen: a real camera's pictures move on it, and what a finger does reaches the driver."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import expect

from config.schema import Plugged
from drivers.cameras.video_file import DRIVER as VIDEO_FILE
from drivers.cameras.video_file import VideoFileSettings
from drivers.commands import Done, Show
from drivers.contract import Receipt
from drivers.mirrors.page import PageMirror, PageSettings
from drivers.readings import AnyReading, Reported
from drivers.room_readings import MirrorTouched, MirrorUsed, ShadeTried

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens

    Until = Callable[[Callable[[], bool]], Awaitable[None]]

LAN = "0.0.0.0:8080"
DEADLINE_S = 60
DRAWN = """() => {
  const canvas = document.createElement("canvas"), glass = document.getElementById("glass");
  canvas.width = glass.naturalWidth;
  canvas.height = glass.naturalHeight;
  canvas.getContext("2d").drawImage(glass, 0, 0);
  return canvas.toDataURL();
}"""


def clip_in(folder: Path) -> Path:
    """Three seconds of a moving test picture."""
    path = folder / "clip.mp4"
    source = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10", "-t", "3", "-c:v", "mpeg4")
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", *source, str(path)], check=True)
    return path


async def test_a_visit_at_the_mirror(opens: Opens, new_tab: OpensTab, tmp_path: Path, until: Until) -> None:
    camera = VideoFileSettings(path=clip_in(tmp_path), width_px=160, height_px=90, shown=True)
    settings = PageSettings(camera="cam-1", shades=("rouge-01", "rouge-02"))
    plugged = {
        "cam-1": Plugged(driver="camera/video-file", settings=camera),
        "mirror-1": Plugged(driver="mirror/page", settings=settings),
    }
    heard: list[AnyReading] = []
    async with opens(listen=LAN, plugged=plugged) as shop, new_tab(has_touch=True) as page:
        wires = shop.view.wires
        async with VIDEO_FILE.open("cam-1", camera, wires), PageMirror("mirror-1", settings, wires) as mirror:

            async def listen() -> None:
                async for reading in mirror.readings():
                    heard.append(reading)
                    if isinstance(reading, Reported):
                        await mirror.acknowledge(reading, Receipt(ok=True))

            listening = asyncio.create_task(listen(), name="readings")
            complaints: list[str] = []
            page.on("pageerror", lambda error: complaints.append(str(error)))
            await page.goto(f"{shop.url}/mirror/mirror-1")
            await page.click("text=This is a screen")
            await page.fill("#code", shop.built.locks.pairings.offer("mirror-1", "screen").code)
            await page.click("button.main")
            await expect(page.locator("#lost")).to_be_hidden()

            await page.wait_for_function("() => document.getElementById('glass').naturalWidth === 160")
            first = await page.evaluate(DRAWN)
            await page.wait_for_function(f"(first) => ({DRAWN})() !== first", arg=first)

            for target in await page.locator("button, footer a, input").all():
                box = await target.bounding_box()
                assert box is not None
                assert min(box["width"], box["height"]) >= 44

            await page.locator("#glass").tap(position={"x": 10, "y": 10})
            await page.click("text=rouge-02")
            await expect(page.locator("[data-sku=rouge-02]")).to_have_attribute("aria-pressed", "true")
            shown = await mirror.perform(Show(upper="Please look up", deadline_ms=DEADLINE_S * 1000))
            assert shown == Done(detail="message = Please look up\n")
            await expect(page.locator("#message")).to_have_text("Please look up")
            await page.click("#done")
            await until(lambda: isinstance(heard[-1], MirrorUsed) and heard[-1].kind == "ended")
            await page.click("text=中文")
            await expect(page.locator("#done")).to_have_text("完成")
            listening.cancel()
            await asyncio.wait([listening])
            assert complaints == []
    visits = [reading for reading in heard if isinstance(reading, MirrorUsed | ShadeTried | MirrorTouched)]
    assert len({reading.session for reading in visits}) == 1
    assert [type(reading) for reading in visits if not isinstance(reading, MirrorTouched)] == [MirrorUsed, ShadeTried, MirrorUsed]
    (tried,) = [reading for reading in heard if isinstance(reading, ShadeTried)]
    assert (tried.sku, tried.intensity_percent) == ("rouge-02", 60)
    (touch, *_) = [reading for reading in heard if isinstance(reading, MirrorTouched)]
    assert touch.x_permille < 100
    assert touch.y_permille < 100
