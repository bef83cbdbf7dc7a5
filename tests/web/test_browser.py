"""The page in a real browser: live, reachable with a thumb, readable by everyone, and deaf to what a device calls itself."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, async_playwright, expect

from drivers.readings import Candidate, OrderVoided, Report, ShelfMoved
from edge.shop.order_events import ItemAdded, OrderOpened, OrderPaid
from edge.status import SyncStatus
from edge.web.words import LANGUAGES, Language, load_words

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DEADLINE_MS = 60_000
LAN = "0.0.0.0:8080"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 860}
EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
REPORT = Report(id="r", digest=b"")
ORDER: dict[str, Any] = {"till": "till-1", "order": "1042", "business_day": "2026-11-21"}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS), timeout=DEADLINE_MS)
        yield browser
        await browser.close()


async def fill(shop: Shop) -> None:
    """A shop on a busy day: every look is on the page once."""
    shop.weigh("scale-1", 1234)
    shop.weigh("scale-2", 568, "moving")
    shop.weigh("scale-3", None, "over")
    shop.show("scale-4", state="silent", problem="scale-4 has not answered for 3 s; is it switched on?")
    shop.show("till-2", kind="till", state="gone", problem="no broker at 127.0.0.1:1883: refused; is mosquitto running?")
    shop.show("mirror-1", kind="mirror", state="starting")
    shop.show(
        "shelf-1",
        kind="shelf",
        reading=ShelfMoved(
            device="shelf-1",
            at=datetime.now(UTC),
            monotonic_ms=1,
            report=REPORT,
            slot="a1",
            kind="pick",
            delta_g=-660,
            before_g=3300,
            after_g=2640,
            candidates=(Candidate(sku="cola-330", qty=2, permille=990),),
        ),
    )
    shop.view.board.show_sync(SyncStatus(state="waiting", problem="the cloud does not answer; trying again in 8 s", sent=1280))
    shop.view.board.raise_alarm("disk", "the journal fills its quota; raise quota_mib in [journal] or bring the cloud back")
    paid = OrderPaid(amount_minor=2292, total_minor=2292, difference_minor=0, currency="CNY", tender="cash", **ORDER)
    item = ItemAdded(line=1, sku="fig", price_minor=1290, amount_minor=2292, currency="CNY", price_version=1, grams=1777, **ORDER)
    await shop.record(OrderOpened(lane="1", currency="CNY", **ORDER), item, paid)
    await shop.view.journal.settle(done=[1], rejected=[(2, "no such sku in the cloud")])


@asynccontextmanager
async def tab(browser: Browser, **options: Any) -> AsyncIterator[Page]:
    """One page of a browser that knows nothing yet."""
    context = await browser.new_context(**options)
    context.set_default_timeout(DEADLINE_MS)
    yield await context.new_page()
    await context.close()


def complaints(page: Page) -> list[str]:
    """Fills itself with what the browser's console and our scripts complain about."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


async def violations(page: Page) -> list[str]:
    """What axe-core calls serious or critical, by day and by night."""
    found = []
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        results = await Axe().run(page)
        found += [
            f"{theme}: {each['id']}: {each['nodes'][0]['html']}"
            for each in results.response["violations"]
            if each["impact"] in {"serious", "critical"}
        ]
    return found


SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input, select, [tabindex='0']")]
    .map((each) => (each.type === "radio" ? each.closest("label") : each))
    .filter((each) => each.offsetParent !== null)
    .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
    .filter(([, box]) => box.width < 44 || box.height < 44)
    .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""
WIDER = "() => document.documentElement.scrollWidth - window.innerWidth"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_everyone_can_read_and_touch_the_page(
    opens: Opens, chromium: Browser, language: Language, size: dict[str, int]
) -> None:
    async with opens(language=language) as shop:
        await fill(shop)
        async with tab(chromium, viewport=size) as page:
            heard = complaints(page)
            await page.goto(shop.url)
            await expect(page.locator(".device")).to_have_count(7)
            assert await page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[language]
            assert await violations(page) == []
            assert await page.evaluate(SMALL_TARGETS) == []
            assert await page.evaluate(WIDER) <= 0
            assert heard == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_everyone_can_read_and_touch_the_doors(opens: Opens, chromium: Browser, language: Language) -> None:
    async with opens(listen=LAN, language=language) as shop, tab(chromium, viewport=PHONE) as page:
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


async def test_a_technician_logs_in_and_out(opens: Opens, chromium: Browser) -> None:
    async with opens(listen=LAN) as shop, tab(chromium) as page:
        await page.goto(shop.url)
        await page.fill("#password", shop.password)
        await page.click("button.main")
        await expect(page.locator("h1")).to_have_text("Corner shop")
        assert await page.evaluate("() => document.cookie") == ""
        await page.click("text=Log out")
        await expect(page.locator("#password")).to_be_visible()
        await page.goto(shop.url)
        await expect(page.locator("#password")).to_be_visible()


async def test_the_page_lives(opens: Opens, chromium: Browser) -> None:
    async with opens() as shop, tab(chromium) as page:
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
        await shop.record(OrderOpened(lane="1", currency="CNY", **ORDER))
        await expect(page.locator("#events li")).to_contain_text(["Order opened"])
        await expect(page.locator("#journal .value")).to_contain_text("1")
        shop.view.board.raise_alarm("disk", "free some space")
        await expect(page.locator("#alarms")).to_contain_text("free some space")
        await expect(page.locator("#overall")).to_have_text("2 things need attention")
        shop.view.board.clear_alarm("disk")
        await expect(page.locator("#alarms")).to_be_hidden()
        assert heard == []


def page_icon(name: str) -> re.Pattern[str]:
    return re.compile(rf"/static/icons\.svg\?v=[0-9a-f]{{12}}#{name}$")


async def test_an_age_ticks_by_itself(opens: Opens, chromium: Browser) -> None:
    async with opens() as shop, tab(chromium) as page:
        shop.weigh("scale-1", 1234)
        await page.goto(shop.url)
        await expect(page.locator("[data-id=scale-1] time")).to_have_text("3 s ago", timeout=DEADLINE_MS)


async def test_the_page_is_whole_without_scripts(opens: Opens, chromium: Browser) -> None:
    async with opens() as shop, tab(chromium, java_script_enabled=False) as page:
        await fill(shop)
        await page.goto(shop.url)
        assert "1.234" in await page.inner_text("[data-id=scale-1]")
        assert "stand still" in await page.inner_text("body")
        await page.click("text=中文")
        assert await page.inner_text("#devices-title") == "设备"
        await page.goto(shop.url)  # the choice is kept
        assert await page.inner_text("#devices-title") == "设备"


async def test_a_lost_stream_is_told_and_comes_back(opens: Opens, chromium: Browser) -> None:
    async with opens() as shop, tab(chromium) as page:
        shop.weigh("scale-1", 1)
        await page.goto(shop.url)
        await page.wait_for_selector("[data-id=scale-1]")
        await page.context.set_offline(True)
        shop.built.lookout.feed.end()
        await expect(page.locator("#lost")).to_be_visible(timeout=DEADLINE_MS)
        await expect(page.locator("[data-id=scale-1] .value")).to_have_text("0.001 kg")
        shop.built.lookout.feed._ended = False
        await page.context.set_offline(False)
        await expect(page.locator("#lost")).to_be_hidden(timeout=DEADLINE_MS)
        shop.weigh("scale-1", 2)
        await expect(page.locator("[data-id=scale-1] .value")).to_have_text("0.002 kg", timeout=DEADLINE_MS)


async def test_whoever_is_logged_out_is_told(opens: Opens, chromium: Browser) -> None:
    async with opens(listen=LAN) as shop, tab(chromium) as page:
        await page.goto(shop.url)
        await page.fill("#password", shop.password)
        await page.click("button.main")
        await page.wait_for_selector("#device-cards", state="attached")
        shop.built.locks.sessions.close_all()
        shop.weigh("scale-1", 1)
        await expect(page.locator("#ended")).to_be_visible(timeout=DEADLINE_MS)


async def test_nothing_is_asked_of_anyone_else(opens: Opens, chromium: Browser) -> None:
    async with opens() as shop, tab(chromium) as page:
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(request.url))
        await fill(shop)
        for path in ("/", "/pair", "/no/such"):
            await page.goto(shop.url + path)
            await page.wait_for_load_state("load")
        assert asked
        assert [address for address in asked if not address.startswith(shop.url + "/")] == []


async def test_no_device_writes_markup_into_the_page(opens: Opens, chromium: Browser) -> None:
    async with opens() as shop, tab(chromium) as page:
        voided = OrderVoided(device="t", at=datetime.now(UTC), monotonic_ms=1, report=REPORT, order=EVIL, reason=EVIL)
        await shop.record(OrderOpened(till=EVIL, order=EVIL, business_day="2026-11-21", lane=EVIL, currency="CNY"))
        await shop.view.journal.settle(done=[], rejected=[(1, EVIL)])
        for when in ("at load", "live"):
            shop.show(f"{EVIL} {when}", kind=EVIL, driver=EVIL, state="failing", problem=EVIL)
            shop.show(f"till {when}", kind=EVIL, reading=voided)
            shop.view.board.raise_alarm(when, EVIL)
            shop.view.board.show_sync(SyncStatus(state="stopped", problem=EVIL + when))
            if when == "at load":
                await page.goto(shop.url)
        await expect(page.locator(".device")).to_have_count(4)
        await expect(page.locator("#alarms li")).to_have_count(2)
        await expect(page.locator("#sync .problem")).to_have_text(EVIL + "live")
        await asyncio.sleep(0.2)  # an image that fails to load needs a moment to run its onerror
        assert await page.title() == "Corner shop · storebox"
        assert await page.locator("img, main script").count() == 0
        await page.goto(f"{shop.url}/?language={EVIL}")
        await page.goto(f"{shop.url}/{EVIL}")
        assert "owned" not in await page.title()


async def test_a_script_that_got_in_would_not_run(opens: Opens, chromium: Browser) -> None:
    async with opens() as shop, tab(chromium) as page:
        await page.goto(shop.url)
        await page.evaluate(
            """() => {
                document.body.insertAdjacentHTML("beforeend", '<img src="/static/none" onerror="document.title=1">');
                document.body.append(Object.assign(document.createElement("script"), {textContent: "document.title=2"}));
            }"""
        )
        await asyncio.sleep(0.2)
        assert await page.title() == "Corner shop · storebox"
