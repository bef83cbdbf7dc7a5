"""What is tried on now, live on the page of staff and on the screen of a shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
from playwright.async_api import expect

from tests.web.browser.looks import PHONE, SMALL_TARGETS, WIDER, complaints, violations
from tests.web.browser.test_mirror_session import shot
from tests.web.test_goods import SHELF, pick
from tests.web.test_mirror_news import stocked, wear
from tests.web.test_mirror_visits import wired
from tests.web.test_mirrors import plugged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens


async def test_staff_see_what_is_tried_on_while_it_is(opens: Opens, new_tab: OpensTab, tmp_path: Path) -> None:
    async with (
        opens(plugged=plugged(tmp_path)) as shop,
        new_tab(viewport=PHONE) as page,
        aiohttp.ClientSession() as screen,
    ):
        heard = complaints(page)
        await stocked(shop, screen)
        await page.goto(f"{shop.url}/mirrors?language=en")
        await expect(page.get_by_text("Its page is not open")).to_be_visible()
        async with wired(screen, shop) as wire:
            await expect(page.get_by_text("Free")).to_be_visible()
            await wear(wire, [["tea", "lips", 60]])
            for words in ("In use", "Longjing <tea>", "60 %", "¥88.00", "12 in stock", "Goes with it: Tea cup"):
                await expect(page.locator("main")).to_contain_text(words)
            await shot(page, "staff-en")
            assert await violations(page) == []
            assert await page.evaluate(SMALL_TARGETS) == []
            assert await page.evaluate(WIDER) <= 0
        await expect(page.get_by_text("Its page is not open")).to_be_visible()
        assert heard == []


async def test_a_shelf_hints_at_the_mirror(opens: Opens, new_tab: OpensTab, tmp_path: Path) -> None:
    async with (
        opens(plugged=SHELF | plugged(tmp_path)) as shop,
        new_tab(viewport={"width": 1280, "height": 800}) as page,
        aiohttp.ClientSession() as screen,
    ):
        heard = complaints(page)
        await stocked(shop, screen)
        async with page.expect_response("**/stream"), page.expect_response("**/mirrors"):
            await page.goto(f"{shop.url}/shelf/shelf-1?language=en")
        async with wired(screen, shop) as wire:
            await wear(wire, [["tea", "lips", 60]])
            for words in ("Longjing <tea>", "¥88.00 · 12 in stock", "at mirror-1", "Goes with it: Tea cup"):
                await expect(page.locator("#mirrors")).to_contain_text(words)
            await shot(page, "shelf-idle-en")
            await shop.record(pick("tea"))
            await expect(page.locator("#try-on")).to_have_text("You can try this on at the mirror: mirror-1")
            await expect(page.locator("#picked")).to_be_visible()
            await shot(page, "shelf-picked-en")
            assert await violations(page) == []
            assert await page.evaluate(WIDER) <= 0
        await expect(page.locator("#try-on")).to_be_hidden()
        assert heard == []
