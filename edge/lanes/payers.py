"""Who moves the money of a lane, a terminal or a gateway, is asked here, and what is decided of its answer is durable.

Without this a box that starts would ask before anybody is connected, and a full disk would make it forget money that was taken.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from drivers.commands import Answer, AnyCommand, Refused
from edge.asking import Asker
from edge.shop.part import Decision
from edge.shop_desk import ShopDesk
from sync.disk import JournalUnavailable

AGAIN_S = 1.0
OPENS_WITHIN_S = 120.0
"""How long a payer that is not connected after a start is waited for, before people are told."""

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payers:
    """``asking`` asks a device and keeps the audit (edge.asking.Asking.ask)."""

    desk: ShopDesk
    asking: Callable[[str, AnyCommand, Asker], Awaitable[Answer]]
    again_s: float = AGAIN_S
    opens_within_s: float = OPENS_WITHIN_S

    async def ask(self, payer: str, command: AnyCommand, by: str) -> Answer:
        """What ``payer`` answers, now."""
        return await self.asking(payer, command, Asker(by=by, origin="page"))

    async def ask_when_connected(self, payer: str, command: AnyCommand, by: str) -> Answer:
        """The same, once something of it reaches ``payer``: after a start it is not connected yet."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + self.opens_within_s
        while True:
            answer = await self.ask(payer, command, by)
            if not (isinstance(answer, Refused) and answer.unheard) or loop.time() >= ends:
                return answer
            await asyncio.sleep(self.again_s)

    async def read(self, ask: Callable[[sqlite3.Connection], Found]) -> Found:
        """What ``ask`` finds, however long the journal cannot be read."""
        while True:
            try:
                return await self.desk.journal.query(ask)
            except JournalUnavailable:
                await asyncio.sleep(self.again_s)

    async def write_down(self, decision: Decision, place: str, asked: str) -> None:
        """Durable on return, however long the disk refuses: money that was moved is not forgotten."""
        while True:
            try:
                await self.desk.decide(decision, place=place, asked=asked)
            except JournalUnavailable:
                await asyncio.sleep(self.again_s)
            else:
                return
