"""What is seen is in a real journal when its minute is over, when the box stops, and after a disk was full."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import NoReturn

import msgspec
import pytest

from edge.shop.footfall.layouts import ZonesChanged
from edge.shop.registry import EVENTS, MIGRATIONS
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from edge.vision.layout import Layout
from edge.vision.tally import Tally
from edge.vision.words import CameraFigures, Crossed, Heated
from sync.entries import Entry, Happened, Limits, NotRecorded, Stamp
from sync.events import EventClass, Registry
from sync.journal import Journal
from sync.schema import JOURNAL_MIGRATIONS

MIB = 1 << 20
DEADLINE_S = 30
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SHOP = Shop(timezone="Asia/Shanghai", day_starts_at=time(4), currency="CNY", member_key=b"k" * 32)
IN = Crossed(camera="cam-1", line="door", direction="in", at_ns=0)
HEAT = Heated(camera="cam-1", grid="picture", columns=64, rows=36, cell_mm=0, cells=((7, 500),), at_ns=0)


@dataclass
class Clock:
    """A wall clock that a test turns."""

    at: datetime = AT

    def now(self) -> datetime:
        return self.at


@asynccontextmanager
async def opened(path: Path, quota_mib: int = 64) -> AsyncIterator[Journal]:
    async with Journal(
        path,
        limits=Limits(quota_bytes=quota_mib * MIB, ballast_bytes=MIB // 2, keep_sent=timedelta(1), keep_receipts=timedelta(1)),
        registry=Registry(EVENTS),
        migrations=(*JOURNAL_MIGRATIONS, *MIGRATIONS),
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    ) as journal:
        yield journal


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with opened(tmp_path / "journal.db") as journal:
        yield journal


def tally_of(journal: Journal, clock: Clock) -> Tally:
    return Tally(desk=ShopDesk(journal=journal, shop=lambda: SHOP, now=clock.now), look_s=0.01)


async def entered(journal: Journal) -> list[tuple[str, int]]:
    """The minutes that were told and how many came in, in the order in which they were."""
    kept = [row.envelope for row in reversed(await journal.latest(500))]
    told = [each for each in kept if each.type == "storebox.footfall.counted"]
    assert all(each.event_class is EventClass.TELEMETRY and each.business_day == "2026-11-21" for each in told)
    crossings = [msgspec.json.decode(each.data) for each in told]
    return [(each["minute"], each["in"]) for each in crossings]


async def see(journal: Journal, holds: Callable[[list[tuple[str, int]]], bool]) -> list[tuple[str, int]]:
    """What was told, once it ``holds``."""
    async with asyncio.timeout(DEADLINE_S):
        seen = journal.commits
        while not holds(told := await entered(journal)):
            seen = await journal.watch(seen)
    return told


async def test_a_minute_is_written_down_when_it_is_over(journal: Journal) -> None:
    clock = Clock()
    tally = tally_of(journal, clock)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(tally.run(), name="tally")
        tally.take(IN)
        tally.take(IN)
        clock.at += timedelta(minutes=1)
        assert await see(journal, bool) == [("2026-11-21T10:00Z", 2)]
        tally.take(IN)
        clock.at += timedelta(minutes=1)
        assert await see(journal, lambda told: len(told) > 1) == [("2026-11-21T10:00Z", 2), ("2026-11-21T10:01Z", 1)]
        running.cancel()


async def test_what_has_begun_is_written_down_when_the_eyes_close(journal: Journal) -> None:
    tally = tally_of(journal, Clock())

    async def eyes() -> NoReturn:
        tally.take(IN)
        tally.take(HEAT)
        tally.look({"cam-1": CameraFigures(pictures=5, processed=5, newest_ns=1)})
        raise ConnectionError("the process is gone")

    with pytest.raises(ConnectionError, match="the process is gone"):
        await tally.flush_after(eyes)
    assert await entered(journal) == [("2026-11-21T10:00Z", 1)]
    types = {row.envelope.type for row in await journal.latest(10)}
    assert types >= {"storebox.heat.mapped", "storebox.camera.watched"}
    await tally.flush_after(lambda: asyncio.sleep(0))
    assert await entered(journal) == [("2026-11-21T10:00Z", 1)], "and not again"


async def test_what_is_being_written_when_the_box_stops_is_told_once(journal: Journal) -> None:
    clock = Clock()
    tally = tally_of(journal, clock)
    for _ in range(20):
        tally.take(IN)
        clock.at += timedelta(minutes=1)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(tally.run(), name="tally")
        await see(journal, bool)
        running.cancel()
    await tally.flush()
    told = await entered(journal)
    assert sorted(told) == [(f"2026-11-21T10:{minute:02}Z", 1) for minute in range(20)]


async def test_a_full_disk_delays_counts_and_disturbs_nobody(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path / "journal.db", quota_mib=3) as journal:
        tally = tally_of(journal, clock)
        entry = Entry(
            decide=Happened(tuple(ZonesChanged(camera="cam", digest="d", by="x" * 1_000, layout=Layout()) for _ in range(50))),
            event_class=EventClass.ORDER,
            at=AT,
            monotonic_ms=1,
        )
        while not isinstance(await journal.record(entry), NotRecorded):
            pass
        tally.take(IN)
        clock.at += timedelta(minutes=1)
        tally.take(IN)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(tally.run(), name="tally")
            await tally.flush()
            assert await entered(journal) == []
            batch = await journal.pending(limit=500, max_bytes=MIB)
            await journal.settle(done=[envelope.sequence for envelope in batch], rejected=[])
            assert await see(journal, lambda told: len(told) > 1) == [("2026-11-21T10:00Z", 1), ("2026-11-21T10:01Z", 1)]
            running.cancel()
