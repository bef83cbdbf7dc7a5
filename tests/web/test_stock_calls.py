"""Programs count, book and check transfers; what is sent twice counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest

from edge.shop.catalogue.document import catalogue_adopter
from edge.shop.stock.document import Body, Item, adopt_stock
from edge.shop.stock.shelf_events import ShelfAdjusted
from edge.shop.stock.transfer_document import adopt_transfers, parse_transfers
from sync.disk import JournalUnavailable
from sync.events import Event

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

GOODS = {
    "currency": "CNY",
    "items": [{"sku": "milk", "names": {"zh": "牛奶"}, "price_minor": 650, "unit": "piece", "codes": ["69"]}],
}
NOTICE = {"transfers": [{"transfer": "T-1", "direction": "in", "other_store": "shop-2", "lines": [{"sku": "milk", "qty": 2}]}]}


async def stock_up(shop: Shop) -> None:
    """A catalogue and an advance notice."""
    adopter = catalogue_adopter(shop.view.desk.shop())
    goods = adopter.parse(msgspec.json.encode(GOODS))

    def adopt(_moment: Any, _shop: Any, db: Any) -> tuple[()]:
        for step in adopter.stage(goods, 1):
            step(db)
        tuple(adopter.adopt(goods, 1, db))
        return adopt_transfers(parse_transfers(msgspec.json.encode(NOTICE)), 1, db)

    await shop.view.desk.decide(adopt, place="test", asked="test")


async def post(shop: Shop, browser: aiohttp.ClientSession, path: str, body: Any) -> tuple[int, Any]:
    async with browser.post(f"{shop.url}/api/{path}", json=body, headers=shop.origin) as answer:
        return answer.status, await answer.json(content_type=None)


async def get(shop: Shop, browser: aiohttp.ClientSession, path: str) -> Any:
    async with browser.get(f"{shop.url}/api/{path}") as answer:
        assert answer.status == 200
        return await answer.json()


async def test_a_count_is_booked_once_however_often_it_is_sent(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await stock_up(shop)
        count = {"id": "C-1", "lines": [{"code": "69"}, {"code": "milk", "qty": 4}]}
        status, done = await post(shop, browser, "stock/counts", count)
        assert (status, done["repeat"]) == (200, False)
        (told,) = done["told"]
        assert (told["sku"], told["counted"], told["expected"], told["difference"]) == ("milk", 5, 0, 5)
        assert (await post(shop, browser, "stock/counts", count))[1] == {"repeat": True, "told": []}
        (milk,) = await get(shop, browser, "stock")
        assert (milk["sku"], milk["physical"], milk["available"], milk["seq"]) == ("milk", 5, 5, 1)
        assert await get(shop, browser, "stock?after=milk") == []


async def test_deliveries_and_damage_are_booked(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await stock_up(shop)
        await post(shop, browser, "stock/bookings", {"id": "D-1", "reason": "delivery", "lines": [{"code": "milk", "qty": 9}]})
        booking = {"id": "B-1", "reason": "damage", "lines": [{"code": "milk", "qty": 2}]}
        (_, done) = await post(shop, browser, "stock/bookings", booking)
        assert [(each["reason"], each["qty"], each["level"]) for each in done["told"]] == [("damage", -2, 7)]


async def test_a_transfer_is_scanned_and_closed(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await stock_up(shop)
        (announced,) = await get(shop, browser, "transfers")
        assert announced["lines"][0]["announced"] == 2
        _, done = await post(shop, browser, "transfers/T-1/scans", {"id": "s1", "code": "69"})
        assert done["told"][0]["verdict"] == "expected"
        assert (await post(shop, browser, "transfers/T-1/scans", {"id": "s1", "code": "69"}))[1]["repeat"]
        _, done = await post(shop, browser, "transfers/T-1/close", {"id": "c1"})
        assert done["told"][0]["lines"][0]["difference"] == -1
        status, problem = await post(shop, browser, "transfers/T-1/close", {"id": "c2"})
        assert (status, problem["detail"]) == (409, "transfer T-1 is closed: nothing more is booked for it")
        assert await get(shop, browser, "transfers") == []


async def test_what_cannot_be_read_says_what_would_be(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        assert await get(shop, browser, "stock/refills") == []
        both = {"id": "C-1", "lines": [{"code": "milk", "qty": 1, "grams": 1}]}
        assert (await post(shop, browser, "stock/counts", both))[1]["detail"] == "a line has either qty or grams, not both"
        status, problem = await post(shop, browser, "stock/counts", {"lines": []})
        assert (status, problem["detail"]) == (
            400,
            "the body is not what this address takes: Object missing required field `id`",
        )
        status, problem = await post(shop, browser, "stock/counts", {"id": "C-1", "lines": [{"code": "no"}]})
        assert (status, problem["type"]) == (409, "urn:storebox:problem:unknown-goods")


async def test_staff_see_which_shelves_to_fill(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await stock_up(shop)

        def plan(_moment: Any, _shop: Any, db: Any) -> tuple[Event, ...]:
            db.execute("INSERT INTO planogram_slots (shelf, slot, sku, unit_grams) VALUES ('shelf-1', 'a', 'milk', 1030)")
            adopt_stock(Body(items=(Item(sku="milk", shelf_min=3),)), 1, db)
            moved = {"shelf": "shelf-1", "slot": "a", "delta_g": -1_030, "before_g": 3_090, "after_g": 2_060}
            return (ShelfAdjusted(**moved),)  # type: ignore[arg-type]

        await shop.view.desk.decide(plan, place="test", asked="test")
        (task,) = await get(shop, browser, "stock/refills")
        assert (task["shelf"], task["slot"], task["name_zh"], task["pieces"], task["wanted"]) == ("shelf-1", "a", "牛奶", 2, 3)
        async with browser.get(f"{shop.url}/staff") as answer:
            assert "2 there, at least 3 wanted" in await answer.text()


async def not_now(*_args: object) -> Any:
    raise JournalUnavailable("no space left")


async def test_what_is_not_written_down_or_read_is_to_be_asked_again(
    opens: Opens, browser: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opens() as shop:
        monkeypatch.setattr(type(shop.view.journal), "record", not_now)
        monkeypatch.setattr(type(shop.view.journal), "query", not_now)
        count = {"id": "C-1", "lines": [{"code": "milk"}]}
        async with browser.post(f"{shop.url}/api/stock/counts", json=count, headers=shop.origin) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert (await answer.json(content_type=None))["detail"] == "not written down yet, try again: no space left"
        async with browser.get(f"{shop.url}/api/stock") as answer:
            assert (answer.status, (await answer.json(content_type=None))["detail"]) == (
                503,
                "the journal cannot be read now; recording goes on by itself (no space left)",
            )
