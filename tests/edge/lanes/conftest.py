"""A lane of a shop with its order, and whoever is asked for money there: it answers what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.schema import Lane
from drivers.commands import Answer, AnyCommand
from edge.asking import Asker
from edge.shop.lanes.events import LaneBegun
from edge.shop.lanes.lane import LaneState, lane_state
from edge.shop.lanes.payment_events import LaneResumed
from edge.shop.orders.events import ItemAdded, OrderOpened
from edge.shop.registry import EVENTS
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from sync.entries import Entry, Limits, Recorded, Stamp
from sync.events import EventClass, Registry
from sync.journal import Journal
from tests.tables import SHOP_TABLES, tables_in

ORDER: dict[str, Any] = {"till": "sco-1", "order": "1", "business_day": "2026-03-01"}
MIB = 1024 * 1024
SHOP = Shop(
    timezone="Asia/Shanghai",
    day_starts_at=time(4),
    currency="CNY",
    member_key=b"k" * 32,
    lanes={"sco-1": Lane(terminal="terminal-1")},
)


@dataclass
class Terminal:
    """Answers what it is told to, when it is let."""

    answer: Answer
    let: asyncio.Event = field(default_factory=asyncio.Event)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[tuple[str, AnyCommand, Asker]] = field(default_factory=list)

    async def ask(self, device: str, command: AnyCommand, asker: Asker) -> Answer:
        self.asked.append((device, command, asker))
        self.heard.set()
        await self.let.wait()
        return self.answer


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[ShopDesk]:
    """A shop whose lane has one line of 6.50 on its order."""
    journal = Journal(
        tables_in(tmp_path / "journal.db"),
        limits=Limits(quota_bytes=64 * MIB, ballast_bytes=MIB, keep_sent=timedelta(days=1), keep_receipts=timedelta(days=1)),
        registry=Registry(EVENTS),
        migrations=SHOP_TABLES,
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
    async with journal:
        events = (
            LaneBegun(lane="sco-1", order="1", bag_grams=0),
            OrderOpened(lane="sco-1", currency="CNY", **ORDER),
            ItemAdded(line=1, sku="milk", qty=1, price_minor=650, amount_minor=650, currency="CNY", price_version=1, **ORDER),
        )
        entry = Entry(decide=lambda _db: events, event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=1)
        assert isinstance(await journal.record(entry), Recorded)
        yield ShopDesk(journal=journal, shop=lambda: SHOP, now=lambda: datetime.now(UTC))


@dataclass
class Begun:
    """A journal that tells when ``look`` has looked for the first time: what is found later is not of a box that died."""

    journal: Journal
    look: Callable[..., Any]
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def query(self, ask: Callable[..., Any]) -> Any:
        answer = await self.journal.query(ask)
        if ask is self.look:
            self.begun.set()
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.journal, name)


@dataclass
class Late(Begun):
    """A journal whose second look at what ``look`` finds comes back when the ``task`` that the first one began is over."""

    task: str = ""
    let: asyncio.Event = field(default_factory=asyncio.Event)
    looked_again: asyncio.Event = field(default_factory=asyncio.Event)
    found: int = 0

    async def query(self, ask: Callable[..., Any]) -> Any:
        answer = await super().query(ask)
        if ask is self.look and self.found >= 2:
            self.looked_again.set()
        elif ask is self.look and answer:
            self.found += 1
            if self.found == 2:
                self.let.set()
                await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() == self.task])
        return answer


async def commit_something(desk: ShopDesk) -> None:
    """Have whoever waits for commits look."""
    entry = Entry(
        decide=lambda _db: (LaneResumed(lane="sco-1", order="1"),), event_class=EventClass.ORDER, at=desk.now(), monotonic_ms=1
    )
    assert isinstance(await desk.journal.record(entry), Recorded)


async def state(desk: ShopDesk) -> LaneState:
    return await desk.journal.query(lambda db: lane_state(db, "sco-1", SHOP))


async def until_settled(desk: ShopDesk) -> LaneState:
    """The lane, once its terminal is not waited for any more."""
    async with asyncio.timeout(60):
        seen = -1
        while True:
            seen = await desk.journal.watch(seen)
            now = await state(desk)
            if now.called == "payment" or now.billed_minor is None or now.open_order is None:
                return now
