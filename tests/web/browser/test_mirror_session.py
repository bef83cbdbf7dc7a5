"""The whole visit at a mirror: a running box with its camera, its mirrors' process and its page, and a shopper's fingers.

What she sees is looked at pixel by pixel, what is kept of her in the journal, what goes home on a second page.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
import pytest_asyncio
from playwright.async_api import Page, ViewportSize, expect

from tests.web.browser.beauty import WIDTH_PX, beauty_shop
from tests.web.browser.looks import SMALL_TARGETS, WIDER, complaints, violations
from tests.web.headquarters import PHONE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.web.browser.beauty import BeautyShop
    from tests.web.browser.conftest import OpensTab

SCREENS: dict[str, ViewportSize] = {"portrait": {"width": 1080, "height": 1920}, "landscape": {"width": 1920, "height": 1080}}
SMALL = {"width": 540, "height": 960}
"""For what is looked at on the glass alone: Chromium paints here without a graphics card."""

TELEPHONE = {"width": 390, "height": 844}
SHOTS = os.environ.get("STOREBOX_SCREENSHOTS")
"""A folder for pictures that people look at; then the visit is played in both shapes of screen and both languages."""

PICTURE_MS = 200
"""A new one so often: to look at each repaint of the screen costs more than to paint it."""

LIPS = (267, 199, 100, 36)
"""Left, top, width and height of where the lips are, however she sways."""

WALL = (507, 27, 106, 106)
COLOUR = """([left, top, width, height]) => {
  const glass = document.getElementById("glass"), canvas = document.createElement("canvas");
  if (!glass.naturalWidth) return [0, 0, 0];
  canvas.width = width;
  canvas.height = height;
  const drawn = canvas.getContext("2d", { willReadFrequently: true });
  drawn.drawImage(glass, left, top, width, height, 0, 0, width, height);
  const pixels = drawn.getImageData(0, 0, width, height).data, sum = [0, 0, 0];
  for (let at = 0; at < pixels.length; at += 4) for (let n = 0; n < 3; n += 1) sum[n] += pixels[at + n];
  return sum.map((each) => each / (width * height));
}"""
GREENS = """() => [...document.querySelectorAll("#names canvas")].map((pane) => {
  const canvas = document.createElement("canvas");
  const drawn = canvas.getContext("2d", { willReadFrequently: true });
  canvas.width = pane.width;
  canvas.height = pane.height;
  drawn.drawImage(pane, 0, 0);
  const pixels = drawn.getImageData(pane.width * 0.35, pane.height * 0.6, pane.width * 0.3, pane.height * 0.35).data;
  let sum = 0;
  for (let at = 1; at < pixels.length; at += 4) sum += pixels[at];
  return sum / (pixels.length / 4);
})"""
"""The mean green of each pane, around the mouth: a dark red lipstick takes more of it away than a rose one."""

DARK_AND_ROSE = f"() => {{ const [a, b, c, d] = ({GREENS})(); return Math.min(b, d) - Math.max(a, c) > 0.5 && a > 60; }}"
"""Whether the panes show what their names say: red, rose, red, rose."""

REDNESS = f"(place) => {{ const [red, green, blue] = ({COLOUR})(place); return red - (green + blue) / 2; }}"


async def redness(page: Page) -> float:
    """How much redder than grey the lips on the glass are, and what is around them."""
    return float(await page.evaluate(REDNESS, list(LIPS)))


async def redder(page: Page, than: float) -> float:
    """Wait until the lips are redder; how red they are then."""
    await page.wait_for_function(f"([place, than]) => ({REDNESS})(place) > than", arg=[list(LIPS), than], polling=PICTURE_MS)
    return await redness(page)


async def paler(page: Page, than: float) -> None:
    """Wait until the lips are less red."""
    await page.wait_for_function(f"([place, than]) => ({REDNESS})(place) < than", arg=[list(LIPS), than], polling=PICTURE_MS)


async def shot(page: Page, name: str) -> None:
    """A picture for people, where STOREBOX_SCREENSHOTS names a folder."""
    if SHOTS:
        await page.wait_for_timeout(700)  # what was touched is on the glass
        await page.screenshot(path=Path(SHOTS) / f"{name}.png")


async def looks_right(page: Page, screen: str, *, axe: bool = True) -> None:
    """What a mirror keeps on its own screen."""
    before = page.viewport_size
    await page.set_viewport_size(SCREENS[screen])
    assert await page.evaluate(SMALL_TARGETS) == []
    assert await page.evaluate(WIDER) <= 0
    if axe:
        assert await violations(page, themes=("light",)) == []  # a mirror has one
    await page.set_viewport_size(before or SCREENS[screen])


async def stands(page: Page, shop: BeautyShop, language: str) -> None:
    """The mirror, when somebody stands before it and her visit has begun."""
    await page.goto(f"{shop.url}/mirror/mirror-1?language={language}")
    await page.wait_for_function(
        "(width) => document.getElementById('glass').naturalWidth === width", arg=WIDTH_PX, polling=PICTURE_MS
    )
    await page.locator("#glass").tap(position={"x": 40, "y": 40})  # whoever stood there before has gone
    await expect(page.locator("#done")).to_be_enabled()
    await expect(page.locator("#polite")).to_be_hidden()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BeautyShop]:
    """One box for all tests of this file: it starts for seconds, and its model is loaded once."""
    async with beauty_shop(tmp_path_factory.mktemp("beauty")) as running:
        yield running


async def play(shop: BeautyShop, new_tab: OpensTab, screen: str, language: str) -> None:
    """Choose, make stronger, compare, four looks, reload, say who you are, take it home, leave."""
    name, began = f"{screen}-{language}", len(await shop.told())
    async with (
        new_tab(has_touch=True, viewport=SCREENS[screen] if SHOTS else SMALL) as page,
        new_tab(viewport=TELEPHONE, device_scale_factor=2) as phone,
    ):
        heard = complaints(page)
        await stands(page, shop, language)
        await shot(page, f"{name}-1-before")
        bare, wall = await redness(page), await page.evaluate(COLOUR, list(WALL))

        await page.locator("[data-sku=rouge-01]").tap()
        worn = await redder(page, bare + 3)
        await shot(page, f"{name}-2-lips")
        await looks_right(page, screen)
        await page.locator("#intensity").fill("100")
        await redder(page, worn + 1)
        behind = await page.evaluate(COLOUR, list(WALL))
        assert max(abs(now - then) for now, then in zip(behind, wall, strict=True)) < 3, "paint on the wall"

        await page.locator("#compare").tap()
        await page.locator("#slider").fill("0")
        await paler(page, bare + 3)
        await page.locator("#slider").fill("500")
        await shot(page, f"{name}-3-compare")
        await page.locator("#slider").fill("1000")
        await redder(page, worn + 1)
        await page.locator("#compare").tap()

        await page.reload()
        await expect(page.locator("[data-sku=rouge-01]")).to_have_attribute("aria-pressed", "true")
        await redder(page, worn + 1)

        await four_looks(page)
        await shot(page, f"{name}-4-side-by-side")
        await looks_right(page, screen, axe=False)
        await say_who(page, name, screen)
        await take_home(page, phone, name, language)

        await page.wait_for_timeout(1_100)  # a shade counts after a second
        await page.locator("#done").tap()
        told = await shop.until_told(began, "began", "named", "tried", "tried", "tried", "tried", "ended")
        await expect(page.locator("#names button")).to_have_count(0)
        await paler(page, bare + 3)
        assert heard == []
    assert len({data["session"] for _, data in told}) == 1
    (named,) = [data for kind, data in told if kind == "named"]
    assert (named["member_ref"], named["method"], named["verified"]) == ("m-0001", "phone", True)
    tried = {data["sku"]: data for kind, data in told if kind == "tried"}
    assert set(tried) == {"rouge-01", "rouge-02", "shadow-07", "blush-03"}
    assert tried["rouge-01"]["intensity_percent"] == 100
    assert all(data["shown_ms"] >= 1_000 for data in tried.values())


async def four_looks(page: Page) -> None:
    """Eyes and cheeks besides, then the same with another lipstick, and so on: each look is in its own pane."""
    for region, sku in (("eyes", "shadow-07"), ("cheeks", "blush-03")):
        await page.locator(f".region[data-region={region}]").tap()
        await page.locator(f"[data-sku={sku}]").tap()
    await page.locator(".region[data-region=lips]").tap()
    for sku in ("rouge-02", "rouge-01", "rouge-02"):
        await page.locator("#add").tap()
        await page.locator(f"[data-sku={sku}]").tap()
    await expect(page.locator("#names button canvas")).to_have_count(4)
    await page.wait_for_function(DARK_AND_ROSE, polling=PICTURE_MS)


async def say_who(page: Page, name: str, screen: str) -> None:
    """Type the number of a member."""
    await page.locator("#who").tap()
    for key in PHONE:
        await page.locator(f"[data-key='{key}']").tap()
    assert await page.locator("#digits").text_content() == "\u2022" * 7 + PHONE[-4:]
    await shot(page, f"{name}-5-who")
    await looks_right(page, screen)
    await page.locator("[data-key=enter]").tap()
    await expect(page.locator("#pad")).to_be_hidden()
    await expect(page.locator("#who")).to_be_disabled()


async def take_home(page: Page, phone: Page, name: str, language: str) -> None:
    """With the picture; a telephone opens the address of the QR code."""
    await page.locator("#home").tap()
    await expect(page.locator("#with-picture")).to_have_attribute("aria-pressed", "false")
    await page.locator("#with-picture").tap()
    await expect(page.locator("#with-picture")).to_have_attribute("aria-pressed", "true")
    await shot(page, f"{name}-6-home")
    address = await page.locator("#qr").get_attribute("data-address") or ""
    await page.locator("#taking .close").tap()
    await phone.goto(f"{address}?language={language}")
    red = {"zh": "正红唇膏", "en": "True red lipstick"}[language]
    await expect(phone.locator(".lines li")).to_have_count(4)
    await expect(phone.locator(".lines li").first).to_contain_text(red)
    await expect(phone.locator(".lines li").first).to_contain_text("¥189.00")
    await phone.wait_for_function(
        "(width) => document.querySelector('img.tried').naturalWidth === width", arg=WIDTH_PX, polling=PICTURE_MS
    )
    assert await phone.evaluate(WIDER) <= 0
    assert await phone.evaluate(SMALL_TARGETS) == []
    await shot(phone, f"{name}-7-phone")


@pytest.mark.timeout(600 if SHOTS else 120)
async def test_a_shopper_tries_compares_is_known_and_takes_it_home(shop: BeautyShop, new_tab: OpensTab) -> None:
    await play(shop, new_tab, "portrait", "zh")
    for screen, language in (("landscape", "en"), ("portrait", "en"), ("landscape", "zh")) if SHOTS else ():
        await play(shop, new_tab, screen, language)


async def test_the_visit_of_a_page_that_is_killed_is_ended_by_the_box(shop: BeautyShop, new_tab: OpensTab) -> None:
    began = len(await shop.told())
    async with new_tab(has_touch=True, viewport=SMALL) as page:
        await stands(page, shop, "en")
        bare = await redness(page)
        await page.locator("[data-sku=rouge-01]").tap()
        await redder(page, bare + 3)
        await page.context.close()  # with all that it remembered: nobody else can say that the visit is over
    await shop.until_told(began, "began", "ended")
    async with new_tab(has_touch=True, viewport=SMALL) as page:
        await stands(page, shop, "en")
        await paler(page, bare + 3)
        await page.locator("#done").tap()
        await shop.until_told(began, "began", "ended", "began", "ended")


def kill_camera(shop: BeautyShop) -> None:
    """The process behind the camera dies."""
    for each in psutil.Process(shop.box.process.pid).children(recursive=True):
        with suppress(psutil.Error):
            if "drivers.cameras.capture" in each.cmdline():
                each.kill()


async def test_a_camera_that_is_lost_in_mid_visit_comes_back_with_what_is_worn(shop: BeautyShop, new_tab: OpensTab) -> None:
    began = len(await shop.told())
    async with new_tab(has_touch=True, viewport=SMALL) as page:
        await stands(page, shop, "en")
        bare = await redness(page)
        await page.locator("[data-sku=rouge-01]").tap()
        await redder(page, bare + 3)
        await page.wait_for_timeout(1_500)  # a shade counts after a second in which it is seen
        kill_camera(shop)
        await expect(page.get_by_text("No picture just now: please try again in a moment, or ask a colleague.")).to_be_visible()
        await expect(page.locator("#dark")).to_be_hidden()
        await redder(page, bare + 3)
        await expect(page.locator("[data-sku=rouge-01]")).to_have_attribute("aria-pressed", "true")
        await page.locator("#off").tap()
        await page.locator("#done").tap()
        await shop.until_told(began, "began", "tried", "ended")


async def test_a_visit_goes_on_when_the_box_was_killed(shop: BeautyShop, new_tab: OpensTab) -> None:
    began = len(await shop.told())
    async with new_tab(has_touch=True, viewport=SMALL) as page:
        await stands(page, shop, "en")
        bare = await redness(page)
        await page.locator("[data-sku=rouge-01]").tap()
        await redder(page, bare + 3)
        await shop.until_told(began, "began")
        await page.wait_for_timeout(1_500)  # a shade counts after a second in which it is seen
        async with shop.killed_and_started():
            await expect(page.locator("#lost")).to_be_hidden()
            await redder(page, bare + 3)
            await page.locator("#intensity").fill("0")
            await paler(page, bare + 3)
            await page.locator("#done").tap()
            await shop.until_told(began, "began", "tried", "ended")
