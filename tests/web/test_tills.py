"""Orders that tills post, from the HTTP request to the disk and back; driver, journal and web server are the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from config.schema import Plugged
from drivers.pos.till_http import DRIVER, HttpTillSettings
from edge.host.wall_clock import WallClock
from edge.intake import Intake
from edge.rules import rules
from edge.shop.shop import Shop as Floor
from edge.web import tills
from sync.letters import letters
from sync.outbox import latest
from sync.recorder import OTHER_CONTENT

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

OWN_KEY = "till-3/2026-11-21/42"
PLUGGED = {
    "till-3": Plugged(driver="till/http", settings=HttpTillSettings()),
    "till-4": Plugged(driver="till/mqtt", settings=HttpTillSettings()),
}
LINES = [{"code": "6901028075831", "qty": 2, "amount_minor": 1300}, {"code": "4011", "grams": 1234, "amount_minor": 985}]
ORDER: dict[str, Any] = {
    "sequence": 42,
    "business_day": "2026-11-21",
    "lines": LINES,
    "amount_minor": 2285,
    "tender": "cash",
    "member": "M-0077",
}


@asynccontextmanager
async def attended(shop: Shop) -> AsyncIterator[None]:
    """The till's driver, open and listened to as the box does it."""
    floor = Floor.from_settings(shop.view.settings, b"k" * 32)
    async with DRIVER.open("till-3", HttpTillSettings(), shop.view.wires) as device:
        intake = Intake(journal=shop.view.journal, rules=rules(floor, WallClock()), device=device)

        async def listen() -> None:
            async for reading in device.readings():
                await intake.take(reading)

        tasks = [asyncio.create_task(listen(), name="readings"), asyncio.create_task(intake.answer(), name="answers")]
        await asyncio.sleep(0)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def shop_with_a_till(opens: Opens) -> AsyncIterator[tuple[Shop, dict[str, str]]]:
    async with opens(plugged=PLUGGED) as shop, attended(shop):
        yield shop, await shop.token("till-3", "device")


async def post(
    shop: Shop, browser: aiohttp.ClientSession, body: Any, headers: dict[str, str], till: str = "till-3"
) -> tuple[int, Any, dict[str, str]]:
    how = {"data": body} if isinstance(body, bytes) else {"json": body}
    async with browser.post(f"{shop.url}/api/till/{till}/orders", headers=headers, **how) as answer:
        return answer.status, await answer.json(content_type=None), dict(answer.headers)


async def test_an_order_is_on_the_disk_when_it_is_answered_and_once_only(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with shop_with_a_till(opens) as (shop, token):
        key = {"Idempotency-Key": OWN_KEY}
        assert (await post(shop, browser, ORDER, token | key))[:2] == (200, {"recorded": True, "repeat": False})
        events = await shop.view.journal.query(partial(latest, limit=50))
        assert [event.envelope.type for event in reversed(events)] == [
            "storebox.order.opened",
            "storebox.item.added",
            "storebox.product.unknown",
            "storebox.item.added",
            "storebox.product.unknown",
            "storebox.member.identified",
            "storebox.order.paid",
            "storebox.order.completed",
        ]
        assert b"M-0077" not in b"".join(bytes(event.envelope.data) for event in events)
        again = await post(shop, browser, ORDER, token | {"Idempotency-Key": "Corner shop/till-3/2026-11-21/42"})
        assert again[:2] == (200, {"recorded": True, "repeat": True})
        assert len(await shop.view.journal.query(partial(latest, limit=50))) == 8


async def test_ten_tills_at_once_record_each_order_once(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with shop_with_a_till(opens) as (shop, token):
        orders = [{**ORDER, "sequence": number % 10} for number in range(30)]
        answers = await asyncio.gather(*(post(shop, browser, order, token) for order in orders))
        assert {status for status, _, _ in answers} == {200}
        assert sum(not body["repeat"] for _, body, _ in answers) == 10


async def test_two_orders_under_one_key_at_the_same_moment_are_one_order(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with shop_with_a_till(opens) as (shop, token):
        orders = [{**ORDER, "tender": tender} for tender in ("cash", "card", "cash", "card")]
        answers = await asyncio.gather(*(post(shop, browser, order, token) for order in orders))
        assert sorted(status for status, _, _ in answers) == [200, 200, 409, 409]
        events = await shop.view.journal.query(partial(latest, limit=50))
        assert sum(event.envelope.type == "storebox.order.paid" for event in events) == 1


async def test_what_cannot_be_is_final(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with shop_with_a_till(opens) as (shop, token):
        await post(shop, browser, ORDER, token)
        status, problem, _ = await post(shop, browser, {**ORDER, "tender": "card"}, token)
        assert (status, problem["detail"]) == (
            409,
            f"{OTHER_CONTENT}: every order of a business day needs its own sequence",
        )
        status, problem, _ = await post(shop, browser, {**ORDER, "sequence": 43, "amount_minor": 2000}, token)
        assert (status, problem["detail"]) == (
            422,
            "order 2026-11-21-43: its lines make 2285, but 2000 was paid: send every discount and rounding as a line of its own",
        )
        assert (problem["type"], problem["title"]) == (
            "urn:storebox:problem:order-refused",
            "The lines of order 2026-11-21-43 do not make what was paid. Please look at discounts and rounding.",
        )
        status, problem, _ = await post(shop, browser, b'{"sequence": 44', token)
        assert status == 422
        assert problem["detail"].startswith("event/order is not JSON: ")
        status, problem, _ = await post(shop, browser, b'{"x": ' + b"[" * 20_000, token | {"Idempotency-Key": OWN_KEY})
        assert (status, problem["detail"][:42]) == (422, "event/order: Object contains unknown field")
        status, problem, _ = await post(shop, browser, {**ORDER, "sequence": 45, "order": "2026-11-21-42"}, token)
        assert status == 422
        assert "is paid" in problem["detail"]
        assert problem["title"] == "Order 2026-11-21-42 is closed. Please begin a new one."
        set_aside = await shop.view.journal.query(partial(letters, limit=50))
        assert len(set_aside) == 5
        assert "M-0077" not in repr(set_aside)


async def test_a_key_that_is_not_the_orders_own_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with shop_with_a_till(opens) as (shop, token):
        for key in ("42", "till-3/2026-11-21/43", "till-4/2026-11-21/42", "a/b/till-3/2026-11-21/42", ""):
            status, problem, _ = await post(shop, browser, ORDER, token | {"Idempotency-Key": key})
            assert (status, problem["detail"]) == (
                400,
                f"Idempotency-Key must be {OWN_KEY} for this order, or that behind the store's name and a slash; or leave it out",
            ), key
        assert await shop.view.journal.query(partial(latest, limit=50)) == []


async def test_a_till_reports_its_own_orders_only(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with shop_with_a_till(opens) as (shop, token):
        status, problem, _ = await post(shop, browser, ORDER, token, till="till-9")
        assert (status, problem["detail"]) == (
            403,
            "this token is of till-3, which reports its own orders only: pair the till under the name 'till-9'",
        )
        status, problem, _ = await post(shop, browser, ORDER, await shop.token("till-4", "device"), till="till-4")
        assert (status, problem["detail"]) == (
            404,
            "no till that reports by HTTP is called 'till-4': add [device.till-4] with driver = \"till/http\" to the settings",
        )
        assert (await post(shop, browser, ORDER, await shop.token("till-3", "screen")))[0] == 403
        assert (await post(shop, browser, ORDER, {"Authorization": "Bearer nonsense"}))[0] == 401


async def test_a_till_that_is_not_open_or_not_recorded_is_told_to_come_again(
    opens: Opens, browser: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opens(plugged=PLUGGED) as shop:
        token = await shop.token("till-3", "device")
        status, problem, headers = await post(shop, browser, ORDER, token)
        assert (status, headers["Retry-After"], problem["detail"]) == (
            503,
            "5",
            "till-3 is not ready: send it again in a moment",
        )
        monkeypatch.setattr(tills, "RECORDED_WITHIN_MS", 50)
        async with shop.view.wires.post.slot("till-3"):
            status, problem, _ = await post(shop, browser, ORDER, token)
            assert (status, problem["detail"]) == (503, "not recorded within 50 ms: send it again under its id")


async def test_a_body_that_is_too_long_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with shop_with_a_till(opens) as (shop, token):
        status, problem, _ = await post(shop, browser, b" " * 70_000, token)
        assert (status, problem["detail"]) == (413, "the body is larger than 65536 bytes; send less")
