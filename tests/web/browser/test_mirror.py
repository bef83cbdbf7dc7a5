"""A mirror on a real screen: a shopper chooses, compares, says who they are, takes the look home and leaves.

The camera is a ring that the test fills; the mirrors' process is the shipped one but for its model.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Page, expect

from config.schema import Plugged
from drivers.cameras.video_file import VideoFileSettings
from drivers.commands import Done, Show
from drivers.contract import Receipt
from drivers.mirrors.page import PageMirror, PageSettings
from drivers.readings import AnyReading, Reported
from drivers.room_readings import MirrorTouched, MirrorUsed, ShadeTried
from drivers.wires.pictures import Pictures
from edge.mirror.makeup import Makeup
from edge.status import Board
from tests.mirror.conftest import PROGRAM
from tests.mirror.made_up import DARK, NOBODY, SOMEBODY, TWO
from tests.vision.conftest import RingCamera
from tests.web.browser.looks import SMALL_TARGETS, WIDER, complaints, violations
from tests.web.headquarters import PHONE, members
from tests.web.test_mirror_visits import give_address, offer_shades

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens, Shop

    Until = Callable[[Callable[[], bool]], Awaitable[None]]

LAN = "0.0.0.0:8080"
SCREENS = {"portrait": {"width": 1080, "height": 1920}, "landscape": {"width": 1920, "height": 1080}}
DEADLINE_S = 60
GREY = """() => {
  const canvas = document.createElement("canvas"), glass = document.getElementById("glass");
  if (!glass.naturalWidth) return -1;
  canvas.width = canvas.height = 1;
  const drawn = canvas.getContext("2d");
  drawn.drawImage(glass, 0, 0, 1, 1);
  return drawn.getImageData(0, 0, 1, 1).data[0];
}"""


@dataclass
class Stage:
    """A shop with a mirror. ``code`` is who stands there."""

    shop: Shop
    mirror: PageMirror
    camera: RingCamera
    makeup: Makeup
    code: int = SOMEBODY
    heard: list[AnyReading] = field(default_factory=list)

    def said(self) -> list[MirrorUsed | ShadeTried]:
        return [each for each in self.heard if isinstance(each, MirrorUsed | ShadeTried)]

    def times(self, kind: str) -> int:
        """How often a visit began or ended."""
        return sum(isinstance(each, MirrorUsed) and each.kind == kind for each in self.heard)


@pytest.fixture
def plays(opens: Opens, tmp_path: Path) -> Callable[..., Any]:
    """``async with plays() as stage``: pictures come, and the mirror's driver is open; ``problem``: no model is there."""

    @asynccontextmanager
    async def run(problem: str = "", **settings: Any) -> AsyncIterator[Stage]:
        chosen = PageSettings(camera="cam-1", try_after_s=1, **settings)
        plugged = {
            "cam-1": Plugged(driver="camera/video-file", settings=VideoFileSettings(path=tmp_path, shown=True)),
            "mirror-1": Plugged(driver="mirror/page", settings=chosen),
        }
        makeup = Makeup(
            mirrors=lambda: {"mirror-1": "cam-1"},
            models_dir=tmp_path,
            pictures=Pictures(),
            board=Board(),
            program=PROGRAM,
            model_problem=lambda _models_dir: problem,
        )
        async with opens(listen=LAN, plugged=plugged, glass=makeup, hosts=("shop.lan",)) as shop:
            makeup.pictures = shop.view.wires.pictures
            camera = RingCamera("cam-1", makeup.pictures, (320, 180))
            async with PageMirror("mirror-1", chosen, shop.view.wires) as mirror:
                stage = Stage(shop, mirror, camera, makeup)
                tasks = [asyncio.ensure_future(each) for each in (_listen(stage), _film(stage), makeup.run())]
                try:
                    yield stage
                finally:
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
                    camera.close()

    return run


async def _listen(stage: Stage) -> None:
    async for reading in stage.mirror.readings():
        stage.heard.append(reading)
        if isinstance(reading, Reported):
            await stage.mirror.acknowledge(reading, Receipt(ok=True))


async def _film(stage: Stage) -> None:
    while True:
        stage.camera.show(stage.code)
        await asyncio.sleep(0.05)


async def enter(page: Page, shop: Shop, language: str = "en") -> None:
    """Pair the screen and see the mirror."""
    await page.goto(f"{shop.url}/mirror/mirror-1?language={language}")
    await page.locator("a[href^='/screen']").click()
    await page.fill("#code", shop.built.locks.pairings.offer("mirror-1", "screen").code)
    await page.click("button.main")
    await expect(page.locator("#lost")).to_be_hidden()
    await page.wait_for_function("() => document.getElementById('glass').naturalWidth === 320")


async def held(page: Page) -> None:
    """What every page keeps, as far as it is cheap to look at."""
    assert await page.evaluate(SMALL_TARGETS) == []
    assert await page.evaluate(WIDER) <= 0


async def on_a_telephone(page: Page, address: str) -> None:
    """The list that was taken home, with its picture."""
    await page.goto(address)
    await expect(page.locator(".lines li")).to_have_count(2)
    await page.wait_for_function("() => document.querySelector('img.tried').naturalWidth === 320")
    await held(page)


async def shot(page: Page, name: str) -> None:
    """A picture for people, where STOREBOX_SCREENSHOTS names a folder."""
    folder = os.environ.get("STOREBOX_SCREENSHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.mark.parametrize(("screen", "language"), [("portrait", "zh"), ("landscape", "en")])
async def test_a_whole_visit(plays: Callable[..., Any], new_tab: OpensTab, until: Until, screen: str, language: str) -> None:
    async with plays() as stage, new_tab(has_touch=True, viewport=SCREENS[screen]) as page:
        shop = stage.shop
        await offer_shades(shop)
        await members(shop)
        await give_address(shop, shop.url)
        heard = complaints(page)
        await enter(page, shop, language)
        heard.clear()  # the door answers 401 before the screen is paired

        await expect(page.locator("#done")).to_be_enabled()  # who stands there begins the visit
        await page.locator("[data-sku=rouge-01]").tap()
        await page.wait_for_function(f"() => ({GREY})() > 100")
        await held(page)
        assert await violations(page) == []
        await page.locator(".region[data-region=eyes]").tap()
        await page.locator("[data-sku=shadow-07]").tap()
        await page.locator("#compare").tap()
        await page.locator("#slider").fill("250")
        await until(lambda: stage.makeup._wears["mirror-1"].split_permille is not None)
        await shot(page, f"compare-{screen}-{language}")
        await page.locator("#add").tap()
        await expect(page.locator("#names button")).to_have_count(2)
        await held(page)
        await until(lambda: len(stage.makeup._wears["mirror-1"].looks) == 2)
        await shot(page, f"looks-{screen}-{language}")

        await page.reload()
        await expect(page.locator("#names button")).to_have_count(2)
        await expect(page.locator("[data-sku=shadow-07]")).to_have_attribute("aria-pressed", "true")

        await page.locator("#who").tap()
        for key in PHONE:
            await page.locator(f"[data-key='{key}']").tap()
        assert await page.locator("#digits").text_content() == "•" * 7 + PHONE[-4:]
        await held(page)
        assert await violations(page) == []
        await shot(page, f"pad-{screen}-{language}")
        await page.locator("[data-key=enter]").tap()
        await expect(page.locator("#pad")).to_be_hidden()
        await expect(page.locator("#who")).to_be_disabled()

        await page.locator("#home").tap()
        await expect(page.locator("#with-picture")).to_have_attribute("aria-pressed", "false")
        await page.locator("#with-picture").tap()
        await expect(page.locator("#with-picture")).to_have_attribute("aria-pressed", "true")
        await shot(page, f"home-{screen}-{language}")
        address = await page.locator("#qr").get_attribute("data-address") or ""
        await page.locator("#taking .close").tap()

        await page.wait_for_timeout(1_000)  # a shade counts after a second
        await page.locator("#done").tap()
        await until(lambda: stage.times("ended") == 1)
        await expect(page.locator("#names button")).to_have_count(1)
        assert heard == []
        await on_a_telephone(page, address)
    visit = stage.said()
    assert [type(each) for each in visit] == [MirrorUsed, ShadeTried, ShadeTried, MirrorUsed]
    assert len({each.session for each in visit}) == 1
    assert {each.sku for each in visit if isinstance(each, ShadeTried)} == {"rouge-01", "shadow-07"}


async def test_what_keeps_makeup_away_is_said_politely(plays: Callable[..., Any], new_tab: OpensTab, until: Until) -> None:
    async with plays() as stage, new_tab(viewport=SCREENS["portrait"]) as page:
        await offer_shades(stage.shop)
        await enter(page, stage.shop)
        await page.click("[data-sku=rouge-01]")
        said = page.locator("#polite")
        for code, words in (
            (TWO, "One at a time, please"),
            (DARK, "too dark"),
            (NOBODY, "Please come closer"),
        ):
            stage.code = code
            await expect(said).to_contain_text(words)
        await until(lambda: stage.times("ended") == 1)  # nobody stands there any more
        stage.code = SOMEBODY
        await until(lambda: stage.times("began") == 2)
        await expect(said).to_be_hidden()


async def test_without_a_model_the_plain_picture_is_shown(plays: Callable[..., Any], new_tab: OpensTab, until: Until) -> None:
    async with plays(problem="no model", shades=("rouge-01", "rouge-02")) as stage, new_tab(has_touch=True) as page:
        complaining = complaints(page)
        await page.goto(f"{stage.shop.url}/mirror/mirror-1?language=en")
        await page.locator("a[href^='/screen']").click()
        await page.fill("#code", stage.shop.built.locks.pairings.offer("mirror-1", "screen").code)
        await page.click("button.main")
        await expect(page.locator("#lost")).to_be_hidden()
        complaining.clear()
        await page.locator("#glass").tap(position={"x": 10, "y": 10})
        await page.click("text=rouge-02")
        await expect(page.locator("#polite")).to_contain_text("Makeup is off just now")
        shown = await stage.mirror.perform(Show(upper="Please look up", deadline_ms=DEADLINE_S * 1000))
        assert shown == Done(detail="message = Please look up\n")
        await expect(page.locator("#message")).to_have_text("Please look up")
        await page.wait_for_timeout(1_000)
        await page.click("#done")
        await until(lambda: len(stage.said()) == 3)
        await until(lambda: stage.makeup.board.alarms == {"makeup": "no model"})
    (touch, *_) = [each for each in stage.heard if isinstance(each, MirrorTouched)]
    assert touch.x_permille < 100
    (tried,) = [each for each in stage.said() if isinstance(each, ShadeTried)]
    assert (tried.sku, tried.intensity_percent) == ("rouge-02", 60)


async def test_a_second_screen_waits_until_the_mirror_is_free(plays: Callable[..., Any], new_tab: OpensTab) -> None:
    async with plays() as stage, new_tab() as first, new_tab() as second:
        await enter(first, stage.shop)
        await second.context.add_cookies([dict(each) for each in await first.context.cookies()])  # type: ignore[misc]
        await second.goto(f"{stage.shop.url}/mirror/mirror-1")
        await expect(second.locator("#taken")).to_be_visible()
        await first.close()
        await expect(second.locator("#taken")).to_be_hidden()
