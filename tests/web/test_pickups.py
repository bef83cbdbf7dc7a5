"""Staff see the pickup orders and take each step, on the page and by programs; a wrong code counts, and nothing of it is kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest

from edge.shop.moment import Moment
from edge.shop.pickups.codes import code_hash
from edge.shop.pickups.document import adopt_pickups, parse_pickups
from edge.shop.pickups.events import PickupLate
from edge.shop.pickups.news import NEWS
from edge.shop.pickups.steps import ready
from edge.shop.stock.levels import change_stock
from edge.web.late_pickups import LatePickups
from edge.web.words import load_words
from sync.outbox import latest

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop


def wanted(order: str = "P-1", **more: Any) -> dict[str, Any]:
    return {"order": order, "items": [{"sku": "milk", "qty": 2}], "code_hash": code_hash(order, "482913")} | more


async def announce(shop: Shop, *orders: dict[str, Any], stock: int = 5) -> None:
    """Headquarters' list is adopted, and the shop takes it up."""
    body = parse_pickups(msgspec.json.encode({"orders": orders}))
    await shop.view.desk.decide(lambda _moment, _shop, db: adopt_pickups(body, 1, db), place="test", asked="test")
    await shop.view.desk.decide(lambda _moment, _shop, db: (change_stock(db, "milk", stock, "delivery"),), place="", asked="")
    while await shop.view.journal.query(lambda db: NEWS.is_due(db, shop.view.desk.now(), shop.view.desk.shop())):
        await shop.view.desk.decide(NEWS.decide, place="clock", asked="test")


async def call(shop: Shop, browser: aiohttp.ClientSession, path: str, body: Any = None) -> tuple[int, Any]:
    async with browser.post(f"{shop.url}/api/pickups/{path}", json=body or {}, headers=shop.origin) as answer:
        return answer.status, await answer.json(content_type=None)


async def press(shop: Shop, browser: aiohttp.ClientSession, path: str, **form: str) -> tuple[int, str]:
    async with browser.post(f"{shop.url}/pickups/{path}", data=form, headers=shop.origin) as answer:
        return answer.status, await answer.text()


async def test_programs_take_an_order_to_the_customer(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await announce(shop, wanted())
        async with browser.get(f"{shop.url}/api/pickups") as answer:
            listed = await answer.json()
        (order,) = listed["waiting"]
        assert (order["order"], order["state"], order["tries_left"]) == ("P-1", "accepted", 5)
        assert order["items"] == [{"sku": "milk", "unit": "piece", "qty": 2, "name_zh": "", "name_en": ""}]
        assert (await call(shop, browser, "P-1/picked"))[1]["state"] == "picked"
        assert (await call(shop, browser, "P-1/ready"))[1]["state"] == "ready"
        status, problem = await call(shop, browser, "P-1/hand-over", {"code": "111111"})
        assert (status, problem["type"], problem["detail"]) == (
            409,
            "urn:storebox:problem:pickup-code-wrong",
            "that is not the code of P-1; 4 tries are left",
        )
        status, order = await call(shop, browser, "P-1/hand-over", {"code": "482 913"})
        assert (status, order["state"]) == (200, "handed-over")
        kept = b"".join(bytes(event.envelope.data) for event in await shop.view.journal.query(partial(latest, limit=50)))
        assert b"482913" not in kept.replace(b" ", b"")
        assert b"111111" not in kept


async def test_what_cannot_be_says_why(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await announce(shop, wanted(), wanted("P-2", items=[{"sku": "milk", "qty": 9}], priority=0))
        assert (await call(shop, browser, "P-1/juggle"))[0] == 404
        status, problem = await call(shop, browser, "P-2/accept")
        assert (status, problem["detail"]) == (409, "not enough in stock for P-2: milk 3/9")
        status, problem = await call(shop, browser, "P-1/hand-over", {"kode": "1"})
        assert (status, problem["detail"]) == (
            400,
            "the body is not what this address takes: Object contains unknown field `kode`",
        )
        assert (await call(shop, browser, "P-9/ready"))[1]["type"] == "urn:storebox:problem:unknown-pickup"


async def test_two_who_accept_at_once_share_no_bottle(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await announce(shop, wanted("P-1"), wanted("P-2"), stock=1)
        await shop.view.desk.decide(lambda _moment, _shop, db: (change_stock(db, "milk", 2, "delivery"),), place="", asked="")
        answers = await asyncio.gather(*(call(shop, browser, f"{order}/accept") for order in ("P-1", "P-2")))
        assert sorted(status for status, _ in answers) == [200, 409]
        async with browser.get(f"{shop.url}/api/stock") as answer:
            (milk,) = await answer.json()
        assert (milk["physical"], milk["reserved"], milk["available"]) == (3, 2, 1)


async def test_five_wrong_codes_need_a_technician(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await announce(shop, wanted())
        await call(shop, browser, "P-1/ready")
        for _ in range(5):
            await call(shop, browser, "P-1/hand-over", {"code": "1"})
        assert (await call(shop, browser, "P-1/hand-over", {"code": "482913"}))[1]["type"].endswith(":pickup-locked")
        assert (await call(shop, browser, "P-1/unlock"))[1]["tries_left"] == 5
        assert (await call(shop, browser, "P-9/unlock"))[0] == 409
        assert (await call(shop, browser, "P-1/hand-over", {"code": "482913"}))[0] == 200


async def test_a_screen_of_shoppers_sees_no_pickup_orders(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        token = await shop.token("lane-1", "screen")
        async with browser.get(f"{shop.url}/api/pickups", headers=token) as answer:
            assert answer.status == 403
        async with browser.post(f"{shop.url}/api/pickups/P-1/unlock", headers=token) as answer:
            assert answer.status == 403


@pytest.mark.parametrize(("language", "button", "wrong"), [("zh", "已备好", "取货码不对"), ("en", "Ready", "not the code")])
async def test_the_page_has_a_button_for_every_step(
    *, opens: Opens, browser: aiohttp.ClientSession, language: str, button: str, wrong: str
) -> None:
    async with opens(language=language) as shop:
        await announce(shop, wanted(delivery=True))
        async with browser.get(f"{shop.url}/pickups") as answer:
            page = await answer.text()
        assert answer.status == 200
        assert button in page
        assert 'action="/pickups/P-1/picked"' in page
        _, page = await press(shop, browser, "P-1/ready")
        assert 'name="courier"' in page
        status, page = await press(shop, browser, "P-1/hand-over", code="9", courier="c-77")
        assert status == 409
        assert wrong in page
        status, page = await press(shop, browser, "P-1/hand-over", code="482913", courier="c-77")
        assert status == 200
        assert 'action="/pickups/P-1/return"' in page


async def test_late_orders_are_an_alarm_until_they_are_ready(opens: Opens) -> None:
    async with opens() as shop:
        await announce(shop, wanted())
        alarm = LatePickups(journal=shop.view.journal, board=shop.view.board, words=load_words()["en"])
        await shop.record(PickupLate(order="P-1", late_at="2026-03-01T10:30:00.000Z", state="accepted"))
        await alarm.look()
        assert shop.view.board.alarms["pickups"] == "Pickup orders that are late: 1 (P-1). Open /pickups."
        await shop.view.desk.decide(ready("P-1", "wang"), place="test", asked="test")
        await alarm.look()
        assert "pickups" not in shop.view.board.alarms


async def test_a_decision_knows_the_boot_so_that_no_clock_fools_it(opens: Opens) -> None:
    async with opens() as shop:
        heard = []

        def listen(moment: Moment, _shop: object, _db: object) -> tuple[()]:
            heard.append(moment.boot)
            return ()

        await replace(shop.view.desk, boot="boot-7").decide(listen, place="test", asked="test")
        assert heard == ["boot-7"]
