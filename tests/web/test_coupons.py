"""Coupons over HTTP: put on an order, declined with why, taken off, contested by headquarters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from config.schema import Lane
from edge.shop.orders.events import ItemAdded, OrderOpened
from edge.shop.promotions.coupon_document import adopt_coupons, parse_coupons
from edge.shop.promotions.events import CouponContested
from tests.shop.promotions.conftest import Signer, welcome

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

OF: dict[str, Any] = {"till": "till-1", "order": "17", "business_day": "2026-03-01"}
COUPONS = "tills/till-1/orders/17/coupons"


async def fill(shop: Shop, signer: Signer, *more: Any) -> None:
    """An open order of 13.00, and coupons."""
    rules = welcome(when_unsynced="accept")
    body = {"currency": "CNY", "keys": [{"x": signer.x, "classes": ["welcome"]}], "classes": [rules]}

    def decide(_moment: Any, _shop: Any, db: Any) -> tuple[Any, ...]:
        adopt_coupons(parse_coupons(msgspec.json.encode(body), "CNY"), 1, db)
        added = ItemAdded(**OF, line=1, sku="milk", qty=2, price_minor=650, amount_minor=1_300, currency="CNY", price_version=1)
        return (OrderOpened(**OF, lane=None, currency="CNY"), added, *more)

    await shop.view.desk.decide(decide, place="test", asked="test")


async def test_a_coupon_is_put_on_an_order_and_taken_off(opens: Opens, browser: aiohttp.ClientSession) -> None:
    signer = Signer()
    async with opens() as shop:
        await fill(shop, signer)
        url = f"{shop.url}/api/{COUPONS}"
        async with browser.post(url, json={"code": signer.code(expires=None)}, headers=shop.origin) as answer:
            assert answer.status == 200
            assert await answer.json() == {"coupon": signer.coupon(), "brings_minor": 100}
        async with browser.get(url) as answer:
            assert await answer.json() == [
                {"coupon": signer.coupon(), "state": "held", "name_zh": "新人券", "name_en": "Welcome"}
            ]
        async with browser.delete(f"{url}/{signer.coupon()}", headers=shop.origin) as answer:
            assert answer.status == 204
        async with browser.get(url) as answer:
            assert await answer.json() == []


async def test_a_declined_coupon_says_why(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        await fill(shop, Signer())
        url = f"{shop.url}/api/{COUPONS}"
        async with browser.post(url, json={"code": "NONE"}, headers=shop.origin) as answer:
            assert answer.status == 409
            assert (await answer.json())["type"] == "urn:storebox:problem:coupon-unknown"
        async with browser.post(url, json={"coupon": "NONE"}, headers=shop.origin) as answer:
            assert answer.status == 400
            assert (await answer.json())["detail"].startswith('send {"code": "SBC1:…"}: ')


async def test_staff_see_what_is_contested(opens: Opens, browser: aiohttp.ClientSession) -> None:
    contested = CouponContested(
        **OF,
        coupon="welcome-1",
        coupon_class="welcome",
        value_minor=100,
        other_store="s-2",
        other_at="2026-03-01T09:00:00.000Z",
        told_at="2026-03-01T10:00:00.000Z",
    )
    async with opens() as shop:
        await fill(shop, Signer(), contested)
        async with browser.get(f"{shop.url}/api/coupons/contested") as answer:
            assert await answer.json() == [
                {
                    "coupon": "welcome-1",
                    "till": "till-1",
                    "order": "17",
                    "value_minor": 100,
                    "other_store": "s-2",
                    "other_at": "2026-03-01T09:00:00.000Z",
                    "told_at": "2026-03-01T10:00:00.000Z",
                }
            ]


async def test_a_screen_touches_the_orders_of_its_own_till_only(opens: Opens, browser: aiohttp.ClientSession) -> None:
    signer = Signer()
    async with opens(lanes={"lane-1": Lane(till="till-1")}) as shop:
        await fill(shop, signer)
        url, body = f"{shop.url}/api/{COUPONS}", {"code": signer.code(expires=None)}
        other = await shop.token("lane-2")
        for method, address in (("POST", url), ("GET", url), ("DELETE", f"{url}/{signer.coupon()}")):
            async with browser.request(method, address, json=body, headers=other) as answer:
                assert answer.status == 403
                assert (await answer.json())["detail"] == (
                    "this screen is lane-2; pair it under the name of the till or lane whose orders it shows"
                )
        order = url.removesuffix("/coupons")
        for asked in ("points", "balance"):
            async with browser.post(f"{order}/{asked}", json={"points": 1}, headers=other) as answer:
                assert answer.status == 403
        async with browser.get(f"{order}/held", headers=other) as answer:
            assert answer.status == 403
        for name, status in (("till-1", 200), ("lane-1", 409)):
            async with browser.post(url, json=body, headers=await shop.token(name)) as answer:
                assert answer.status == status, await answer.text()
