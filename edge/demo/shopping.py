"""The shoppers of the demo: they fill baskets at the tills, weigh fruit, take goods off the shelf, and mostly pay.

A till knows the prices and works out its total by itself; the box must come to the same.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from edge.demo.regulars import Basket, Regulars
from edge.demo.scenery import CONFIG
from edge.demo.stage import Stage, until

PATIENCE_S = 120.0
LIFT_AGAIN_S = 15.0
VOID_SHARE = 0.12
MEMBER_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What the till knows of a product; ``price_minor`` is per piece or per kg."""

    code: str
    price_minor: int
    by_weight: bool


def stocked() -> tuple[Goods, ...]:
    """The demo's catalogue, as a till has it."""
    items = json.loads((CONFIG / "demo-catalogue.json").read_text(encoding="utf-8"))["items"]
    return tuple(Goods(code=item["codes"][0], price_minor=item["price_minor"], by_weight=item["unit"] == "kg") for item in items)


@dataclass(slots=True, kw_only=True)
class Lane:
    """One till with its scale. ``taken_minor`` is the money in the till's drawer."""

    shop: Stage
    till: str
    scale: str
    random: Random
    goods: tuple[Goods, ...] = field(default_factory=stocked)
    paid: int = 0
    voided: int = 0
    members: int = 0
    taken_minor: int = 0
    by_tender: Counter[str] = field(default_factory=Counter)
    regulars: Regulars | None = None

    async def serve(self, closing: asyncio.Event) -> None:
        """One shopper after the other until ``closing``; the last one is served to the end."""
        while not closing.is_set():
            await self.shopper()
            await asyncio.sleep(self.random.uniform(0.1, 0.5))

    async def shopper(self) -> None:
        """One shopper from the first item to the money, or to a change of mind."""
        till, basket = self.shop.simulators[self.till], await self._filled()
        if self.random.random() < MEMBER_SHARE:
            await self._named(basket)
        if self.random.random() < VOID_SHARE:
            await till.order("void changed his mind")
            self.voided += 1
            return
        tender = self.random.choice(["cash", "card", "code"])
        await till.order(f"pay {basket.due_minor} {tender}")
        self.paid += 1
        self.by_tender[tender] += basket.due_minor
        self.taken_minor += basket.due_minor
        if self.regulars is not None:
            self.regulars.paid(basket)
            await self.regulars.maybe_bring_back(basket, tender)

    async def _filled(self) -> Basket:
        """An order with its goods on it."""
        basket = Basket(order=await self._opened(), total_minor=0, piece_minor=None)
        for line in range(1, self.random.randint(2, 4)):
            goods = self.random.choice(self.goods)
            basket.total_minor += await self._item(goods, basket.order, line)
            if line == 1 and not goods.by_weight:
                basket.piece_minor = goods.price_minor
        return basket

    async def _named(self, basket: Basket) -> None:
        if self.regulars is not None:
            await self.regulars.before_paying(basket)
            return
        await self.shop.simulators[self.till].order(f"member M{self.random.randint(10_000_000, 99_999_999)}")
        self.members += 1

    async def _opened(self) -> str:
        """Open the next order; returns its number once the till has sent it."""
        till, before = self.shop.simulators[self.till], self._orders()
        await till.order("open")
        await till.shows(lambda: self._orders() > before, deadline_s=PATIENCE_S)
        return (self._orders() - before).pop()

    def _orders(self) -> set[str]:
        return {told["order"] for told in self.shop.simulators[self.till].all("sent") if told.get("kind") == "opened"}

    async def _item(self, goods: Goods, order: str, line: int) -> int:
        """One line of the order; returns what it costs in minor units."""
        till = self.shop.simulators[self.till]
        if goods.by_weight:
            return await self._weighed(goods, order, line)
        qty = self.random.randint(1, 3)
        await till.order(f"item {goods.code} {qty}")
        return qty * goods.price_minor

    async def _weighed(self, goods: Goods, order: str, line: int) -> int:
        """Weigh until the line is on the order: a pan that the box never saw empty must be cleared once more."""
        grams, scale = self.random.randint(12, 240) * 5, self.shop.simulators[self.scale]
        await self.shop.simulators[self.till].order(f"weigh {goods.code}")
        sold = False
        while not sold:
            await scale.order(f"put {grams}")
            sold = await self._until("/api/events?limit=500", partial(_has_line, order, line), LIFT_AGAIN_S)
            await scale.order("take")
            if not await self._until("/api/devices", self._is_empty, PATIENCE_S):
                raise TimeoutError(f"{self.scale} was not empty within {PATIENCE_S:.0f} s")
        return (goods.price_minor * grams * 2 + 1000) // 2000  # half a fen is rounded up

    async def _until(self, path: str, holds: Callable[[Any], bool], seconds: float) -> bool:
        """Look at the box until it shows what the shopper waits for; it may be down for a while. False: not in time."""

        async def seen() -> bool:
            answer = await self.shop.ask(path)
            return answer is not None and holds(answer)

        try:
            async with asyncio.timeout(seconds):
                await until(seen)
        except TimeoutError:
            return False
        return True

    def _is_empty(self, devices: list[dict[str, Any]]) -> bool:
        empty = {"type": "weight", "grams": 0, "state": "stable"}
        return any(device["id"] == self.scale and device["reading"] == empty for device in devices)


def _has_line(order: str, line: int, events: list[dict[str, Any]]) -> bool:
    added = (event["data"] for event in events if event["type"] == "storebox.item.added")
    return any((data["order"], data["line"]) == (order, line) for data in added)


async def browse(shop: Stage, random: Random, closing: asyncio.Event) -> None:
    """Hands at the shelf: take one or two pieces, now and then put one back."""
    shelf = shop.simulators["shelf-1"]
    slots = shop.settings.device["shelf-1"].settings.slots
    while not closing.is_set():
        slot, goods = random.choice(sorted(slots.items()))
        pieces = random.randint(1, 2)
        await shelf.order(f"{random.choices(['pick', 'put'], [3, 1])[0]} {slot} {pieces * goods.unit_grams}")
        await asyncio.sleep(random.uniform(1.5, 3.0))
