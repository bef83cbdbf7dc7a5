"""The reports on the page, as JSON and as tables that a spreadsheet may open without computing what a stranger wrote."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp

from edge.shop.insight.counting import count_slice
from edge.shop.orders.closing_events import OrderPaid
from edge.shop.orders.events import ItemAdded, OrderOpened
from edge.web.insight import table
from sync.entries import Entry, Recorded
from sync.events import Event, EventClass

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

DAY = "2026-03-01"
KEY: dict[str, Any] = {"till": "till-1", "order": "17", "business_day": DAY}
ORDER: tuple[Event, ...] = (
    OrderOpened(**KEY, lane=None, currency="CNY"),
    ItemAdded(**KEY, line=1, sku="=milk", qty=1, price_minor=650, amount_minor=650, currency="CNY", price_version=1),
    OrderPaid(**KEY, amount_minor=650, total_minor=650, difference_minor=0, currency="CNY", tender="cash"),
)


async def sold(shop: Shop) -> None:
    def decide(db: Any) -> Any:
        yield from ORDER

    def count(db: Any) -> Any:
        count_slice(db, shop.view.desk.shop())
        return ()

    for step in (decide, count):
        entry = Entry(decide=step, event_class=EventClass.ORDER, at=datetime(2026, 3, 1, 10, tzinfo=UTC), monotonic_ms=1)
        assert isinstance(await shop.view.journal.record(entry), Recorded)


async def get(shop: Shop, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as browser, browser.get(f"{shop.url}{path}") as answer:
        return answer.status, await answer.text()


async def test_the_page_shows_the_days_that_are_asked_for(opens: Opens) -> None:
    async with opens() as shop:
        await sold(shop)
        status, page = await get(shop, f"/insight?first={DAY}&last={DAY}")
        assert status == 200
        assert "¥6.50" in page
        assert "18:00" in page
        status, page = await get(shop, "/insight?first=2026-02-01&last=2026-02-28&language=zh")
        assert (status, "这段时间没有数据。" in page) == (200, True)


async def test_a_report_is_a_table_for_a_spreadsheet(opens: Opens) -> None:
    async with opens() as shop:
        await sold(shop)
        status, text = await get(shop, f"/api/insight/goods.csv?first={DAY}&last={DAY}")
        (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
        assert (status, row["sku"], row["amount_minor"], row["rank"]) == (200, "'=milk", "650", "A")


REPORTS = ("funnel", "hours", "zones", "queues", "paths", "cameras", "guides", "goods", "slow", "pairs", "experiments")


async def test_every_report_is_json_too(opens: Opens) -> None:
    async with opens() as shop, aiohttp.ClientSession() as browser:
        await sold(shop)
        for report in REPORTS:
            async with browser.get(f"{shop.url}/api/insight/{report}?first={DAY}&last={DAY}") as answer:
                told = await answer.json()
            assert (told["first"], told["last"]) == (DAY, DAY), report
            assert isinstance(told["rows"], list), report


CANNOT_BE_TOLD = (
    ("/api/insight/weather", 404, "no report is called 'weather'; there are: funnel, hours, zones, queues, paths"),
    ("/api/insight/goods.xls", 404, "no report is called 'goods'"),
    ("/api/insight/goods?first=today", 400, "first is 'today' and no day: write it as 20"),
    ("/insight?first=2026-03-02&last=2026-03-01", 400, "first is 2026-03-02 and after last, 2026-03-01: exchange them"),
)


async def test_what_cannot_be_told_is_refused(opens: Opens) -> None:
    async with opens() as shop:
        for path, status, problem in CANNOT_BE_TOLD:
            told = await get(shop, path)
            assert (told[0], problem in told[1]) == (status, True), told


def test_a_table_of_nothing_is_empty() -> None:
    assert table([]) == ""
