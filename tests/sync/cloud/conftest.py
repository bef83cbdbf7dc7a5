"""A box's journal, a real cloud (in this loop or as a process that can be killed), and lines and clouds that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sync.cloud.server import serve
from sync.cloud_client import CloudClient
from tests.forked import Forked
from tests.sync.cloud.processes import serve_until_killed
from tests.sync.cloud.small_shop import PATIENCE_S, Shop, open_shop


class CloudProcess:
    """The reference cloud as a process of its own."""

    def __init__(self, sink: Path) -> None:
        self.sink = sink
        self.port = 0
        self._process: Forked | None = None

    @property
    def sink_url(self) -> str:
        return f"sqlite:///{self.sink}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = Forked(serve_until_killed, "127.0.0.1", self.port, self.sink_url)
        address = self._process.said.readline().strip()
        assert address, "the cloud did not start"
        self.port = int(address.rpartition(":")[2])

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.said.close()
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
