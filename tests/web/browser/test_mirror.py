"""What goes wrong at a mirror on a real screen: who stands there, no model, no colour, too many shades, two screens.

The camera is a ring that the test fills; the mirrors' process is the shipped one but for its model, or with it.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from config.schema import Plugged
from drivers.cameras.video_file import VideoFileSettings
from drivers.commands import Done, Show
from drivers.contract import Receipt
from drivers.mirrors.page import PageMirror, PageSettings
from drivers.readings import AnyReading, Presence, Reported
from drivers.room_readings import MirrorTouched, MirrorUsed, ShadeTried
from drivers.wires.pictures import Pictures
from edge.mirror.makeup import PROGRAM as SHIPPED
from edge.mirror.makeup import Makeup
from edge.shop.mirror_visits import VisitEnded
from edge.status import Board
from edge.web.words import load_words
from tests.media import folder_with, photo
from tests.mirror.conftest import PROGRAM
from tests.mirror.made_up import DARK, NOBODY, SOMEBODY, TWO
from tests.ring_cameras import RingCamera
from tests.web.browser.looks import SMALL_TARGETS, WIDER, complaints
from tests.web.test_mirror_visits import give_address, offer_shades
from tests.web.test_mirrors import Camera

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens, Shop

    Until = Callable[[Callable[[], bool]], Awaitable[None]]

LAN = "0.0.0.0:8080"
CARD = "4929107853461286"
WALL = {"width": 1080, "height": 1920}
"""The screen of a shop's mirror."""

SCREEN = {"width": 540, "height": 960}
"""In the same shape, for what is said and done: Chromium paints here without a graphics card."""

DEADLINE_S = 60
SIZE = 320, 180
FACE_SIZE = 640, 360
PICTURE_S = 0.15
GONE_MS = 8_500
LOOK_MS = 100
KEY = '"storebox-visit-mirror-1"'
SAVED = f"() => JSON.parse(localStorage.getItem({KEY}))"
FACE = "scale=640:-2,crop=640:360:0:0"
BEFORE_THE_CAMERA = {
    "no_face": ("rose_leslie1.jpg", f"{FACE},boxblur=60"),
    "two_faces": ("two_people.jpg", FACE),
    "half_face": ("rose_leslie1.jpg", "scale=1280:-2,crop=640:360:760:120"),
    "too_dark": ("rose_leslie1.jpg", f"{FACE},lutyuv=y=16+(val-16)*0.06"),
}
"""What is said of a photograph that ffmpeg has changed like that."""


@dataclass
class Stage:
    """A shop with a mirror. ``code`` is who stands there, or ``picture`` (I420) is what the camera sees."""

    shop: Shop
    mirror: PageMirror
    camera: RingCamera
    makeup: Makeup
    code: int = SOMEBODY
    picture: bytes = b""
    heard: list[AnyReading] = field(default_factory=list)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    """The page has said hello: from here on a touch is heard."""

    async def opened(self) -> None:
        """Wait for the page's wire."""
        async with asyncio.timeout(DEADLINE_S):
            await self.is_open.wait()

    def said(self) -> list[MirrorUsed | ShadeTried]:
        return [each for each in self.heard if isinstance(each, MirrorUsed | ShadeTried)]

    def times(self, kind: str) -> int:
        """How often a visit began or ended."""
        return sum(isinstance(each, MirrorUsed) and each.kind == kind for each in self.heard)


@pytest.fixture
def plays(opens: Opens, tmp_path: Path) -> Callable[..., Any]:
    """``async with plays() as stage``: pictures come, and the mirror's driver is open; ``problem``: no model is there.

    ``models``: a folder with the model of a face; the process is the shipped one then.
    """

    @asynccontextmanager
    async def run(
        problem: str = "", models: Path | None = None, listen: str = "127.0.0.1:0", **settings: Any
    ) -> AsyncIterator[Stage]:
        chosen = PageSettings(camera="cam-1", try_after_s=1, **settings)
        plugged = {
            "cam-1": Plugged(driver="camera/video-file", settings=VideoFileSettings(path=tmp_path, shown=True)),
            "mirror-1": Plugged(driver="mirror/page", settings=chosen),
        }
        makeup = Makeup(
            mirrors=lambda: {"mirror-1": "cam-1"},
            models_dir=models or tmp_path,
            pictures=Pictures(),
            board=Board(),
            program=PROGRAM if models is None else SHIPPED,
            model_problem=lambda _models_dir: problem,
        )
        async with opens(listen=listen, plugged=plugged, glass=makeup) as shop:
            makeup.pictures = shop.view.wires.pictures
            camera = RingCamera("cam-1", makeup.pictures, SIZE if models is None else FACE_SIZE)
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
        if isinstance(reading, Presence):
            stage.is_open.set()
        if isinstance(reading, Reported):
            await stage.mirror.acknowledge(reading, Receipt(ok=True))


async def _film(stage: Stage) -> None:
    while True:
        if stage.picture:
            stage.camera.put(stage.picture)
        else:
            stage.camera.show(stage.code)
        await asyncio.sleep(PICTURE_S)


async def enter(page: Page, stage: Stage, language: str = "en") -> None:
    """See the mirror, on the box's own screen."""
    await page.goto(f"{stage.shop.url}/mirror/mirror-1?language={language}")
    await stage.opened()
    await page.wait_for_function("() => document.getElementById('glass').naturalWidth > 0", polling=LOOK_MS)


async def test_what_keeps_makeup_away_is_said_politely(plays: Callable[..., Any], new_tab: OpensTab, until: Until) -> None:
    async with plays() as stage, new_tab(viewport=SCREEN) as page:
        await offer_shades(stage.shop)
        await page.clock.install()
        await enter(page, stage)
        await page.click("[data-sku=rouge-01]")
        said = page.locator("#polite")
        for code, words in (
            (TWO, "One at a time, please"),
            (DARK, "too dark"),
            (NOBODY, "Please come closer"),
        ):
            stage.code = code
            await expect(said).to_contain_text(words)
        await page.clock.fast_forward(GONE_MS)
        await until(lambda: stage.times("ended") == 1)  # nobody stands there any more
        stage.code = SOMEBODY
        await until(lambda: stage.times("began") == 2)
        await expect(said).to_be_hidden()


def grey() -> bytes:
    """A JPEG."""
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "color=gray:64x36", "-frames:v", "1"]
    return subprocess.run([*command, "-f", "mjpeg", "-"], check=True, capture_output=True).stdout


async def test_without_a_model_the_plain_picture_is_shown(plays: Callable[..., Any], new_tab: OpensTab, until: Until) -> None:
    async with plays(problem="no model", listen=LAN, shades=("rouge-01", "rouge-02")) as stage, new_tab(has_touch=True) as page:
        plain = Camera(slot_bytes=65_536)
        plain.put(grey())
        stage.shop.view.wires.pictures.rings["cam-1"] = plain.rings
        complaining = complaints(page)
        await page.goto(f"{stage.shop.url}/mirror/mirror-1?language=en")
        await page.locator("a[href^='/screen']").click()
        await page.fill("#code", stage.shop.built.locks.pairings.offer("mirror-1", "screen").code)
        await page.click("button.main")
        await stage.opened()
        await expect(page.locator("#lost")).to_be_hidden()
        complaining.clear()
        await page.locator("#glass").tap(position={"x": 10, "y": 10})
        await page.click("text=rouge-02")
        await expect(page.locator("#polite")).to_contain_text("Makeup is off just now")
        await expect(page.locator("#dark")).to_be_hidden()
        shown = await stage.mirror.perform(Show(upper="Please look up", deadline_ms=DEADLINE_S * 1000))
        assert shown == Done(detail="message = Please look up\n")
        await expect(page.locator("#message")).to_have_text("Please look up")
        await page.wait_for_timeout(1_100)  # a shade counts after a second
        await page.click("#done")
        await until(lambda: len(stage.said()) == 3)
        await until(lambda: stage.makeup.board.alarms == {"makeup": "no model"})
        stage.shop.view.wires.pictures.rings.clear()
        plain.close()
    (touch, *_) = [each for each in stage.heard if isinstance(each, MirrorTouched)]
    assert touch.x_permille < 100
    (tried,) = [each for each in stage.said() if isinstance(each, ShadeTried)]
    assert (tried.sku, tried.intensity_percent) == ("rouge-02", 60)


def seen(name: str, filters: str) -> bytes:
    """What a camera sees (I420) of a photograph."""
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-i", str(photo(name)), "-vf", filters, "-frames:v", "1"]
    return subprocess.run([*command, "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"], check=True, capture_output=True).stdout


async def test_the_shipped_process_knows_whom_it_cannot_make_up(plays: Callable[..., Any], new_tab: OpensTab) -> None:
    somebody = seen("rose_leslie1.jpg", FACE)
    pictures = {key: seen(*told) for key, told in BEFORE_THE_CAMERA.items()}
    async with plays(models=folder_with("face-landmarker")) as stage, new_tab(viewport=SCREEN) as page:
        await offer_shades(stage.shop)
        stage.picture = somebody
        await enter(page, stage)
        await page.click("[data-sku=rouge-01]")
        for key, picture in pictures.items():
            stage.picture = picture
            for language, words in load_words().items():
                await page.goto(f"{stage.shop.url}/mirror/mirror-1?language={language}")
                await expect(page.locator("#polite")).to_have_text(words.say(f"glass.{key}"))
            stage.picture = somebody
            await expect(page.locator("#polite")).to_be_hidden()


async def test_a_shade_without_a_colour_is_noted_and_said_so(plays: Callable[..., Any], new_tab: OpensTab, until: Until) -> None:
    async with plays(shades=("rouge-01",)) as stage, new_tab(viewport=SCREEN) as page:
        await enter(page, stage)
        await page.click("[data-sku=rouge-01]")
        await expect(page.locator("#polite")).to_have_text("This one has no colour to show; it is noted for your list.")
        await page.wait_for_timeout(1_100)
        await page.click("#done")
        await until(lambda: stage.times("ended") == 1)
    assert [each.sku for each in stage.said() if isinstance(each, ShadeTried)] == ["rouge-01"]


async def test_the_last_of_five_hundred_shades_is_found_and_worn(
    plays: Callable[..., Any], new_tab: OpensTab, until: Until
) -> None:
    many = [{"sku": f"rouge-{n}", "region": "lips", "srgb": f"#{n:06x}", "name_en": f"Shade {n}"} for n in range(500)]
    async with plays() as stage, new_tab(has_touch=True, viewport=WALL) as page:
        await offer_shades(stage.shop, msgspec.json.encode({"shades": many}))
        await enter(page, stage)
        await page.locator("[data-sku=rouge-499]").tap()
        await until(lambda: bool(stage.makeup._wears) and stage.makeup._wears["mirror-1"].looks != ((),))
        ((worn,),) = stage.makeup._wears["mirror-1"].looks
        assert worn.shade.sku == "rouge-499"
        assert await page.evaluate(WIDER) <= 0
        assert await page.evaluate(SMALL_TARGETS) == []


async def test_a_mirror_with_nothing_to_try_on_says_so(plays: Callable[..., Any], new_tab: OpensTab) -> None:
    async with plays() as stage, new_tab(viewport=SCREEN) as page:
        await enter(page, stage)
        await expect(page.locator(".none")).to_have_text("There is nothing to try on here yet: please ask a colleague.")


async def test_a_page_that_comes_back_to_a_visit_that_is_over_begins_anew(
    plays: Callable[..., Any], new_tab: OpensTab, until: Until
) -> None:
    async with plays() as stage, new_tab(viewport=SCREEN) as page:
        await offer_shades(stage.shop)
        await enter(page, stage)
        await page.click("[data-sku=rouge-01]")
        await until(lambda: stage.times("began") == 1)
        await stage.shop.record(VisitEnded(mirror="mirror-1", session=stage.said()[0].session))
        await page.reload()
        await expect(page.locator("[data-sku=rouge-01]")).to_have_attribute("aria-pressed", "false")
        await page.click("[data-sku=rouge-02]")
        await until(lambda: stage.times("began") == 2)


async def test_an_hour_in_which_the_page_was_away_is_no_hour_of_trying(
    plays: Callable[..., Any], new_tab: OpensTab, until: Until
) -> None:
    async with plays() as stage, new_tab(viewport=SCREEN) as page:
        await offer_shades(stage.shop)
        await enter(page, stage)
        await page.click("[data-sku=rouge-01]")
        await page.wait_for_function(f"() => Object.values(({SAVED})().looks[0]).some((worn) => worn.ms > 1000)", polling=LOOK_MS)
        await page.goto(f"{stage.shop.url}/look/none")
        await page.evaluate(
            f"() => localStorage.setItem({KEY}, JSON.stringify({{...({SAVED})(), aliveAt: Date.now() - 3600000}}))"
        )
        await page.goto(f"{stage.shop.url}/mirror/mirror-1")
        await expect(page.locator("[data-sku=rouge-01]")).to_have_attribute("aria-pressed", "false")
        await until(lambda: stage.times("ended") == 1)
    (tried,) = [each for each in stage.said() if isinstance(each, ShadeTried)]
    assert 1_000 < tried.shown_ms < 600_000


async def test_a_second_screen_waits_until_the_mirror_is_free(plays: Callable[..., Any], new_tab: OpensTab) -> None:
    async with plays() as stage, new_tab() as first, new_tab() as second:
        await enter(first, stage)
        await second.goto(f"{stage.shop.url}/mirror/mirror-1")
        await expect(second.locator("#taken")).to_be_visible()
        await first.close()
        await expect(second.locator("#taken")).to_be_hidden()


async def test_a_line_that_is_dead_is_told_and_its_time_is_no_time_of_trying(
    plays: Callable[..., Any], new_tab: OpensTab, until: Until
) -> None:
    dead = False

    def line(page: WebSocketRoute) -> None:
        box = page.connect_to_server()
        page.on_message(lambda said: None if dead else box.send(said))
        box.on_message(lambda said: None if dead else page.send(said))

    async with plays() as stage, new_tab(viewport=SCREEN) as page:
        await offer_shades(stage.shop)
        await page.clock.install()
        await page.route_web_socket("**/wire", line)
        await enter(page, stage)
        await page.click("[data-sku=rouge-01]")
        await until(lambda: stage.times("began") == 1)
        await page.clock.run_for(2_000)
        dead = True
        await page.clock.run_for(16_000)
        await expect(page.locator("#lost")).to_be_visible()
        await page.clock.run_for(30_000)
        dead = False
        await page.clock.run_for(9_000)
        await expect(page.locator("#lost")).to_be_hidden()
        await page.click("#done")
        await until(lambda: stage.times("ended") == 1)
    (tried,) = [each for each in stage.said() if isinstance(each, ShadeTried)]
    assert 1_000 < tried.shown_ms < 40_000, "of 57 s, it was seen in 2 s, in those until the page knew, and in real ones"


async def test_new_shades_are_on_the_glass_when_nobody_stands_there(plays: Callable[..., Any], new_tab: OpensTab) -> None:
    new = {"shades": [{"sku": "rouge-09", "region": "lips", "srgb": "#a3283c", "name_en": "Of today"}]}
    async with plays() as stage, new_tab(viewport=SCREEN) as page:
        await offer_shades(stage.shop)
        await enter(page, stage)
        await page.click("[data-sku=rouge-01]")
        await offer_shades(stage.shop, msgspec.json.encode(new))
        stage.code = NOBODY
        await page.click("#done")
        await expect(page.locator("[data-sku=rouge-09]")).to_be_visible()
        await expect(page.locator("[data-sku=rouge-01]")).to_have_count(0)


async def test_a_code_that_comes_too_late_is_not_the_next_shoppers(plays: Callable[..., Any], new_tab: OpensTab) -> None:
    asked: asyncio.Queue[Route] = asyncio.Queue()
    async with plays() as stage, new_tab(viewport=SCREEN) as page:
        await offer_shades(stage.shop)
        await give_address(stage.shop, "http://shop.lan")
        await enter(page, stage)
        await page.route("**/take-home", asked.put)
        await page.click("[data-sku=rouge-01]")
        await page.click("#home")
        late = await asked.get()
        await page.click("#taking .close")
        async with page.expect_response("**/take-home"):
            await late.continue_()
        await page.click("#home")
        await asked.get()
        await expect(page.locator("#taking")).to_be_visible()
        await expect(page.locator("#qr path")).to_have_attribute("d", "")


async def test_looks_are_named_in_the_language_of_the_page(plays: Callable[..., Any], new_tab: OpensTab) -> None:
    async with plays() as stage, new_tab(viewport=SCREEN) as page:
        await offer_shades(stage.shop)
        await enter(page, stage, "zh")
        await page.click("[data-sku=rouge-01]")
        await page.click("#add")
        await expect(page.locator("#names button").first).to_have_text("正红")
        await page.click("[hreflang=en]")
        await expect(page.locator("#names button").first).to_have_text("True red")


async def test_no_visit_has_a_name_that_looks_like_a_card(plays: Callable[..., Any], new_tab: OpensTab, until: Until) -> None:
    async with plays() as stage, new_tab(viewport=SCREEN) as page:
        await offer_shades(stage.shop)
        digits = [int(CARD[at : at + 2], 16) for at in range(0, len(CARD), 2)]
        await page.add_init_script(f"crypto.getRandomValues = (made) => {{ made.set({digits}); return made; }};")
        await enter(page, stage)
        await page.click("[data-sku=rouge-01]")
        await until(lambda: stage.times("began") == 1)


async def test_a_mirror_before_which_nobody_stands_invites(plays: Callable[..., Any], new_tab: OpensTab) -> None:
    async with plays() as stage, new_tab(viewport=SCREEN) as page:
        await offer_shades(stage.shop)
        stage.code = NOBODY
        await enter(page, stage)
        await expect(page.locator("#invite")).to_have_text("Step closer and try a look")
        await expect(page.locator("#invite")).to_be_visible()
        stage.code = SOMEBODY
        await expect(page.locator("#hint")).to_be_visible()
        await expect(page.locator("#invite")).to_be_hidden()
        await expect(page.locator("#compare")).to_be_disabled()  # nothing is worn
        await page.click("[data-sku=rouge-01]")
        await expect(page.locator("#compare")).to_be_enabled()


async def test_a_shade_that_another_look_still_wears_is_tried_once(
    plays: Callable[..., Any], new_tab: OpensTab, until: Until
) -> None:
    async with plays() as stage, new_tab(viewport=SCREEN) as page:
        await offer_shades(stage.shop)
        await enter(page, stage)
        await page.click("[data-sku=rouge-01]")
        await page.click("#add")
        await page.wait_for_function(f"() => ({SAVED})().looks.every((look) => look.lips.ms > 1000)", polling=LOOK_MS)
        await page.click("[data-sku=rouge-02]")
        await page.wait_for_function(f"() => ({SAVED})().looks.every((look) => look.lips.ms > 1000)", polling=LOOK_MS)
        await page.click("#done")
        await until(lambda: stage.times("ended") == 1)
    assert [each.sku for each in stage.said() if isinstance(each, ShadeTried)] == ["rouge-01", "rouge-02"]
