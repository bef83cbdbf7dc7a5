"""The whole visit at a mirror: a running box with its camera, its mirrors' process and its page, and a shopper's fingers.

What she sees is looked at pixel by pixel, what is kept of her in the journal, what goes home on a second page.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Page, expect

from tests.edge.conftest import run_box  # noqa: F401 - a fixture
from tests.web.browser.beauty import beauty_shop, film
from tests.web.browser.looks import SMALL_TARGETS, WIDER, complaints, violations
from tests.web.headquarters import PHONE

if TYPE_CHECKING:
    from tests.web.browser.beauty import RunBox
    from tests.web.browser.conftest import OpensTab

SCREENS = {"portrait": {"width": 1080, "height": 1920}, "landscape": {"width": 1920, "height": 1080}}
DEADLINE_S = 60
LIPS = (400, 298, 150, 54)
"""Left, top, width and height of where the lips are, however she sways."""

WALL = (760, 40, 160, 160)
COLOUR = """([left, top, width, height]) => {
  const glass = document.getElementById("glass"), canvas = document.createElement("canvas");
  if (!glass.naturalWidth) return [0, 0, 0];
  canvas.width = width;
  canvas.height = height;
  const drawn = canvas.getContext("2d");
  drawn.drawImage(glass, left, top, width, height, 0, 0, width, height);
  const pixels = drawn.getImageData(0, 0, width, height).data, sum = [0, 0, 0];
  for (let at = 0; at < pixels.length; at += 4) for (let n = 0; n < 3; n += 1) sum[n] += pixels[at + n];
  return sum.map((each) => each / (width * height));
}"""


async def colour(page: Page, place: tuple[int, int, int, int]) -> tuple[float, float, float]:
    """The mean red, green and blue of a part of the picture that is on the glass now."""
    red, green, blue = await page.evaluate(COLOUR, list(place))
    return red, green, blue


async def redness(page: Page) -> float:
    """How much redder the lips and what is around them are than grey."""
    red, green, blue = await colour(page, LIPS)
    return red - (green + blue) / 2


async def redder(page: Page, than: float, by: float) -> float:
    """Wait until the lips are redder; how red they are then."""
    async with asyncio.timeout(DEADLINE_S):
        while (now := await redness(page)) < than + by:
            await asyncio.sleep(0.05)
    return now


async def shot(page: Page, name: str) -> None:
    """A picture for people, where STOREBOX_SCREENSHOTS names a folder."""
    folder = os.environ.get("STOREBOX_SCREENSHOTS")
    if folder:
        await page.wait_for_timeout(700)  # what was touched is on the glass
        await page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.mark.parametrize(("screen", "language"), [("portrait", "zh"), ("landscape", "en")])
async def test_a_shopper_tries_compares_is_known_and_takes_it_home(
    run_box: RunBox,  # noqa: F811
    new_tab: OpensTab,
    tmp_path: Path,
    screen: str,
    language: str,
) -> None:
    name = f"{screen}-{language}"
    async with (
        beauty_shop(run_box, tmp_path, film(tmp_path), language) as shop,
        new_tab(has_touch=True, viewport=SCREENS[screen]) as page,
        new_tab(viewport={"width": 390, "height": 844}, device_scale_factor=2) as phone,
    ):
        heard = complaints(page)
        await page.goto(f"{shop.url}/mirror/mirror-1")
        await expect(page.locator("#done")).to_be_enabled()  # who stands there begins the visit
        await shop.until_told("began")
        await expect(page.locator("#polite")).to_be_hidden()
        await shot(page, f"{name}-1-before")
        bare, wall = await redness(page), await colour(page, WALL)

        await page.locator("[data-sku=rouge-01]").tap()
        worn = await redder(page, bare, 3)
        await shot(page, f"{name}-2-lips")
        assert await page.evaluate(SMALL_TARGETS) == []
        assert await page.evaluate(WIDER) <= 0
        await page.locator("#intensity").fill("100")
        await redder(page, worn, 1)
        assert [abs(now - then) < 3 for now, then in zip(await colour(page, WALL), wall, strict=True)] == [True] * 3

        await page.locator("#compare").tap()
        await page.locator("#slider").fill("500")
        await shot(page, f"{name}-3-compare")
        await page.locator("#compare").tap()

        for region, sku in (("eyes", "shadow-07"), ("cheeks", "blush-03")):
            await page.locator(f".region[data-region={region}]").tap()
            await page.locator(f"[data-sku={sku}]").tap()
        await page.locator(".region[data-region=lips]").tap()
        for sku in ("rouge-02", "rouge-01", "rouge-02"):
            await page.locator("#add").tap()
            await page.locator(f"[data-sku={sku}]").tap()
        await expect(page.locator("#names button")).to_have_count(4)
        await shot(page, f"{name}-4-side-by-side")
        assert await page.evaluate(SMALL_TARGETS) == []

        await page.locator("#who").tap()
        for key in PHONE:
            await page.locator(f"[data-key='{key}']").tap()
        await shot(page, f"{name}-5-who")
        await page.locator("[data-key=enter]").tap()
        await expect(page.locator("#who")).to_be_disabled()

        await page.locator("#home").tap()
        await page.locator("#with-picture").tap()
        await expect(page.locator("#with-picture")).to_have_attribute("aria-pressed", "true")
        await shot(page, f"{name}-6-home")
        assert await violations(page) == []
        address = await page.locator("#qr").get_attribute("data-address") or ""
        await phone.goto(f"{address}?language={language}")
        await expect(phone.locator(".lines li")).to_have_count(4)
        await phone.wait_for_function("() => document.querySelector('img.tried').naturalWidth === 960")
        await shot(phone, f"{name}-7-phone")
        await page.locator("#taking .close").tap()

        await page.wait_for_timeout(1_000)  # a shade counts after a second
        await page.locator("#done").tap()
        await expect(page.locator("#done")).to_be_disabled()
        await shop.box.until("/api/events?limit=500", lambda kept: any(each["type"].endswith("mirror.ended") for each in kept))
        told = await shop.told()
        assert heard == []
    print(told)
