"""A real Chromium, and a shop on a busy day to look at.

One Chromium serves every test, and each test gets a tab that knows nothing yet. A browser belongs to the event loop
that started it, so all tests of this folder run on one loop.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from drivers.reading import Report
from drivers.readings import Candidate, ShelfMoved
from edge.shop.orders.closing_events import OrderPaid
from edge.shop.orders.events import ItemAdded, OrderOpened
from edge.status import SyncStatus

if TYPE_CHECKING:
    from tests.web.conftest import Shop

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))),
    None,
)
"""The one without windows is the same browser for less; with none of them, playwright's own is looked for."""

NOT_WANTED = (
    # The list under the address bar, which nobody sees here, costs more than the page beside it; so does a process kept ready.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
    # What playwright switches off by itself: of two such lists Chromium takes the last.
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--disable-features={','.join(NOT_WANTED)}",
)
DEADLINE_MS = 30_000
ORDER: dict[str, Any] = {"till": "till-1", "order": "1042", "business_day": "2026-11-21"}


class OpensTab(Protocol):
    """``async with new_tab(viewport=...) as page``: one page of a browser that knows nothing yet."""

    def __call__(self, **options: Any) -> AbstractAsyncContextManager[Page]: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put every test beside this file on the loop of the browser."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Chromium without a screen."""
    expect.set_options(timeout=DEADLINE_MS)
    async with async_playwright() as playwright:
        if not _is_installed(playwright.chromium.executable_path):
            pytest.skip("no Chromium is installed: .ci/set-up test brings one (on Debian it is chromium-headless-shell)")
        yield await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS), timeout=DEADLINE_MS)


def _is_installed(of_playwright: str) -> bool:
    return CHROMIUM is not None or Path(of_playwright).exists()


@pytest.fixture
def new_tab(chromium: Browser) -> OpensTab:
    """Each tab has its own cookies, cache and permissions, and nothing in it moves by itself."""

    @asynccontextmanager
    async def tab(**options: Any) -> AsyncIterator[Page]:
        async with await chromium.new_context(**{"reduced_motion": "reduce", **options}) as context:
            context.set_default_timeout(DEADLINE_MS)
            yield await context.new_page()

    return tab


@pytest.fixture
def busy() -> Callable[[Shop], Awaitable[None]]:
    """Fills a shop: every look is on the page once."""
    return _fill


async def _fill(shop: Shop) -> None:
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
            report=Report(id="r", digest=b""),
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
