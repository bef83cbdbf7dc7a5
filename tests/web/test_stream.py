"""The stream: everything at first, then only what changed, the newest value for the slow, an end for those logged out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest

from edge.shop.orders.events import OrderOpened
from edge.status import SyncStatus
from edge.web import feed as feeds
from edge.web import sending
from edge.web import stream as streams
from edge.web.feed import Feed

if TYPE_CHECKING:
    from tests.web.conftest import Opens


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """Any card."""

    grams: int


ALL_KINDS = {
    "kiosks",
    "discoveries",
    "jobs",
    "device",
    "devices",
    "sync",
    "alarms",
    "overall",
    "journal",
    "events",
    "takings",
    "beat",
}


async def told(answer: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    """Each event of a stream: its kind and what it says."""
    kind = ""
    async for line in answer.content:
        name, _, rest = line.decode().rstrip("\n").partition(": ")
        if name == "event":
            kind = rest
        elif name == "data":
            yield kind, json.loads(rest)


async def until(news: AsyncIterator[tuple[str, Any]], wanted: str) -> Any:
    """What the next event of kind ``wanted`` says."""
    async with asyncio.timeout(30):
        async for kind, says in news:
            if kind == wanted:
                return says
    raise AssertionError(f"the stream ended without {wanted}")


async def test_everything_is_told_at_first(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 1234)
        async with browser.get(f"{shop.url}/stream") as answer:
            news, kinds = told(answer), set()
            while "beat" not in kinds:
                kinds.add((await anext(news))[0])
        assert kinds == ALL_KINDS


async def test_a_live_weight_is_told(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop, browser.get(f"{shop.url}/stream") as answer:
        news = told(answer)
        await until(news, "beat")
        shop.weigh("scale-1", 1234, "moving")
        device = await until(news, "device")
        assert (device["id"], device["value"], device["unit"], device["word"]) == ("scale-1", "1.234", "kg", "Moving")


async def test_an_event_the_sync_and_an_alarm_are_told(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop, browser.get(f"{shop.url}/stream?language=zh") as answer:
        news = told(answer)
        await until(news, "beat")
        await shop.record(OrderOpened(till="till-1", order="1042", business_day="2026-11-21", lane="1", currency="CNY"))
        assert (await until(news, "journal"))["queued"] == 1
        assert (await until(news, "events"))["events"][0]["title"] == "开单"
        shop.view.board.show_sync(SyncStatus(state="stopped", problem="the token is not known"))
        assert (await until(news, "sync"))["word"] == "已停止"
        shop.view.board.raise_alarm("disk", "free some space")
        assert (await until(news, "alarms"))["alarms"] == [{"name": "disk", "text": "free some space"}]
        assert (await until(news, "overall"))["look"] == "bad"


async def test_a_value_that_only_grew_older_waits_a_second(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop, browser.get(f"{shop.url}/stream") as answer:
        news = told(answer)
        await until(news, "beat")
        shop.weigh("scale-1", 5)
        first = await until(news, "device")
        shop.weigh("scale-1", 5)
        shop.weigh("scale-2", 7)
        assert (await until(news, "device"))["id"] == "scale-2"
        shop.asked.clock.now += 1
        again = await until(news, "device")
        assert again["id"] == "scale-1"
        assert again["at"] > first["at"]


async def test_a_screen_is_told_of_devices_only(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen="0.0.0.0:8080") as shop:
        await shop.record(OrderOpened(till="till-1", order="1042", business_day="2026-11-21", lane="1", currency="CNY"))
        async with browser.get(f"{shop.url}/stream", headers=await shop.token()) as answer:
            news, kinds = told(answer), set()
            await until(news, "beat")
            shop.view.board.raise_alarm("disk", "free some space")
            shop.weigh("scale-1", 5)
            while "device" not in kinds:
                kinds.add((await anext(news))[0])
        assert kinds <= {"device", "devices", "beat"}


async def test_whoever_is_logged_out_is_told_no_more(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen="0.0.0.0:8080") as shop:
        await shop.log_in(browser)
        async with browser.get(f"{shop.url}/stream") as answer:
            await until(told(answer), "beat")
            shop.built.locks.sessions.close_all()
            shop.weigh("scale-1", 5)
            async with asyncio.timeout(30):
                assert b"scale-1" not in await answer.content.read()


async def test_a_screen_whose_token_is_taken_back_is_told_no_more(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen="0.0.0.0:8080") as shop, browser.get(f"{shop.url}/stream", headers=await shop.token()) as answer:
        await until(told(answer), "beat")
        (paired,) = shop.built.locks.pairings.listed()
        await shop.built.locks.pairings.revoke(paired.id)
        shop.weigh("scale-1", 5)
        async with asyncio.timeout(30):
            assert b"scale-1" not in await answer.content.read()


async def test_a_closed_tab_hurts_nobody(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        feed = shop.built.lookout.feed
        for _ in range(5):
            async with aiohttp.ClientSession() as tab, tab.get(f"{shop.url}/stream") as answer:
                await until(told(answer), "beat")
        async with browser.get(f"{shop.url}/stream") as answer:
            news = told(answer)
            await until(news, "beat")
            for grams in range(1000, 2000, 7):
                shop.weigh("scale-1", grams)
                await asyncio.sleep(0)
                if feed.listeners == 1:
                    break
                await until(news, "device")
            assert feed.listeners == 1


async def test_a_reader_that_stands_still_is_let_go(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WRITE_DEADLINE_S", 0.2)
    async with opens() as shop:
        host, port = shop.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        feed = shop.built.lookout.feed
        async with asyncio.timeout(60):
            await reader.readline()
            number = 0
            while feed.listeners:
                number += 1
                for device in range(20):
                    shop.show(f"scale-{device}", problem=f"{number} " + "x" * 20_000)
                await asyncio.sleep(0.01)
        writer.close()


async def test_the_slow_get_the_newest_and_no_backlog() -> None:
    feed = Feed()
    for grams in range(1000):
        feed.put("device a", "device", {"en": Card(grams=grams), "zh": Card(grams=grams)})
    news = feed.follow("en")
    first = await anext(news)
    assert first.count(b"event: device") == 1
    assert b'"grams":999' in first
    await news.aclose()


async def test_a_stream_with_no_news_still_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "BEAT_S", 0.01)
    news = Feed().follow("en")
    assert [(await anext(news)).startswith(b"event: beat\n") for _ in range(3)] == [True] * 3
    await news.aclose()


async def test_streams_are_bounded(opens: Opens, browser: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_STREAMS", 1)
    async with opens() as shop, browser.get(f"{shop.url}/stream") as first:
        await until(told(first), "beat")
        async with browser.get(f"{shop.url}/stream") as second:
            assert second.status == 503
            assert second.headers["Retry-After"] == "30"
            assert (await second.json())["detail"] == "1 pages are open already; close one"


async def test_nothing_is_prepared_while_nobody_looks(opens: Opens) -> None:
    async with opens() as shop:
        for grams in range(50):
            shop.weigh("scale-1", grams)
            await asyncio.sleep(0)
        assert shop.built.lookout.feed.version == 0


async def test_the_box_stops_although_a_page_is_open(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        answer = await browser.get(f"{shop.url}/stream")
        await until(told(answer), "beat")
    async with asyncio.timeout(30):
        await answer.content.read()
    answer.close()


async def test_the_watchdog_is_told_that_the_page_turns(opens: Opens) -> None:
    async with opens() as shop:
        turned = asyncio.Event()
        shop.view.pulse.turn = turned.set  # type: ignore[method-assign]
        async with asyncio.timeout(30):
            await turned.wait()
