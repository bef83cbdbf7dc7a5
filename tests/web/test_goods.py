"""Products are found while the shop sells, a telephone sees a card, and a shelf's screen shows what was taken."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest

from config.schema import Plugged
from edge.shop.catalogue.cards import ProductViewed
from edge.shop.catalogue.price_changes import PRICE_TIMER
from edge.shop.members.offers import OfferShown
from edge.shop.registry import adopters
from edge.shop.stock.shelf_events import ShelfPicked
from edge.web.lane_wishes import STRANGERS_PER_HOUR
from sync.entries import Entry, Recorded
from sync.events import EventClass
from tests.shop.members.conftest import SALT, hashed

if TYPE_CHECKING:
    import sqlite3

    from tests.web.conftest import Opens, Shop

DEADLINE_S = 30.0
LAN = "0.0.0.0:8080"
SHELF = {"shelf-1": Plugged(driver="shelf/load-cell", settings=None)}
CATALOGUE = {
    "currency": "CNY",
    "items": [
        {
            "sku": "tea",
            "names": {"zh": "龙井茶", "en": "Longjing <tea>"},
            "codes": ["6901234567892"],
            "price_minor": 8800,
            "unit": "piece",
            "unit_grams": 250,
            "recommends": ["cup"],
            "card": {"zh": "产自杭州", "en": "From Hangzhou"},
        },
        {"sku": "cup", "names": {"zh": "茶杯", "en": "Tea cup"}, "price_minor": 2500, "unit": "piece", "sold_before": 9},
        {"sku": "wine", "names": {"zh": "黄酒"}, "price_minor": 3000, "unit": "kg", "adult": True, "category": "drinks"},
    ],
}


MEMBERS = {
    "salts": [SALT],
    "members": [
        {
            "ref": "m-1",
            "code": hashed("code", "77001"),
            "offers": [
                {"zh": "茶 8 折", "en": "Tea 20 % off", "sku": "tea", "expires": "2099-01-01T00:00:00Z"},
                {"zh": "酒", "en": "Wine", "sku": "wine", "expires": "2099-01-01T00:00:00Z"},
            ],
        }
    ],
}


async def adopt(shop: Shop, kind: str, body: dict[str, Any], version: int = 1) -> None:
    """Have the shop work by a document."""
    adopter = next(each for each in adopters(shop.view.desk.shop()) if each.kind == kind)
    parsed = adopter.parse(msgspec.json.encode(body))

    def decide(db: sqlite3.Connection) -> tuple[Any, ...]:
        for step in adopter.stage(parsed, version):
            step(db)
        return tuple(adopter.adopt(parsed, version, db))

    entry = Entry(decide=decide, event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=1)
    assert isinstance(await shop.view.journal.record(entry), Recorded)


async def found(shop: Shop, browser: aiohttp.ClientSession, words: str, **more: str) -> list[str]:
    async with browser.get(f"{shop.url}/api/catalogue", params={"q": words, **more}) as answer:
        assert answer.status == 200, await answer.text()
        return [each["sku"] for each in await answer.json()]


def pick(sku: str) -> ShelfPicked:
    return ShelfPicked(shelf="shelf-1", slot="a", delta_g=-250, before_g=500, after_g=250, sku=sku, qty=1, permille=None)


async def test_products_are_found_before_and_after_the_index_is_made(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        assert await found(shop, browser, "茶") == []
        await adopt(shop, "catalogue", CATALOGUE)
        for _ in range(2):
            assert await found(shop, browser, "茶") == ["cup", "tea"]
            assert await found(shop, browser, "茶", limit="1") == ["cup"]
            assert await found(shop, browser, "ljc") == ["tea"]
            assert await found(shop, browser, "690123") == ["tea"]
            async with asyncio.timeout(DEADLINE_S):
                while shop.built.search._index is None:  # noqa: ASYNC110 - made by a thread that tells nobody
                    await asyncio.sleep(0.05)
        async with browser.get(f"{shop.url}/api/catalogue", params={"q": "hj"}) as answer:
            (wine,) = await answer.json()
        assert wine == {
            "sku": "wine",
            "name_zh": "黄酒",
            "name_en": "",
            "category": "drinks",
            "unit": "kg",
            "price_minor": 3000,
            "currency": "CNY",
            "adult": True,
            "on_sale": True,
        }


async def test_a_limit_that_cannot_be_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        for limit in ("0", "101", "x", "１"):
            async with browser.get(f"{shop.url}/api/catalogue", params={"q": "a", "limit": limit}) as answer:
                assert (answer.status, (await answer.json())["detail"]) == (400, "limit is a number from 1 to 100"), limit


async def test_a_telephone_sees_the_card_of_a_label(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        await adopt(shop, "catalogue", CATALOGUE)
        async with browser.get(f"{shop.url}/goods/6901234567892") as answer:
            page = await answer.text()
        assert answer.status == 200, "nobody logs in to read a price"
        for words in ("Longjing &lt;tea&gt;", "龙井茶", "¥88.00 each", "250 g each", "From Hangzhou", "Tea cup", "¥25.00 each"):
            assert words in page
        (viewed,) = [kept for kept in await shop.view.journal.latest(5) if kept.envelope.type == ProductViewed.type]
        assert msgspec.json.decode(viewed.envelope.data) == {"sku": "tea", "by": "label", "place": "nobody", "matching": ["cup"]}
        async with browser.get(f"{shop.url}/goods/tea") as answer:
            assert answer.status == 200
        viewed_so_far = [kept for kept in await shop.view.journal.latest(5) if kept.envelope.type == ProductViewed.type]
        assert len(viewed_so_far) == 1, "a stranger cannot fill the journal: the box's clock stands still here"
        async with browser.get(f"{shop.url}/goods/wine?language=zh") as answer:
            assert "仅限成年人购买" in await answer.text()
        async with browser.get(f"{shop.url}/goods/nothing?language=en") as answer:
            assert (answer.status, "We do not have this product." in await answer.text()) == (404, True)


async def test_a_shelf_shows_what_was_just_taken(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(plugged=SHELF) as shop:
        await adopt(shop, "catalogue", CATALOGUE)
        await shop.record(pick("wine"))
        async with browser.get(f"{shop.url}/shelf/shelf-1") as answer:
            assert "Take something in your hand" in await answer.text()
        async with asyncio.timeout(DEADLINE_S), browser.get(f"{shop.url}/shelf/shelf-1/stream") as stream:
            assert (await stream.content.readline()).startswith(b"event: beat"), "what was taken before is not shown"
            await shop.record(pick("tea"))
            lines = [line async for line in _until(stream, b'data: {"name"')]
        assert b"event: pick\n" in lines
        card = msgspec.json.decode(lines[-1].removeprefix(b"data: "))
        assert card == {
            "name": "Longjing <tea>",
            "other_name": "龙井茶",
            "price": "¥88.00 each",
            "notes": ["250 g each"],
            "text": "From Hangzhou",
            "matching": [["Tea cup", "¥25.00 each"]],
            "offers": [],
        }
        viewed = [kept for kept in await shop.view.journal.latest(5) if kept.envelope.type == ProductViewed.type]
        assert [msgspec.json.decode(kept.envelope.data)["by"] for kept in viewed] == ["pick"]


async def test_a_screen_that_was_cut_off_is_told_what_it_missed(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(plugged=SHELF) as shop:
        await adopt(shop, "catalogue", CATALOGUE)
        await shop.record(pick("wine"), pick("tea"))
        headers = {"Last-Event-ID": "1"}
        async with asyncio.timeout(DEADLINE_S), browser.get(f"{shop.url}/shelf/shelf-1/stream", headers=headers) as stream:
            assert await stream.content.readline() == b"event: pick\n"
            assert await stream.content.readline() == b"id: 2\n"


async def test_a_screen_sees_its_own_shelf_only(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN, plugged=SHELF) as shop:
        for name, status in (("shelf-1", 200), ("lane-1", 403)):
            async with browser.get(f"{shop.url}/shelf/shelf-1", headers=await shop.token(name)) as answer:
                assert answer.status == status
                detail = (await answer.json())["detail"] if status == 403 else ""
        assert detail == "this screen is lane-1; pair it under the name shelf-1"
        async with browser.get(f"{shop.url}/shelf/shelf-9", headers=await shop.token("shelf-9")) as answer:
            told = (await answer.json())["detail"]
        assert (answer.status, told) == (404, "no shelf is called 'shelf-9'; add [device.shelf-9] to the settings")


async def test_too_many_screens_are_refused(
    opens: Opens, browser: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.web.goods.MOST_STREAMS", 0)
    async with opens(plugged=SHELF) as shop, browser.get(f"{shop.url}/shelf/shelf-1/stream") as answer:
        assert (answer.status, (await answer.json())["detail"]) == (503, "0 screens of shelves are open already; close one")


async def test_the_proof_of_a_price_is_told(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await adopt(shop, "catalogue", CATALOGUE)
        change = {"sku": "tea", "price_minor": 7700, "effective_at": "2026-01-01T00:00:00Z"}
        await adopt(shop, "prices", {"currency": "CNY", "changes": [change]})
        await adopt(shop, "planogram", {"labels": [{"device": "labels-1", "label": "0000021AB2C3", "sku": "tea"}]})
        await shop.view.desk.decide(PRICE_TIMER.decide, place="clock", asked="prices")
        async with browser.get(f"{shop.url}/api/prices/changes") as answer:
            (told,) = await answer.json()
        assert (told["sku"], told["price_minor"], told["effective_at"]) == ("tea", 7700, "2026-01-01T00:00:00.000Z")
        assert told["places"] == [
            {"kind": "label", "device": "labels-1", "place": "0000021AB2C3", "state": "asked", "detail": "", "at": None}
        ]


async def _until(stream: aiohttp.ClientResponse, begins: bytes) -> Any:
    while line := await stream.content.readline():
        yield line
        if line.startswith(begins):
            return


async def test_whoever_is_named_at_a_shelf_sees_their_offers_there(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(plugged=SHELF) as shop:
        await adopt(shop, "catalogue", CATALOGUE)
        await adopt(shop, "members", MEMBERS)
        told = f"{shop.url}/api/shelves/shelf-1/member"
        for code, status in (("77001", 204), ("77009", 409), ("", 400)):
            async with browser.post(told, json={"code": code}, headers=shop.origin) as answer:
                assert answer.status == status, await answer.text()
        async with asyncio.timeout(DEADLINE_S), browser.get(f"{shop.url}/shelf/shelf-1/stream") as stream:
            assert (await stream.content.readline()).startswith(b"event: beat")
            await shop.record(pick("tea"))
            lines = [line async for line in _until(stream, b'data: {"name"')]
            assert msgspec.json.decode(lines[-1].removeprefix(b"data: "))["offers"] == ["Tea 20 % off"]
        shown = [kept for kept in await shop.view.journal.latest(9) if kept.envelope.type == OfferShown.type]
        assert [msgspec.json.decode(kept.envelope.data)["member_ref"] for kept in shown] == ["m-1"]
        for _ in range(STRANGERS_PER_HOUR):
            async with browser.post(told, json={"code": "77009"}, headers=shop.origin) as answer:
                status = answer.status
        assert status == 429
