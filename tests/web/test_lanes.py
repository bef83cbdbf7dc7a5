"""What screens, attendants and programs hear from the lanes and of orders, and who may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from drivers.commands import Abort, Charged
from tests.web.headquarters import hashed, members
from tests.web.self_checkout import SelfCheckout, self_checkout

if TYPE_CHECKING:
    import aiohttp

    from tests.web.conftest import Opens

AT = "/api/lanes/sco-1"
LAN = "0.0.0.0:8080"
MILK = "6901234567892"


async def ask(
    browser: aiohttp.ClientSession, lane: SelfCheckout, path: str, body: Any = None, *, method: str = "POST", **headers: str
) -> tuple[int, Any]:
    """The status and what was said."""
    url, data = f"{lane.shop.url}{path}", None if body is None else msgspec.json.encode(body)
    async with browser.request(method, url, data=data, headers=lane.shop.origin | headers, allow_redirects=False) as answer:
        content = await answer.read()
        return answer.status, msgspec.json.decode(content) if "json" in answer.content_type else content.decode()


async def stage(browser: aiohttp.ClientSession, lane: SelfCheckout, wanted: str) -> dict[str, Any]:
    """The screen, once it is in stage ``wanted``, as its stream tells it."""
    async with browser.get(f"{lane.shop.url}{AT}/stream") as answer:
        assert answer.content_type == "text/event-stream"
        async for line in answer.content:
            if line.startswith(b"data: "):
                told: dict[str, Any] = msgspec.json.decode(line[6:])
                if told["stage"] == wanted:
                    return told
    raise AssertionError("the stream ended")


async def test_a_program_sells_and_is_paid(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        status, told = await ask(browser, lane, f"{AT}/goods", {"code": MILK, "qty": 2})
        assert (status, told["stage"], told["due"]) == (200, "open", "¥25.00")
        await lane.weigh("scale-2", 2_060)
        lane.shop.asked.answer = Charged(amount_minor=2_500, receipt="0042")
        assert (await ask(browser, lane, f"{AT}/pay"))[0] == 200
        thanks = await stage(browser, lane, "thanks")
        assert (thanks["due"], thanks["order"]) == ("¥25.00", "1")
        status, order = await ask(browser, lane, "/api/orders/sco-1/1", method="GET")
        assert (status, order["stage"], order["total_minor"], order["lines"][0]["sku"]) == (200, "completed", 2_500, "milk")
        status, given = await ask(
            browser, lane, "/api/orders/sco-1/1/refunds", {"lines": [{"line": 1, "qty": 1}], "reason": "sour"}
        )
        assert (status, given["amount_minor"], given["whole"]) == (201, 1_250, False)
        status, given = await ask(browser, lane, "/api/orders/sco-1/1/refunds", {"reason": "sour", "refund": "r-2"})
        assert (status, given["refund"], given["amount_minor"], given["whole"]) == (201, "r-2", 1_250, True)
        status, refused = await ask(browser, lane, "/api/orders/sco-1/1/handover")
        assert (status, refused["type"]) == (409, "urn:storebox:problem:not-to-hand-over")


async def test_refusals_are_in_the_words_of_the_shopper(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        for language, words in (("en", "Please scan something first."), ("zh", "请先扫码")):
            status, told = await ask(browser, lane, f"{AT}/pay?language={language}")
            assert status == 409
            assert told["type"] == "urn:storebox:problem:lane-empty"
            assert words in told["detail"]
        status, told = await ask(browser, lane, f"{AT}/remove", {"line": 3})
        assert (status, told["type"]) == (409, "urn:storebox:problem:lane-empty")
        status, told = await ask(browser, lane, f"{AT}/leave")
        assert (status, told["type"]) == (409, "urn:storebox:problem:lane-empty")
        status, told = await ask(browser, lane, f"{AT}/goods", {"code": "no-such"})
        assert (status, told["type"]) == (409, "urn:storebox:problem:unknown-barcode")


async def test_the_bell_brings_an_attendant(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        status, told = await ask(browser, lane, f"{AT}/call")
        assert (status, told["stage"], told["called"]) == (200, "waiting", "Staff know that you are waiting.")
        status, told = await ask(browser, lane, f"{AT}/attend", {"verdict": "released"})
        assert (status, told["stage"]) == (200, "idle")
        status, told = await ask(browser, lane, f"{AT}/attend", {"verdict": "released"})
        assert (status, told["detail"]) == (409, "Nobody waits at lane sco-1.")


async def test_attendants_decide_on_a_page(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        await ask(browser, lane, f"{AT}/call")
        form = {"data": b"verdict=released", "headers": lane.shop.origin | {"Content-Type": "application/x-www-form-urlencoded"}}
        url = f"{lane.shop.url}/lanes/sco-1/attend"
        async with browser.post(url, allow_redirects=False, **form) as answer:  # type: ignore[arg-type]
            assert (answer.status, answer.headers["Location"]) == (303, "/lanes")
        async with browser.post(url, allow_redirects=False, **form) as answer:  # type: ignore[arg-type]
            assert answer.status == 409
            assert "Nobody waits at lane sco-1." in await answer.text()
        async with browser.post(url, data=b"verdict=maybe", headers=lane.shop.origin) as answer:
            assert answer.status == 400
            assert "verdict: Invalid enum value 'maybe'" in (await answer.json())["detail"]


async def test_a_member_sees_the_offers_that_have_not_ended(opens: Opens, browser: aiohttp.ClientSession) -> None:
    tea = {"zh": "茶买一送一", "en": "Tea: buy one, get one", "sku": "tea", "expires": "2099-01-01T00:00:00Z"}
    late = tea | {"en": "It has ended", "expires": "2020-01-01T00:00:00Z"}
    async with self_checkout(opens) as lane:
        one, other = ({"ref": f"m-{number}", "code": hashed("code", f"7700{number}")} for number in (1, 2))
        await members(lane.shop, members=[{**one, "offers": [tea, late]}, other])
        await ask(browser, lane, f"{AT}/goods", {"code": MILK, "qty": 1})
        for code, zh, en in (("77001", "茶买一送一", "Tea: buy one, get one"), ("77002", "", "")):
            await lane.show(code)
            for language, words in (("zh", zh), ("en", en)):
                _, told = await ask(browser, lane, f"{AT}?language={language}", method="GET")
                assert told["offers"] == ([words] if words else [])


async def test_the_terminal_is_asked_to_stop(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        assert (await ask(browser, lane, f"{AT}/stop"))[0] == 200
        ((device, command),) = lane.shop.asked.commands
        assert (device, type(command)) == ("terminal-1", Abort)


async def test_a_screen_works_its_own_lane_only(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens, listen=LAN) as lane:
        own, other = await lane.shop.token("sco-1"), await lane.shop.token("sco-2")
        assert (await ask(browser, lane, AT, method="GET", **own))[0] == 200
        status, told = await ask(browser, lane, AT, method="GET", **other)
        assert (status, told["detail"]) == (403, "this screen is sco-2; pair it under the name sco-1")
        for path in (f"{AT}/attend", "/api/orders/sco-1/1/refunds"):
            assert (await ask(browser, lane, path, {}, **own))[0] == 403


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/api/lanes/none", "no self-checkout lane is called 'none': add [lane.none] without a till to the settings"),
        ("/api/orders/sco-1/77", "this box has not heard of order '77' of 'sco-1'; it keeps the last 50,000"),
    ],
)
async def test_what_is_not_there_is_said(opens: Opens, browser: aiohttp.ClientSession, path: str, detail: str) -> None:
    async with self_checkout(opens) as lane:
        assert await ask(browser, lane, path, method="GET") == (
            404,
            {
                "type": f"urn:storebox:problem:{'unknown-lane' if 'lanes' in path else 'unknown-order'}",
                "title": "Not Found",
                "status": 404,
                "detail": detail,
            },
        )


async def test_only_so_many_screens_are_followed(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with self_checkout(opens) as lane:
        held = [await browser.get(f"{lane.shop.url}{AT}/stream") for _ in range(32)]
        status, told = await ask(browser, lane, f"{AT}/stream", method="GET")
        assert (status, told["detail"]) == (503, "32 lanes are open already")
        for each in held:
            each.close()
