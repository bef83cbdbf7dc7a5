"""A box as a process, as systemd would start it: settings in, page and control socket out; and a cloud that hears everything."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import zstandard
from aiohttp import web

from sync.identity import Claim, IdentityFile
from tests.edge.box_process import BoxProcess
from tests.edge.model_headquarters import Headquarters, model_headquarters

EVENTUALLY_S = 60.0


@dataclass
class RunningBox:
    """``folder`` holds settings, data and logs; ``ask`` speaks over the control socket."""

    folder: Path
    process: BoxProcess
    web: str = "127.0.0.1:0"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    async def ask(self, path: str) -> Any:
        async with self._session() as session:
            return await _asked(session, path)

    async def until(self, path: str, holds: Callable[[Any], object]) -> Any:
        """The first answer to ``path`` for which ``holds``; the box gives no other sign to the outside."""
        answer = None
        try:
            async with asyncio.timeout(EVENTUALLY_S), self._session() as session:
                while (answer := await _asked(session, path)) is None or not holds(answer):
                    assert self.process.returncode is None, self.log
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{path} never held, last: {answer}\n{self.log}") from None
        return answer

    async def device(self, name: str, state: str) -> dict[str, Any]:
        """Wait until device ``name`` is in ``state``."""

        def found(devices: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return [each for each in devices if each["id"] == name and each["state"] == state]

        return found(await self.until("/api/devices", found))[0]

    async def alarm(self, name: str) -> str:
        """Wait until alarm ``name`` is up; its text."""
        return str((await self.until("/api/status", lambda status: name in status["alarms"]))["alarms"][name])

    async def ends(self) -> int:
        async with asyncio.timeout(EVENTUALLY_S):
            return await self.process.wait()

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession("http://box", connector=aiohttp.UnixConnector(str(self.folder / "run" / "control.sock")))

    def settings(self, text: str) -> None:
        """Write the settings file: ``text`` below the sections that keep this box inside its folder."""
        own = f'[box]\nname = "box-1"\ndata_dir = "{self.folder}/data"\nrun_dir = "{self.folder}/run"\n'
        own += f'[web]\nlisten = "{self.web}"\n'
        if "[journal]" not in text:
            own += "[journal]\nballast_mib = 1\n"  # a shop's disk has 32 to spare; a hundred boxes of tests would fill this one
        (self.folder / "storebox.toml").write_text(own + text, encoding="utf-8")


async def _asked(session: aiohttp.ClientSession, path: str) -> Any:
    try:
        async with session.get(path) as response:
            return await response.json(content_type=None)
    except aiohttp.ClientError:
        return None


RunBox = Callable[..., Any]


@asynccontextmanager
async def running_box(folder: Path, text: str, web: str, first: str, options: Sequence[str]) -> AsyncIterator[RunningBox]:
    (folder / "run").mkdir(parents=True, exist_ok=True)
    box = RunningBox(folder, None, web)  # type: ignore[arg-type]
    box.settings(text)
    box.process = BoxProcess(
        *("run", "--settings", str(folder / "storebox.toml"), *options),
        log=folder / "log",
        environ={**os.environ, "STATE_DIRECTORY": str(folder / "data"), "RUNTIME_DIRECTORY": str(folder / "run")},
        first=first,
    )
    try:
        yield box
    finally:
        if box.process.returncode is None:
            box.process.kill()
        await box.process.wait()


@pytest.fixture
def run_box(tmp_path: Path) -> RunBox:
    """``async with run_box("[device.scale-1]\\n…") as box:``; a second one in the same test finds the same folder.

    The Python code ``first`` runs in the box before anything else, for what no wire and no file can bring about; ``options``
    are added to its command line.
    """

    def run(
        text: str = "",
        folder: Path | None = None,
        web: str = "127.0.0.1:0",
        first: str = "",
        options: Sequence[str] = (),
    ) -> Awaitable[RunningBox]:
        return running_box(folder or tmp_path / "box", text, web, first, options)  # type: ignore[return-value]

    return run


TOKEN = "token-of-this-box"


def claimed(data_dir: Path) -> None:
    """Make the identity of a box that belongs to a store, so that it speaks with its cloud."""
    data_dir.mkdir(mode=0o700, parents=True)
    own = IdentityFile(data_dir)
    own.keep_claim(Claim(store="store-1", token=TOKEN, signing_key=own.identity.public_key()))


@dataclass
class FarCloud:
    """A cloud that takes every event and has no news; ``answer`` makes it answer otherwise. ``heard`` is every request."""

    url: str = ""
    answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]] | None = None
    heard: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Its line and headers as text, its path, and its body as it was sent."""
    events: list[dict[str, Any]] = field(default_factory=list)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        headers = "".join(f"{name}: {value}\n" for name, value in request.headers.items())
        self.heard.append((f"{request.method} {request.path_qs}\n{headers}", request.path, body))
        if self.answer is not None:
            return await self.answer(request)
        if request.path != "/v1/events":
            return web.json_response({"cursor": "", "documents": [], "commands": []})
        batch = msgspec.json.decode(zstandard.ZstdDecompressor().decompress(body))
        self.events += batch
        return web.json_response({"accepted": len(batch), "duplicates": 0, "rejected": []})


@asynccontextmanager
async def _listening_cloud() -> AsyncIterator[FarCloud]:
    far = FarCloud()
    runner = web.ServerRunner(web.Server(far.handle, auto_decompress=False), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    far.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield far
    await runner.cleanup()


@pytest.fixture
async def far_cloud() -> AsyncIterator[FarCloud]:
    """A cloud on a port of its own."""
    async with _listening_cloud() as far:
        yield far


@pytest.fixture
async def somebody_else() -> AsyncIterator[FarCloud]:
    """Another server, which the box was never told of."""
    async with _listening_cloud() as far:
        yield far


@pytest.fixture
async def headquarters(tmp_path: Path) -> AsyncIterator[Headquarters]:
    """One that names models."""
    async with model_headquarters(tmp_path) as found:
        yield found
