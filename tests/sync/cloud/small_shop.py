"""A box that sells: its identity, its journal, and the tasks that a test, or a process that will be killed, runs on it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from sync.backoff import Backoff
from sync.claims import claim
from sync.cloud.publish import issue_code
from sync.cloud_client import CloudClient
from sync.command_desk import CommandDesk
from sync.commands import CommandKind
from sync.document_events import SYNC_EVENTS
from sync.entries import Entry, Limits, Stamp
from sync.events import Event, EventClass, Registry
from sync.identity import Claim, IdentityFile, trust
from sync.journal import Journal
from sync.schema import JOURNAL_MIGRATIONS
from tests.tables import tables_in

PATIENCE_S = 60.0


class Sold(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "storebox.test.sold"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    number: int
    note: str = ""

    def subject(self) -> str:
        return f"order-{self.number}"

    def day(self) -> str:
        return "2026-03-01"


class Joined(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "storebox.test.joined"
    event_class: ClassVar[EventClass] = EventClass.MEMBER
    number: int


class Counted(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "storebox.test.counted"
    event_class: ClassVar[EventClass] = EventClass.TELEMETRY
    number: int


def entry(*events: Event, decide: Callable[[sqlite3.Connection], list[Event]] | None = None) -> Entry:
    """An entry that records ``events``."""
    return Entry(
        decide=decide or (lambda _db: list(events)),
        event_class=events[0].event_class if events else EventClass.ORDER,
        at=datetime.now(UTC),
        monotonic_ms=time.monotonic_ns() // 1_000_000,
    )


def quick() -> Backoff:
    """Waits that a test can bear."""
    return Backoff(first_s=0.01, ceiling_s=0.05)


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for what must happen."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            holds = condition()
            if holds if isinstance(holds, bool) else await holds:
                return
            await asyncio.sleep(0.01)


@dataclass
class Shop:
    """A box: its identity, its journal, the tasks that a test runs on it."""

    identity: IdentityFile
    journal: Journal
    folder: Path

    def claim(self) -> Claim | None:
        return self.identity.identity.claim

    @property
    def box(self) -> str:
        return self.identity.identity.box

    async def sell(self, count: int, *, note: str = "") -> None:
        told = [await self.journal.submit(entry(Sold(number=number, note=note))) for number in range(count)]
        await asyncio.gather(*told)

    async def states(self) -> dict[str, int]:
        rows = await self.journal.query(lambda db: db.execute("SELECT state, count(*) FROM events GROUP BY state").fetchall())
        return dict(rows)

    async def problems(self) -> list[str]:
        ask = "SELECT problem FROM events WHERE state = 'rejected' ORDER BY sequence"
        return [row[0] for row in await self.journal.query(lambda db: db.execute(ask).fetchall())]

    async def events(self, type_: type[Event]) -> list[Any]:
        ask = "SELECT data FROM events WHERE type = ? ORDER BY sequence"
        rows = await self.journal.query(lambda db: db.execute(ask, (type_.type,)).fetchall())
        return [msgspec.json.decode(row[0], type=type_) for row in rows]

    async def settled(self, count: int) -> None:
        """Wait until ``count`` events are not queued any more."""

        async def enough() -> bool:
            states = await self.states()
            return states.get("done", 0) + states.get("rejected", 0) >= count

        await until(enough)

    async def join(self, client: CloudClient, sink_url: str, store: str = "s-1") -> None:
        """Claim this box for ``store``."""
        code = await issue_code(sink_url, store)
        self.identity.keep_claim(await claim(client, code, self.identity.identity))


def command_desk(shop: Shop, *kinds: CommandKind) -> CommandDesk:
    """Where the commands of ``shop`` arrive."""
    return CommandDesk(shop.journal, kinds, box=shop.box, trust=lambda: trust(shop.claim(), None), clock=lambda: "synced")


def _identity(folder: Path) -> IdentityFile:
    folder.mkdir(exist_ok=True)
    return IdentityFile(folder)


@contextlib.asynccontextmanager
async def open_shop(folder: Path, *, quota_bytes: int = 256 << 20) -> AsyncIterator[Shop]:
    """A box in ``folder``; opened again, it is the same one."""
    identity = _identity(folder)
    journal = Journal(
        tables_in(folder / "journal.db", JOURNAL_MIGRATIONS),
        limits=Limits(
            quota_bytes=quota_bytes, ballast_bytes=1 << 20, keep_sent=timedelta(days=30), keep_receipts=timedelta(days=30)
        ),
        registry=Registry([Sold, Joined, Counted, *SYNC_EVENTS]),
        migrations=JOURNAL_MIGRATIONS,
        stamp=Stamp(box=identity.identity.box, boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
    async with journal:
        yield Shop(identity=identity, journal=journal, folder=folder)


@contextlib.asynccontextmanager
async def running(*jobs: Awaitable[Any]) -> AsyncIterator[None]:
    """Run ``jobs`` while inside; one that fails fails the test."""

    async def run(job: Awaitable[Any]) -> None:
        await job

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(job), name=f"job-{place}") for place, job in enumerate(jobs)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
