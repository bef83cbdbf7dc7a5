"""The page of scenes: what holds and why, buttons for a thumb, the same for programs; complete without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.registry import adopters
from edge.shop.scenes.turning import look

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from edge.shop.shop import Shop as Floor
    from sync.events import Event
    from tests.web.conftest import Opens, Shop

SCENES: dict[str, Any] = {
    "fallback": "night",
    "scenes": [
        {"name": "night", "names": {"zh": "夜间", "en": "Night"}, "wants": []},
        {
            "name": "lively",
            "names": {"zh": "周末活力", "en": "Lively"},
            "wants": [{"device": "lamp-1", "property": "light/power", "value": "<true>"}],
        },
    ],
}
CALENDAR: dict[str, Any] = {"hours": {}}
ALWAYS: dict[str, Any] = {
    "hours": {day: [{"from": "00:00", "to": "24:00"}] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    "opened_scene": "night",
    "campaigns": [
        {
            "name": "party",
            "names": {"zh": "店庆", "en": "Anniversary"},
            "scene": "lively",
            "from": "2020-01-01T00:00",
            "to": "2099-01-01T00:00",
        }
    ],
}


def adopted(kind: str, body: dict[str, Any]) -> Decision:
    """A document is adopted."""

    def decide(_moment: Moment, shop: Floor, db: sqlite3.Connection) -> Iterable[Event]:
        adopter = next(each for each in adopters(shop) if each.kind == kind)
        return adopter.adopt(adopter.parse(msgspec.json.encode(body)), 1, db)

    return decide


async def adopt(shop: Shop, kind: str, body: dict[str, Any]) -> None:
    await shop.view.desk.decide(adopted(kind, body), place="test", asked="adopt")


async def page(shop: Shop, browser: aiohttp.ClientSession, language: str = "en") -> str:
    async with browser.get(f"{shop.url}/scenes?language={language}", headers={"Accept": "text/html"}) as answer:
        assert answer.status == 200
        return await answer.text()


async def press(shop: Shop, browser: aiohttp.ClientSession, **form: str) -> tuple[int, str]:
    url, headers = f"{shop.url}/scenes", shop.origin | {"Accept": "text/html"}
    async with browser.post(url, data=form, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def call(
    shop: Shop, browser: aiohttp.ClientSession, method: str, path: str, body: Any = None
) -> tuple[int, dict[str, Any]]:
    async with browser.request(method, f"{shop.url}{path}", json=body, headers=shop.origin) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_a_store_without_documents_says_so(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        text = await page(shop, browser)
    assert "Headquarters has sent no scenes yet." in text
    assert "Not known" in text


async def test_a_thumb_chooses_a_scene_and_takes_it_back(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await adopt(shop, "scenes", SCENES)
        assert (await press(shop, browser, do="choose lively", minutes="30"))[0] == 303
        text = await page(shop, browser)
        assert "Chosen by this machine" in text
        assert "light/power = &lt;true&gt;" in text
        assert "周末活力" in await page(shop, browser, "zh")
        assert (await press(shop, browser, do="cancel"))[0] == 303
        status, text = await press(shop, browser, do="cancel")
        assert (status, "没有人手动选择过场景，无需取消。" in text) == (409, True)
        await page(shop, browser, "en")
        assert (await press(shop, browser, do="dance"))[0] == 400
        assert (await press(shop, browser, do="choose lively", minutes="9" * 10_000))[0] == 303, "no number: an hour"
        assert (await press(shop, browser, do="choose lively", minutes="99999"))[0] == 409


async def test_a_thumb_closes_and_opens_the_store(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await adopt(shop, "calendar", CALENDAR)
        assert (await press(shop, browser, do="close"))[0] == 303
        text = await page(shop, browser)
        assert "Closed" in text
        assert "Set by this machine" in text
        assert (await press(shop, browser, do="open", minutes="10"))[0] == 303
        assert (await call(shop, browser, "GET", "/api/scenes"))[1]["store"]["open"] is True
        assert (await press(shop, browser, do="by-hours"))[0] == 303
        assert (await call(shop, browser, "GET", "/api/scenes"))[1]["store"]["open"] is False


async def test_the_page_says_why_in_words(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await adopt(shop, "scenes", SCENES)
        await adopt(shop, "calendar", ALWAYS)
        await shop.view.desk.decide(look, place="clock", asked="calendar")
        text = await page(shop, browser)
        assert "Campaign Anniversary" in text
        assert "By the calendar: opening" in text
        assert "营销活动 店庆" in await page(shop, browser, "zh")


async def test_a_program_does_the_same(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await adopt(shop, "scenes", SCENES)
        status, shown = await call(shop, browser, "POST", "/api/scenes/lively", {"minutes": 5})
        assert (status, shown["scene"], shown["trigger"]) == (200, "lively", "manual")
        assert shown["result"] == [
            {"device": "lamp-1", "property": "light/power", "value": "<true>", "state": "commanded", "detail": ""}
        ]
        assert (await call(shop, browser, "DELETE", "/api/scenes"))[1]["scene"] == "night"
        status, shown = await call(shop, browser, "POST", "/api/store", {"state": "open", "minutes": 5})
        assert (status, shown["store"]["open"], shown["store"]["overridden"]) == (200, True, True)
        status, problem = await call(shop, browser, "DELETE", "/api/store")
        assert (status, problem["type"]) == (409, "urn:storebox:problem:no-calendar")


WRONG_CALLS: tuple[tuple[str, Any, tuple[int, str]], ...] = (
    ("/api/scenes/disco", {}, (409, "unknown-scene")),
    ("/api/scenes/lively", {"minutes": 0}, (409, "bad-minutes")),
    ("/api/scenes/lively", {"hours": 1}, (400, "bad-body")),
    ("/api/store", {"state": "ajar"}, (400, "bad-body")),
)


async def test_a_wrong_call_is_refused(opens: Opens) -> None:
    async with opens() as shop, aiohttp.ClientSession() as browser:
        await adopt(shop, "scenes", SCENES)
        for path, body, refused in WRONG_CALLS:
            status, problem = await call(shop, browser, "POST", path, body)
            assert (status, problem["type"]) == (refused[0], f"urn:storebox:problem:{refused[1]}")
