"""The shoppers of the simulated day whom headquarters knows: they show codes, coupons and points, and bring goods back.

What each step is worth is reckoned here; the box, and in the evening the cloud, must come to the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from edge.demo.books import Books
from edge.demo.loyalty import EARNED_PER_MINOR, OFF_MINOR, POINTS, SPENT_MINOR, WORTH_MINOR, Loyalty, later
from edge.demo.stage import Stage, StageBroken, until

PATIENCE_S = 120.0
MOST_CODES = 100
"""One-time codes that one shopper shows: each lasts a moment of the fast clock, and the box may be away or busy."""

UNKNOWN_SHARE, ONE_TIME_SHARE = 0.2, 0.5
COUPON_SHARE, POINTS_SHARE = 0.5, 0.4
WHOLE_SHARE, PART_SHARE = 0.1, 0.1


@dataclass(slots=True, kw_only=True)
class Basket:
    """One order at the till: ``off_minor`` by a coupon, ``worth_minor`` of points. ``piece_minor``: one piece of line 1."""

    order: str
    total_minor: int
    piece_minor: int | None
    named: bool = False
    off_minor: int = 0
    worth_minor: int = 0

    @property
    def due_minor(self) -> int:
        """What the shopper pays."""
        return self.total_minor - self.off_minor - self.worth_minor

    @property
    def earns(self) -> int:
        """The points for it."""
        return self.due_minor // EARNED_PER_MINOR if self.named else 0


@dataclass(slots=True, kw_only=True)
class Regulars:
    """Those at one till. ``now`` is the clock of the shop, by which phones make their codes."""

    shop: Stage
    till: str
    loyalty: Loyalty
    random: Random
    now: Callable[[], datetime]
    books: Books = field(default_factory=Books)

    async def before_paying(self, basket: Basket) -> None:
        """Show who one is, a coupon where it fits, and points."""
        verified = await self._name(basket)
        if basket.total_minor >= SPENT_MINOR and self.random.random() < COUPON_SHARE:
            await self._show_coupon(basket)
        if verified and basket.due_minor > WORTH_MINOR and self.random.random() < POINTS_SHARE:
            await self._choose_points(basket)

    def paid(self, basket: Basket) -> None:
        """Write the payment down."""
        self.books.earned += basket.earns
        if basket.off_minor:
            self.books.coupons += 1
            self.books.coupons_minor += basket.off_minor
        if basket.worth_minor:
            self.books.spent += POINTS

    async def maybe_bring_back(self, basket: Basket, tender: str) -> None:
        """All of it, or a piece of what was bought without coupon and points."""
        lot = self.random.random()
        if lot < WHOLE_SHARE:
            await self._bring_all_back(basket, tender)
        elif lot < WHOLE_SHARE + PART_SHARE and basket.piece_minor is not None and basket.due_minor == basket.total_minor:
            await self._order("refund 1 1")
            self.books.refunds += 1
            self.books.given_back[tender] += basket.piece_minor
            self.books.reversed += basket.earns * basket.piece_minor // basket.total_minor

    async def _bring_all_back(self, basket: Basket, tender: str) -> None:
        await self._order("refund")
        self.books.refunds += 1
        self.books.given_back[tender] += basket.due_minor
        self.books.reversed += basket.earns
        if basket.off_minor:
            self.books.coupons_back += 1
            self.books.coupons_back_minor += basket.off_minor
        if basket.worth_minor:
            self.books.returned += POINTS

    async def _name(self, basket: Basket) -> bool:
        """Whether headquarters' own name of the member is on the order."""
        basket.named = True
        if self.random.random() < UNKNOWN_SHARE:
            await self._order(f"member M{self.random.randint(10_000_000, 99_999_999)}")
            self.books.members += 1
            return False
        member = self.random.choice(self.loyalty.members)
        if self.random.random() < ONE_TIME_SHARE:
            await self._show_phone(member.one_time_code)
            self.books.verified["dynamic"] += 1
        else:
            await self._order(f"member {member.code}")
            self.books.verified["code"] += 1
        self.books.members += 1
        return True

    async def _show_phone(self, code: Callable[[datetime], str]) -> None:
        """Show codes until one is taken: one that comes early or late, or was just used, is refused."""
        ahead = timedelta()
        for _ in range(MOST_CODES):
            await self.shop.simulators[self.till].is_answered(deadline_s=PATIENCE_S)
            shown = self.now()
            if await self._answered(f"member {code(shown + ahead)}"):
                return
            ahead = later(ahead, self.now() - shown)
            await asyncio.sleep(0.2)
        raise StageBroken(f"the box takes no one-time code at {self.till}:\n{self.shop.box.said()}")

    async def _show_coupon(self, basket: Basket) -> None:
        code, path = self.loyalty.coupon(), f"{self._of(basket)}/coupons"

        async def is_on() -> bool:
            return bool(await self.shop.ask(path)) or await self._took(path, {"code": code})

        await self._until(is_on)
        basket.off_minor = OFF_MINOR

    async def _choose_points(self, basket: Basket) -> None:
        await self._until(partial(self._took, f"{self._of(basket)}/points", {"points": POINTS}))
        basket.worth_minor = WORTH_MINOR

    async def _took(self, path: str, body: dict[str, object]) -> bool:
        """Whether the box took it; what it refuses is a mistake of ours or of the box."""
        answer = await self.shop.post(path, body)
        if answer is None or answer[0] >= 500:
            return False
        if answer[0] != 200:
            raise StageBroken(f"the box refuses {path}: {answer[1]}")
        return True

    async def _until(self, holds: Callable[[], Any]) -> None:
        """What the till has said of the order must be on the disk before a screen adds to it."""
        async with asyncio.timeout(PATIENCE_S):
            await self.shop.simulators[self.till].is_answered(deadline_s=PATIENCE_S)
            await until(holds)

    async def _answered(self, words: str) -> bool:
        """Whether the box takes what the till, which waits for no answer, is told to say."""
        till = self.shop.simulators[self.till]
        before = {told["id"] for told in till.all("sent")}

        def of_now(line: dict[str, Any]) -> bool:
            told = line.get("acked") or line.get("refused")
            return told is not None and told["id"] not in before and (told["ok"] or not told["retry"])

        await till.order(words)
        answer = await till.says(of_now, deadline_s=PATIENCE_S)
        return "acked" in answer

    async def _order(self, words: str) -> None:
        await self.shop.simulators[self.till].order(words)

    def _of(self, basket: Basket) -> str:
        return f"/api/tills/{self.till}/orders/{basket.order}"
