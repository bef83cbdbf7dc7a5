"""Fingers that tap twice, and two people who do the same at the same moment: each thing happens once, the others are told."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import aiohttp

from drivers.commands import Charged
from edge.shop.pickups.codes import MOST_TRIES
from edge.shop.pickups.steps import ready
from tests.web.self_checkout import self_checkout
from tests.web.test_pickups import announce, wanted

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

TAPS = 6


async def at_once(shop: Shop, path: str, *bodies: Any) -> Counter[str]:
    """How often each answer came to ``bodies``, which are all sent before the first is answered."""
    async with aiohttp.ClientSession() as browser:

        async def ask(body: Any) -> str:
            async with browser.post(shop.url + path, json=body, headers=shop.origin) as answer:
                told = await answer.json(content_type=None)
                return "done" if answer.status < 300 else str(told["type"]).rpartition(":")[2]

        return Counter(await asyncio.gather(*(ask(body) for body in bodies)))


async def kinds(shop: Shop) -> Counter[str]:
    rows = await shop.view.journal.query(lambda db: db.execute("SELECT type FROM events").fetchall())
    return Counter(kind.removeprefix("storebox.") for (kind,) in rows)


async def test_an_order_is_billed_once_and_given_back_once(opens: Opens) -> None:
    async with self_checkout(opens) as lane:
        shop = lane.shop
        shop.asked.answer = Charged(amount_minor=1_250, receipt="0042")
        await lane.scan("6901234567892")
        await lane.weigh("scale-2", 1_030)
        paid = await at_once(shop, "/api/lanes/sco-1/pay", *[{}] * TAPS)
        assert paid["done"] == 1
        assert set(paid) <= {"done", "being-paid", "lane-empty"}
        seen = -1
        async with asyncio.timeout(30):
            while (await kinds(shop))["order.paid"] == 0:
                seen = await shop.view.journal.watch(seen)
        assert len(shop.asked.commands) == 1
        back = await at_once(shop, "/api/orders/sco-1/1/refunds", *[{"reason": "sour"}] * TAPS)
        assert back == {"done": 1, "refund-nothing-left": TAPS - 1}
        told = await kinds(shop)
        assert (told["lane.billed"], told["order.paid"], told["order.refunded"], told["receipt.issued"]) == (1, 1, 1, 1)


async def test_a_line_is_taken_off_once_and_the_bell_rings_once(opens: Opens) -> None:
    async with self_checkout(opens) as lane:
        await lane.scan("6901234567892")
        assert await at_once(lane.shop, "/api/lanes/sco-1/remove", *[{"line": 1}] * TAPS) == {
            "done": 1,
            "line-taken-off": TAPS - 1,
        }
        await at_once(lane.shop, "/api/lanes/sco-1/call", *[{}] * TAPS)
        attended = await at_once(lane.shop, "/api/lanes/sco-1/attend", *[{"verdict": "released"}] * TAPS)
        assert attended == {"done": 1, "nobody-called": TAPS - 1}
        assert (await kinds(lane.shop))["lane.called"] == 1


async def test_the_last_piece_is_promised_to_one_and_handed_over_once(opens: Opens) -> None:
    async with opens() as shop:
        await announce(shop, wanted("P-1"), wanted("P-2"), stock=3)
        states = await shop.view.journal.query(lambda db: db.execute("SELECT order_id, state FROM pickups").fetchall())
        assert sorted(state for _, state in states) == ["accepted", "refused"]
        (order,) = [order for order, state in states if state == "accepted"]
        await shop.view.desk.decide(ready(order, "ann"), place="test", asked="test")
        handed = await at_once(shop, f"/api/pickups/{order}/hand-over", *[{"code": "482913"}] * TAPS)
        assert handed == {"done": 1, "pickup-is-handed-over": TAPS - 1}
        async with aiohttp.ClientSession() as browser, browser.get(f"{shop.url}/api/stock") as answer:
            (milk,) = await answer.json()
        assert (milk["physical"], milk["reserved"], milk["available"]) == (1, 0, 1)


async def test_codes_that_are_guessed_at_once_are_counted_one_by_one(opens: Opens) -> None:
    async with opens() as shop:
        await announce(shop, wanted("P-1"))
        await shop.view.desk.decide(ready("P-1", "ann"), place="test", asked="test")
        guesses = [{"code": f"00000{n}"} for n in range(3 * MOST_TRIES)]
        told = await at_once(shop, "/api/pickups/P-1/hand-over", *guesses)
        assert told == {"pickup-code-wrong": MOST_TRIES, "pickup-locked": 2 * MOST_TRIES}
        assert await at_once(shop, "/api/pickups/P-1/hand-over", {"code": "482913"}) == {"pickup-locked": 1}
