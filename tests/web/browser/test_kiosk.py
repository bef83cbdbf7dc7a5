"""A kiosk on a real screen: a member enrols, is recognised, has the face deleted, and is forgotten; in both languages.

The reader of faces is a puppet, the camera a ring with one picture; everything else is the shipped page over a real journal.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from config.schema import Plugged
from drivers.cameras.video_file import VideoFileSettings
from drivers.counter_readings import Scanned
from drivers.mirrors.page import PageSettings
from drivers.wires.picture_ring import RingReader, RingWriter, make_ring
from drivers.wires.pictures import Rings
from edge.faces.window import Failed, Named
from tests.web.browser.looks import SMALL_TARGETS, WIDER, complaints, violations
from tests.web.headquarters import PHONE, members
from tests.web.puppet_faces import KIOSKS, NOTICE, PuppetFaces
from tests.web.self_checkout import self_checkout

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens, Shop

    Until = Callable[[Callable[[], bool]], Awaitable[None]]

LAN = "0.0.0.0:8080"
SCREENS = {"portrait": {"width": 1080, "height": 1920}, "landscape": {"width": 1920, "height": 1080}}
HIGHER = "() => document.querySelector('main').scrollHeight - document.querySelector('main').clientHeight"
GUARDIAN = "13900139000"


@dataclass(frozen=True)
class Camera:
    """One grey-pink picture, again and again."""

    writer: RingWriter
    rings: Rings

    async def film(self) -> None:
        written = BytesIO()
        Image.new("RGB", (320, 240), (176, 140, 128)).save(written, "JPEG")
        while True:
            self.writer.room[: written.tell()] = written.getvalue()
            self.writer.publish(written.tell(), 1)
            await asyncio.sleep(0.2)


@contextmanager
def camera() -> Iterator[Camera]:
    descriptor = make_ring("cam-1-jpeg", slot_bytes=8_192, width_px=320, height_px=240)
    writer, reader = RingWriter(descriptor), RingReader(descriptor)
    yield Camera(writer=writer, rings=Rings(raw_fd=descriptor, raw=reader, jpeg=reader))
    writer.close()
    reader.close()
    os.close(descriptor)


@dataclass
class Stage:
    """A shop with a kiosk; ``faces`` does what the test says."""

    shop: Shop
    faces: PuppetFaces


@pytest.fixture
def plays(opens: Opens, tmp_path: Path) -> Callable[..., Any]:
    """``async with plays() as stage``: the camera of the kiosk shows one picture."""

    @asynccontextmanager
    async def run(**options: Any) -> AsyncIterator[Stage]:
        faces = PuppetFaces()
        plugged = {"cam-1": Plugged(driver="camera/video-file", settings=VideoFileSettings(path=tmp_path, shown=True))}
        with camera() as ring:
            async with opens(
                listen=LAN, hosts=("shop.lan",), plugged=plugged, kiosks=KIOSKS, notice=NOTICE, faces=faces, **options
            ) as shop:
                shop.view.wires.pictures.rings["cam-1"] = ring.rings
                await members(shop, spend_by=["phone", "code"])
                film = asyncio.create_task(ring.film(), name="film")
                yield Stage(shop, faces)
                film.cancel()

    return run


async def enter(page: Page, shop: Shop, language: str) -> None:
    """Pair the screen and see the kiosk."""
    await page.goto(f"{shop.url}/kiosk/kiosk-1?language={language}")
    await page.locator("a[href^='/screen']").click()
    await page.fill("#code", shop.built.locks.pairings.offer("kiosk-1", "screen").code)
    await page.click("button.main")
    await expect(page.locator("#home")).to_be_visible()
    await expect(page.locator("#look")).to_be_visible()


async def type_in(page: Page, pad: str, code: str) -> None:
    for key in code:
        await page.locator(f"[data-pad={pad}] [data-key='{key}']").tap()
    await page.locator(f"[data-pad={pad}] [data-key=enter]").tap()


async def looks_right(page: Page, name: str, *, axe: bool = True) -> None:
    """What every screen keeps; and a picture for people, where STOREBOX_SCREENSHOTS names a folder."""
    folder = os.environ.get("STOREBOX_SCREENSHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"kiosk-{name}.png")
    assert await page.evaluate(SMALL_TARGETS) == []
    assert await page.evaluate(WIDER) <= 0
    if "/kiosk/" in page.url:
        assert await page.evaluate(HIGHER) <= 0, "nobody has to look for a button below the screen's edge"
    if axe:
        assert await violations(page, themes=("light",)) == []  # these screens have one


@pytest.mark.parametrize(("screen", "language"), [("portrait", "zh"), ("landscape", "en")])
async def test_a_member_enrols_is_recognised_and_is_forgotten(
    plays: Callable[..., Any], new_tab: OpensTab, screen: str, language: str
) -> None:
    named, axe = f"{screen}-{language}", screen == "portrait"
    async with plays() as stage, new_tab(has_touch=True, viewport=SCREENS[screen], reduced_motion="reduce") as page:
        heard = complaints(page)
        await enter(page, stage.shop, language)
        heard.clear()  # the door answers 401 before the screen is paired
        await looks_right(page, "home-" + named, axe=axe)

        await type_in(page, "member", PHONE)
        await expect(page.locator("#account")).to_be_visible()
        await looks_right(page, "account-" + named, axe=axe)
        await page.locator("#next-time").tap()
        await expect(page.locator("#consent")).not_to_be_checked()
        await expect(page.locator("#agree")).to_be_disabled()
        await looks_right(page, "notice-" + named, axe=axe)
        await page.locator("#consent").tap()
        await page.locator("#agree").tap()
        await looks_right(page, "age-" + named, axe=axe)
        await page.locator("#adult").tap()
        await expect(page.locator("#live")).to_be_visible()
        await page.wait_for_function("() => document.getElementById('live-picture').naturalWidth === 320", polling=100)
        stage.faces.begun[-1].tell("turn-left")
        await expect(page.locator(".arrow.left")).to_be_visible()
        await looks_right(page, "turn-" + named, axe=axe)
        stage.faces.begun[-1].tell("blink")
        await expect(page.locator("#live")).to_have_attribute("data-step", "blink")
        await stage.faces.keep(stage.shop)
        await expect(page.locator("#done")).to_be_visible()
        await expect(page.locator("#live-picture")).to_be_hidden()
        await looks_right(page, "done-" + named, axe=axe)
        await page.locator("#done [data-end]").tap()

        await page.locator("#look").tap()
        await expect(page.locator("#look-says")).not_to_be_empty()
        stage.faces.begun[-1].tell("look-here")
        await expect(page.locator("#look-ring")).to_have_attribute("data-step", "look-here")
        await looks_right(page, "look-" + named, axe=False)
        await stage.faces.recognise(stage.shop)
        await expect(page.locator("#withdraw")).to_be_visible()
        await looks_right(page, "known-" + named, axe=axe)
        await page.locator("#withdraw").tap()
        await looks_right(page, "sure-" + named, axe=axe)
        await page.locator("#sure-yes").tap()
        await expect(page.locator("#gone")).to_be_visible()
        await looks_right(page, "withdrawn-" + named, axe=False)
        await page.locator("#gone [data-end]").tap()

        await type_in(page, "member", PHONE)
        await page.locator("#forget").tap()
        await page.locator("#sure-yes").tap()
        await expect(page.locator("#gone")).to_be_visible()
        assert "m-0001" not in await page.content()
        await page.locator("#gone [data-end]").tap()
        await expect(page.locator("#home")).to_be_visible()
        assert heard == []


async def test_a_child_enrols_with_a_guardian_and_staff_beside(
    plays: Callable[..., Any], new_tab: OpensTab, until: Until
) -> None:
    async with (
        plays() as stage,
        new_tab(has_touch=True, viewport=SCREENS["portrait"], reduced_motion="reduce") as page,
        new_tab(viewport={"width": 412, "height": 915}) as phone,
    ):
        await enter(page, stage.shop, "zh")
        await phone.set_extra_http_headers(await stage.shop.token("g-17", "staff"))
        await phone.goto(f"{stage.shop.url}/staff?language=zh")
        await phone.click("text=在 kiosk-1 邀请登记")
        await expect(page.locator("#invited")).to_be_visible()
        await looks_right(page, "invited")

        await type_in(page, "member", PHONE)
        await expect(page.locator("#notice")).to_be_visible()
        await page.locator("#consent").tap()
        await page.locator("#agree").tap()
        await page.locator("#child").tap()
        await expect(page.locator("[data-pad=guardian]")).to_have_attribute("inert", "")
        await page.locator("#read").tap()
        await expect(page.locator("#reading dd")).to_have_count(11)
        await looks_right(page, "reading")
        await page.locator("#reading-close").tap()
        await page.locator("#guardian-consent").tap()
        await looks_right(page, "guardian")
        await type_in(page, "guardian", GUARDIAN)
        await expect(page.locator("#staff")).to_be_visible()
        await looks_right(page, "staff")
        await phone.goto(f"{stage.shop.url}/staff?language=zh")
        await looks_right(phone, "phone")
        await phone.click("text=看到了，确认")
        await expect(page.locator("#live")).to_be_visible()
        await expect(page.locator("#live-says")).not_to_be_empty()
        stage.faces.begun[-1].tell(outcome=Failed(why="other-turn"))
        await expect(page.locator("#live-says")).to_have_text("转的方向不对。")
        await looks_right(page, "failed")
        await page.locator("#live-again").tap()
        await page.wait_for_function("() => !document.getElementById('live-picture').hidden", polling=100)
        await page.locator("#live [data-sorry]").tap()
        await expect(page.locator("#sorry-text")).to_contain_text("一切照常")
        await looks_right(page, "sorry", axe=False)
        await page.locator("#sorry [data-end]").tap()
        await expect(page.locator("#look")).to_be_visible()
        await until(lambda: stage.faces.begun[-1].request in stage.faces.cancelled)


async def test_with_faces_off_a_scanner_and_letters_name_the_member(opens: Opens, new_tab: OpensTab) -> None:
    async with opens(kiosks=KIOSKS) as shop, new_tab(has_touch=True, viewport=SCREENS["landscape"]) as page:
        await members(shop)
        await page.clock.install()
        await page.goto(f"{shop.url}/kiosk/kiosk-1?language=en")
        await expect(page.locator("#by-face")).to_be_hidden()
        await page.locator("[data-pad=member] .row button >> nth=0").tap()
        await page.locator("[data-pad=member] [data-key=q]").tap()
        await looks_right(page, "letters")
        await page.locator("[data-pad=member] [data-key=enter]").tap()
        await expect(page.locator("[data-pad=member] .problem")).to_contain_text("We found no member")
        await page.keyboard.type("77001\n")
        await expect(page.locator("#has li")).to_have_count(2)
        await expect(page.locator("#face-card")).to_be_hidden()
        await looks_right(page, "by-code", axe=False)
        await page.clock.fast_forward(46_000)
        await expect(page.locator("#home")).to_be_visible()
        assert "****01" not in await page.content()
        scanned = Scanned(device="scanner-9", at=datetime.now(UTC), monotonic_ms=time.monotonic_ns() // 1_000_000, code="77001")
        shop.show("scanner-9", kind="scanner", reading=scanned)
        await expect(page.locator("#has li")).to_have_count(2)


async def test_a_lane_and_a_mirror_offer_the_face_beside_the_number(opens: Opens, new_tab: OpensTab) -> None:
    faces = PuppetFaces(places={"sco-1", "mirror-1"})
    plugged = {"mirror-1": Plugged(driver="mirror/page", settings=PageSettings(camera="cam-1", shades=("rouge-01",)))}
    async with (
        self_checkout(opens, language="zh", notice=NOTICE, faces=faces, plugged=plugged) as lane,
        new_tab(has_touch=True, viewport=SCREENS["landscape"]) as page,
    ):
        await members(lane.shop)
        await page.goto(f"{lane.shop.url}/lane/sco-1")
        await page.tap("#be-member")
        await page.tap("#face-go")
        await expect(page.locator("#face-says")).to_have_text("请看向镜头")
        await looks_right(page, "lane")
        faces.begun[-1].tell(outcome=Failed(why="stranger"))
        await expect(page.locator("#face-hint")).to_have_text("手机号、会员码和会员卡随时可用。")
        await page.tap("#face-go")
        await expect(page.locator("#face-stop")).to_be_visible()
        await page.tap("#pad-keys button:text-is('7')")
        await expect(page.locator("#face-stop")).to_be_hidden()  # whoever types wants no face looked at
        await page.tap("#pad-close")
        await lane.scan("6901234567892")
        await lane.show("77001")
        await page.tap("#forget")
        await looks_right(page, "lane-sure")
        await page.tap("#sure-done")
        await expect(page.locator("#notice")).to_have_text("您的资料已经删除")
        await expect(page.locator("#member")).to_be_empty()

        await page.goto(f"{lane.shop.url}/mirror/mirror-1")
        await page.locator("#glass").tap(position={"x": 10, "y": 10})
        await page.tap("#who")
        await page.tap("#face-go")
        await expect(page.locator("#face-says")).not_to_be_empty()
        await looks_right(page, "mirror")
        faces.begun[-1].tell(outcome=Named(member_ref="m-0001", verified=True))
        await expect(page.locator("#pad")).to_be_hidden()
        await expect(page.locator("#who")).to_be_disabled()
        assert (faces.orders[-1] or "").startswith("v-")
