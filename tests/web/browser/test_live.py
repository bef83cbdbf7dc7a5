"""The page lives, says when it does not, and is whole without scripts."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from edge.shop.orders.events import OrderOpened
from tests.web.browser.looks import complaints

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens, Shop

    Fills = Callable[[Shop], Awaitable[None]]

DEADLINE_MS = 60_000
LAN = "0.0.0.0:8080"
ORDER: dict[str, Any] = {"till": "till-1", "order": "1042", "business_day": "2026-11-21"}


def page_icon(name: str) -> re.Pattern[str]:
    return re.compile(rf"/static/icons\.svg\?v=[0-9a-f]{{12}}#{name}$")


async def test_a_technician_logs_in_and_out(opens: Opens, new_tab: OpensTab) -> None:
    async with opens(listen=LAN) as shop, new_tab() as page:
        await page.goto(shop.url)
        await page.fill("#password", shop.password)
        await page.click("button.main")
        await expect(page.locator("h1")).to_have_text("Corner shop")
        assert await page.evaluate("() => document.cookie") == ""
        await page.click("text=Log out")
        await expect(page.locator("#password")).to_be_visible()
        await page.goto(shop.url)
        await expect(page.locator("#password")).to_be_visible()


async def test_the_page_lives(opens: Opens, new_tab: OpensTab) -> None:
    async with opens() as shop, new_tab() as page:
        heard = complaints(page)
        shop.weigh("scale-1", 1234)
        await page.goto(shop.url)
        card = page.locator("[data-id=scale-1]")
        await expect(card.locator(".value")).to_have_text("1.234 kg")
        shop.weigh("scale-1", 1500, "moving")
        await expect(card.locator(".value")).to_have_text("1.500 kg")
        await expect(card.locator(".chip")).to_have_text("Moving")
        await expect(card.locator(".chip use")).to_have_attribute("href", page_icon("moving"))
        shop.weigh("scale-1", None, "over")
        await expect(card.locator(".value")).to_have_text("—")
        shop.show("scale-1", state="silent", problem="is it switched on?")
        await expect(card.locator(".problem")).to_have_text("is it switched on?")
        shop.weigh("scale-9", 9)
        await expect(page.locator("[data-id=scale-9] .value")).to_have_text("0.009 kg")
        shop.view.board.forget_device("scale-9")
        await expect(page.locator("[data-id=scale-9]")).to_have_count(0)
        await shop.record(OrderOpened(lane="1", currency="CNY", **ORDER))
        await expect(page.locator("#events li")).to_contain_text(["Order opened"])
        await expect(page.locator("#journal .value")).to_contain_text("1")
        shop.view.board.raise_alarm("disk", "free some space")
        await expect(page.locator("#alarms")).to_contain_text("free some space")
        await expect(page.locator("#overall")).to_have_text("2 things need attention")
        shop.view.board.clear_alarm("disk")
        await expect(page.locator("#alarms")).to_be_hidden()
        assert heard == []


async def test_an_age_ticks_by_itself(opens: Opens, new_tab: OpensTab) -> None:
    async with opens() as shop, new_tab() as page:
        shop.weigh("scale-1", 1234)
        await page.goto(shop.url)
        await expect(page.locator("[data-id=scale-1] time")).to_have_text("3 s ago", timeout=DEADLINE_MS)


async def test_the_page_is_whole_without_scripts(opens: Opens, new_tab: OpensTab, busy: Fills) -> None:
    async with opens() as shop, new_tab(java_script_enabled=False) as page:
        await busy(shop)
        await page.goto(shop.url)
        assert "1.234" in await page.inner_text("[data-id=scale-1]")
        assert "stand still" in await page.inner_text("body")
        await page.click("text=中文")
        assert await page.inner_text("#devices-title") == "设备"
        await page.goto(shop.url)  # the choice is kept
        assert await page.inner_text("#devices-title") == "设备"


async def test_a_lost_stream_is_told_and_comes_back(opens: Opens, new_tab: OpensTab) -> None:
    async with opens() as shop, new_tab() as page:
        shop.weigh("scale-1", 1)
        await page.goto(shop.url)
        await page.wait_for_selector("[data-id=scale-1]")
        await page.context.set_offline(True)
        shop.built.lookout.feed.end()
        await expect(page.locator("#lost")).to_be_visible(timeout=DEADLINE_MS)
        await expect(page.locator("[data-id=scale-1] .value")).to_have_text("0.001 kg")
        await page.context.set_offline(False)
        await expect(page.locator("#lost")).to_be_hidden(timeout=DEADLINE_MS)
        shop.weigh("scale-1", 2)
        await expect(page.locator("[data-id=scale-1] .value")).to_have_text("0.002 kg", timeout=DEADLINE_MS)


async def test_whoever_is_logged_out_is_told(opens: Opens, new_tab: OpensTab) -> None:
    async with opens(listen=LAN) as shop, new_tab() as page:
        await page.goto(shop.url)
        await page.fill("#password", shop.password)
        await page.click("button.main")
        await page.wait_for_selector("#device-cards", state="attached")
        shop.built.locks.sessions.close_all()
        shop.weigh("scale-1", 1)
        await expect(page.locator("#ended")).to_be_visible(timeout=DEADLINE_MS)
