"""A device that calls itself by a script, and a page that asks nobody but the box."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
from playwright.async_api import expect

from config.schema import Plugged
from drivers.reading import Report
from drivers.readings import OrderVoided
from edge.discovery.discovery import Discovery
from edge.shop.lanes.events import LaneCalled
from edge.shop.orders.events import OrderOpened
from edge.shop.registry import adopters
from edge.shop.staff.events import MessageReplied
from edge.shop.stock.shelf_events import ShelfPicked
from edge.status import SyncStatus
from tests.web.self_checkout import self_checkout

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
            shop.view.board.raise_alarm(when, EVIL + when)
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


SKU = "<img/src=x/onerror=document.title='owned'>"
SHORT = "<img src=x onerror=\"document.title='owned'\">"
TWO = {"zh": SHORT, "en": SHORT}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "catalogue": {
        "currency": "CNY",
        "items": [
            {"sku": SKU, "names": TWO, "codes": ["6901234567892"], "price_minor": 650, "unit": "piece", "category": SHORT},
            {"sku": "milk", "names": TWO, "price_minor": 650, "unit": "piece"},
        ],
    },
    "planogram": {
        "matching": [{"sku": SKU, "others": ["milk"]}],
    },
    "promotions": {
        "currency": "CNY",
        "promotions": [
            {"id": "p", "names": TWO, "benefit": {"kind": "full-reduction", "tiers": [{"spend_minor": 1, "off_minor": 10}]}}
        ],
    },
    "staff": {
        "salt": "c3Nzc3Nzc3Nzc3Nzc3Nzcw==",
        "staff": [{"id": "g-17", "names": TWO, "roles": ["guide"]}],
        "return_reasons": [{"code": "broken", "names": TWO}],
    },
    "messages": {"messages": [{"id": "n-1", "titles": TWO, "texts": TWO, "wants_reply": True}]},
    "scenes": {"fallback": "s", "scenes": [{"name": "s", "names": TWO, "wants": []}]},
    "pickups": {"orders": [{"order": "P-1", "items": [{"sku": "milk", "qty": 1}], "code_hash": "0" * 64}]},
}


async def adopt_all(shop: Shop) -> None:
    """Headquarters signs what a stranger wrote."""
    for adopter in adopters(shop.view.desk.shop()):
        if adopter.kind in DOCUMENTS:
            parsed = adopter.parse(msgspec.json.encode(DOCUMENTS[adopter.kind]))

            def decide(_moment: Any, _shop: Any, db: Any, adopter: Any = adopter, parsed: Any = parsed) -> Any:
                for step in adopter.stage(parsed, 9):
                    step(db)
                return adopter.adopt(parsed, 9, db)

            await shop.view.desk.decide(decide, place="test", asked="test")


async def test_no_document_and_nobody_s_words_write_markup_into_the_pages_of_the_shop(opens: Opens, new_tab: OpensTab) -> None:
    shelf = {"shelf-1": Plugged(driver="shelf/load-cell", settings=None)}
    async with self_checkout(opens, plugged=shelf) as lane, new_tab() as page:
        shop = lane.shop
        await adopt_all(shop)
        opened = OrderOpened(till=EVIL, order=EVIL, business_day="2026-11-21", lane=EVIL, currency="CNY")
        picked = ShelfPicked(shelf="shelf-1", slot=EVIL, delta_g=-1, before_g=1, after_g=0, sku=SKU, qty=1, permille=None)
        stuck = LaneCalled(lane="sco-1", order="1", reason="payment", detail=EVIL)
        replied = MessageReplied(message="n-1", staff="this machine", text=EVIL)
        await lane.scan("6901234567892")
        await shop.record(opened, replied, picked)
        async with aiohttp.ClientSession() as browser:
            form = {"sku": EVIL, "qty": "1", "reason": EVIL, "wish": EVIL}
            async with browser.post(f"{shop.url}/staff/returns", data=form, headers=shop.origin) as answer:
                assert "<img" not in await answer.text()
            async with browser.post(f"{shop.url}/scenes", data={"do": f"choose {EVIL}"}, headers=shop.origin) as answer:
                assert "<img" not in await answer.text()
        for path, place in (
            ("/lane/sco-1", "#lines b"),
            ("/staff", "article.letter"),
            ("/scenes", ".scene-buttons button, button.wide"),
            ("/pickups", "main"),
            ("/insight", "main"),
            ("/goods/6901234567892", "main"),
            ("/shelf/shelf-1", "main"),
            ("/lanes", "main"),
            ("/", "main"),
        ):
            for language in ("zh", "en"):
                await page.goto(f"{shop.url}{path}?language={language}")
                await expect(page.locator(place).first).to_be_attached()
                assert await page.locator("img, main script").count() == 0, path
        await page.goto(f"{shop.url}/lane/sco-1")
        await expect(page.locator("#lines b")).to_have_text(SHORT)
        await expect(page.locator("#taken dt").last).to_have_text(SHORT)
        await shop.record(stuck)
        await expect(page.locator("#wait")).to_be_visible()
        await page.goto(f"{shop.url}/lanes")
        assert EVIL not in await page.content()
        await asyncio.sleep(0.2)
        assert "owned" not in await page.title()
        assert await page.locator("img, main script").count() == 0
