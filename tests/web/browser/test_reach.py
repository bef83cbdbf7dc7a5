"""Everyone can read the page and touch it: axe-core, a thumb's width, by day and by night, in both languages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import ViewportSize, expect

from edge.web.words import LANGUAGES, Language, load_words
from sync.letters import Letter, set_aside
from tests.web.browser.looks import PHONE, SMALL_TARGETS, WIDER, complaints, violations

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens, Shop

    Fills = Callable[[Shop], Awaitable[None]]

LAN = "0.0.0.0:8080"
DESK: ViewportSize = {"width": 1280, "height": 860}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_everyone_can_read_and_touch_the_page_on_a_telephone_and_on_a_desk(
    opens: Opens, new_tab: OpensTab, busy: Fills, language: Language
) -> None:
    async with opens(language=language) as shop:
        await busy(shop)
        async with new_tab(viewport=PHONE) as page:
            heard = complaints(page)
            await page.goto(shop.url)
            await expect(page.locator(".device")).to_have_count(7)
            assert await page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[language]
            for size in (PHONE, DESK):
                await page.set_viewport_size(size)
                assert await violations(page) == []
                assert await page.evaluate(SMALL_TARGETS) == []
                assert await page.evaluate(WIDER) <= 0
            assert heard == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_everyone_can_read_and_touch_the_doors(opens: Opens, new_tab: OpensTab, language: Language) -> None:
    async with opens(listen=LAN, language=language) as shop, new_tab(viewport=PHONE) as page:
        await page.goto(f"{shop.url}/login")
        assert await violations(page) == []
        assert await page.evaluate(SMALL_TARGETS) == []
        await page.fill("#password", "not the password")
        await page.click("button.main")
        await expect(page.locator("#mistake")).to_have_text(load_words()[language].say("login.wrong"))
        assert await violations(page) == []
        await page.fill("#password", shop.password)
        await page.click("button.main")
        await page.goto(f"{shop.url}/pair")
        await page.fill("#name", "lane-1")
        await page.click("button.main")
        await expect(page.locator(".code .value")).to_be_visible()
        await shop.token("lane-2")
        await page.goto(f"{shop.url}/pair")
        assert await violations(page) == []
        assert await page.evaluate(SMALL_TARGETS) == []
        assert await page.evaluate(WIDER) <= 0
        await page.click("text=" + load_words()[language].say("pair.revoke"))
        await expect(page.locator(".lines li")).to_have_count(0)
        await page.goto(f"{shop.url}/no/such")
        assert await violations(page) == []
        unclear = Letter(kind="unreadable", device="till-1", reason="it is not JSON", told="{" + "x" * 300, at=datetime.now(UTC))
        await shop.view.journal.record(set_aside(unclear))
        await page.goto(f"{shop.url}/set-aside")
        await expect(page.locator(".lines li")).to_have_count(1)
        assert await violations(page) == []
        assert await page.evaluate(SMALL_TARGETS) == []
        assert await page.evaluate(WIDER) <= 0
