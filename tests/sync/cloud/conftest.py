"""A box's journal, a real cloud (in this loop or as a process that can be killed), and lines and clouds that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from aiohttp import web

from sync.backoff import Backoff
from sync.claims import claim
from sync.cloud.publish import issue_code
from sync.cloud.server import serve
from sync.cloud_client import CloudClient
from sync.command_desk import CommandDesk
from sync.commands import CommandKind
from sync.document_events import SYNC_EVENTS
from sync.entries import Entry, Limits, Stamp
from sync.events import Event, EventClass, Registry
from sync.identity import Claim, IdentityFile, trust
from sync.journal import Journal
from sync.schema import JOURNAL_MIGRATIONS

PATIENCE_S = 60.0
CLOUD = """
import asyncio, sys
from sync.cloud.server import serve
asyncio.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3], ready=lambda address: print(address, flush=True)))
"""


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
        folder / "journal.db",
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


class CloudProcess:
    """The reference cloud as a process of its own."""

    def __init__(self, sink: Path) -> None:
        self.sink = sink
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def sink_url(self) -> str:
        return f"sqlite:///{self.sink}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-c", CLOUD, "127.0.0.1", str(self.port), self.sink_url]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        address = self._process.stdout.readline().strip()
        assert address, "the cloud did not start"
        self.port = int(address.rpartition(":")[2])

    def kill(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait(PATIENCE_S)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def rows(self, ask: str) -> list[Any]:
        with contextlib.closing(sqlite3.connect(self.sink)) as db:
            return db.execute(ask).fetchall()


@dataclass
class LocalCloud:
    """The reference cloud in this loop."""

    sink: Path
    url: str

    @property
    def sink_url(self) -> str:
        return f"sqlite:///{self.sink}"

    def rows(self, ask: str) -> list[Any]:
        with contextlib.closing(sqlite3.connect(self.sink)) as db:
            return db.execute(ask).fetchall()


class CutLine:
    """A TCP line to the cloud that swallows every ``lose_every``-th answer and drops the connection with it."""

    def __init__(self, port: int, *, lose_every: int = 0) -> None:
        self._port = port
        self._lose_every = lose_every
        self.url = ""
        self.answers = 0
        self.lost = 0

    async def run(self) -> None:
        calls = asyncio.TaskGroup()

        def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            calls.create_task(self._carry(reader, writer), name="call")

        # The server is closed when every call is over: from Python 3.12 on it waits for them.
        async with await asyncio.start_server(carry, "127.0.0.1", 0) as server, calls:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            await asyncio.Event().wait()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            async with asyncio.TaskGroup() as ways:
                up = ways.create_task(self._requests(reader, far_writer), name="up")
                with contextlib.suppress(OSError):
                    await self._answers(far_reader, writer)
                up.cancel()
        finally:
            for end in (writer, far_writer):
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()

    async def _requests(self, reader: asyncio.StreamReader, far: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while content := await reader.read(65536):
                far.write(content)

    async def _answers(self, far: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while content := await far.read(65536):
            self.answers += 1
            if self._lose_every and self.answers % self._lose_every == 0:
                self.lost += 1
                return
            writer.write(content)


Answering = Callable[[Any], Awaitable[web.StreamResponse]]


@dataclass
class OddCloud:
    """A cloud that answers as the test says: ``answer`` is set by the test, ``seen`` holds each request's body."""

    answer: Answering | None = None
    url: str = ""
    seen: list[bytes] = field(default_factory=list)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(await request.read())
        assert self.answer is not None
        return await self.answer(request)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path / "box") as opened:
        yield opened


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[LocalCloud]:
    sink = tmp_path / "cloud.db"
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve("127.0.0.1", 0, f"sqlite:///{sink}", ready=address.set_result), name="cloud")
    async with asyncio.timeout(PATIENCE_S):
        url = await address
    yield LocalCloud(sink=sink, url=url)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.fixture
async def client(cloud: LocalCloud) -> AsyncIterator[CloudClient]:
    async with CloudClient(cloud.url) as opened:
        yield opened


@pytest.fixture
async def joined(shop: Shop, cloud: LocalCloud, client: CloudClient) -> Shop:
    """A box that belongs to store ``s-1`` of ``cloud``."""
    await shop.join(client, cloud.sink_url)
    return shop


@pytest.fixture
def cloud_process(tmp_path: Path) -> Iterator[CloudProcess]:
    process = CloudProcess(tmp_path / "far-cloud.db")
    process.start()
    yield process
    process.kill()


@pytest.fixture
async def odd_cloud() -> AsyncIterator[OddCloud]:
    odd = OddCloud()
    runner = web.ServerRunner(web.Server(odd.handle, auto_decompress=False), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    odd.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield odd
    await runner.cleanup()
