"""A device that calls itself by a script, and a page that asks nobody but the box."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from playwright.async_api import expect

from drivers.reading import Report
from drivers.readings import OrderVoided
from edge.discovery.discovery import Discovery
from edge.shop.orders.events import OrderOpened
from edge.status import SyncStatus

if TYPE_CHECKING:
    from tests.web.browser.conftest import OpensTab
    from tests.web.conftest import Opens, Shop

    Fills = Callable[[Shop], Awaitable[None]]

EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
REPORT = Report(id="r", digest=b"")


async def test_nothing_is_asked_of_anyone_else(opens: Opens, new_tab: OpensTab, busy: Fills) -> None:
    async with opens() as shop, new_tab() as page:
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(request.url))
        await busy(shop)
        for path in ("/", "/pair", "/no/such"):
            await page.goto(shop.url + path)
            await page.wait_for_load_state("load")
        assert asked
        assert [address for address in asked if not address.startswith(shop.url + "/")] == []


async def test_no_device_writes_markup_into_the_page(opens: Opens, new_tab: OpensTab) -> None:
    async with opens() as shop, new_tab() as page:
        voided = OrderVoided(device="t", at=datetime.now(UTC), monotonic_ms=1, report=REPORT, order=EVIL, reason=EVIL)
        await shop.record(OrderOpened(till=EVIL, order=EVIL, business_day="2026-11-21", lane=EVIL, currency="CNY"))
        await shop.view.journal.settle(done=[], rejected=[(1, EVIL)])
        for when in ("at load", "live"):
            shop.show(f"{EVIL} {when}", kind=EVIL, driver=EVIL, state="failing", problem=EVIL)
            shop.show(f"till {when}", kind=EVIL, reading=voided)
            shop.view.board.raise_alarm(when, EVIL)
            shop.asked.discovered = (*shop.asked.discovered, Discovery(what="web", name=EVIL, address=EVIL, lines={EVIL: EVIL}))
            shop.view.board.show_sync(SyncStatus(state="stopped", problem=EVIL + when))
            if when == "at load":
                await page.goto(shop.url)
        await expect(page.locator(".device")).to_have_count(4)
        await expect(page.locator("#alarms li")).to_have_count(2)
        await expect(page.locator("#discoveries li")).to_have_count(2)
        await expect(page.locator("#sync .problem")).to_have_text(EVIL + "live")
        await asyncio.sleep(0.2)  # an image that fails to load needs a moment to run its onerror
        assert await page.title() == "Corner shop · storebox"
        assert await page.locator("img, main script").count() == 0
        await page.goto(f"{shop.url}/?language={EVIL}")
        await page.goto(f"{shop.url}/{EVIL}")
        assert "owned" not in await page.title()


async def test_no_device_writes_markup_into_the_first_page(opens: Opens, new_tab: OpensTab) -> None:
    async with opens() as shop, new_tab(java_script_enabled=False) as page:  # no script mends what the template broke
        await shop.record(OrderOpened(till=EVIL, order=EVIL, business_day="2026-11-21", lane=EVIL, currency="CNY"))
        await shop.view.journal.settle(done=[], rejected=[(1, EVIL)])
        shop.show(EVIL, kind=EVIL, driver=EVIL, state="failing", problem=EVIL)
        shop.view.board.raise_alarm(EVIL, EVIL)
        shop.asked.discovered = (Discovery(what="web", name=EVIL, address=EVIL, lines={EVIL: EVIL}),)
        shop.view.board.show_sync(SyncStatus(state="stopped", problem=EVIL))
        await page.goto(shop.url)
        assert await page.locator("img, main script").count() == 0
        for place in (".device h3", ".device .problem", "#alarms li", "#sync .problem", "#events .problem", "#discoveries b"):
            assert await page.inner_text(place) == EVIL
        assert await page.get_attribute(".device", "data-id") == EVIL


async def test_a_script_that_got_in_would_not_run(opens: Opens, new_tab: OpensTab) -> None:
    async with opens() as shop, new_tab() as page:
        await page.goto(shop.url)
        await page.evaluate(
            """() => {
                document.body.insertAdjacentHTML("beforeend", '<img src="/static/none" onerror="document.title=1">');
                document.body.append(Object.assign(document.createElement("script"), {textContent: "document.title=2"}));
            }"""
        )
        await asyncio.sleep(0.2)
        assert await page.title() == "Corner shop · storebox"
