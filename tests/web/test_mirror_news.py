"""What staff and the screens of shelves hear of the mirrors: what is worn now, and when that changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from edge.web import mirror_news
from tests.web.test_goods import CATALOGUE, SHELF, adopt, pick
from tests.web.test_mirror_visits import offer_shades, wired
from tests.web.test_mirrors import answer_of, plugged

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.web.conftest import Opens, Shop

DEADLINE_S = 30
TEA = b'{"shades": [{"sku": "tea", "region": "lips", "srgb": "#a3283c"}]}'


async def told(stream: aiohttp.ClientResponse, event: str) -> Any:
    """The next event of that name."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            block = (await stream.content.readuntil(b"\n\n")).decode()
            if block.startswith(f"event: {event}\n"):
                return msgspec.json.decode(block.partition("data: ")[2])


async def wear(wire: aiohttp.ClientWebSocketResponse, *looks: Any) -> None:
    await wire.send_json({"n": 1, "name": "wear", "body": {"session": "v-1", "looks": looks}})
    assert (await answer_of(wire))["ok"]


async def stocked(shop: Shop, browser: aiohttp.ClientSession) -> None:
    """Goods, one of which can be tried on, and twelve of those in stock."""
    await adopt(shop, "catalogue", CATALOGUE)
    await offer_shades(shop, TEA)
    body = {"id": "C-1", "lines": [{"code": "tea", "qty": 12}]}
    async with browser.post(f"{shop.url}/api/stock/counts", json=body, headers=shop.origin) as answer:
        assert answer.status == 200


async def test_a_shelf_hears_what_is_tried_on_and_that_its_goods_can_be(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with opens(plugged=SHELF | plugged(tmp_path)) as shop, browser.get(f"{shop.url}/shelf/shelf-1/mirrors") as stream:
        assert await told(stream, "mirrors") == {"tried": [], "try_on": ""}
        await stocked(shop, browser)
        async with wired(browser, shop) as wire:
            await wear(wire, [["tea", "lips", 60]], [["tea", "lips", 30], ["gone", "eyes", 10]])
            heard = await told(stream, "mirrors")
            assert heard["tried"] == [
                {
                    "mirror": "at mirror-1",
                    "name": "Longjing <tea>",
                    "price": "¥88.00",
                    "stock": "12 in stock",
                    "matching": "Goes with it: Tea cup",
                },
                {"mirror": "at mirror-1", "name": "gone", "price": "", "stock": "Not in stock", "matching": ""},
            ]
            await shop.record(pick("cup"), pick("tea"))
            assert (await told(stream, "mirrors"))["try_on"] == "You can try this on at the mirror: mirror-1"
        assert (await told(stream, "mirrors"))["try_on"] == "", "its page is shut"


async def test_staff_hear_that_somebody_tries_something_else(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_news, "RENEW_S", 3600.0)
    async with opens(plugged=plugged(tmp_path)) as shop, browser.get(f"{shop.url}/mirrors/stream") as stream:
        assert await told(stream, "changed") == {}
        async with wired(browser, shop):
            assert await told(stream, "changed") == {}


async def test_so_many_may_follow_the_mirrors(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_news, "MOST_STREAMS", 0)
    async with opens(plugged=plugged(tmp_path)) as shop, browser.get(f"{shop.url}/mirrors/stream") as answer:
        assert (answer.status, (await answer.json())["detail"]) == (503, "0 pages follow the mirrors already; close one")
