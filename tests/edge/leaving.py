"""All that leaves a box or lies in it: what every route answers, MQTT on the wire, what the cloud is sent, tables, files, memory.

For tests that look for what must not be there.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from io import FileIO
from itertools import groupby
from mmap import PAGESIZE
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import zstandard

from tests.edge.conftest import TOKEN

if TYPE_CHECKING:
    from tests.edge.conftest import FarCloud, RunningBox

ROW = re.compile(r"^\| (`(?:GET|POST|PUT|DELETE) .*?) \| \w+ \|", re.MULTILINE)
ADDRESS = re.compile(r"`(GET|POST|PUT|DELETE) ([^`?]+)[^`]*`")
DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
NAMES = {"camera": "cam-1", "till": "till-1", "kind": "catalogue", "request": "face-1"}
IDS = {"lane": "sco-1", "lanes": "sco-1", "devices": "cam-1"}
AT_ONCE = 8
ANSWERS_WITHIN_S = 60.0
LISTENS_S = 3.0
"""To a stream, which never ends."""


class Tap:
    """Between the box and its broker: what the box says, as it goes over the wire."""

    def __init__(self, port: int) -> None:
        self._port, self.heard = port, bytearray()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """The port for the box."""
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)

        async def back() -> None:
            with suppress(ConnectionError):
                while data := await far_reader.read(65_536):
                    writer.write(data)
            writer.close()

        returning = asyncio.ensure_future(back())
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                self.heard += data
                far_writer.write(data)
        far_writer.close()
        await returning


async def every_answer(box: RunningBox, member_ref: str) -> dict[str, bytes]:
    """What every route of the document says to whoever may ask everything; GET before what changes anything."""
    names = NAMES | {"ref": member_ref}
    routes = [address for addresses in ROW.findall(DOCUMENT.read_text()) for address in ADDRESS.findall(addresses)]
    assert len(routes) > 150
    heard: dict[str, bytearray] = {}
    turns = asyncio.Semaphore(AT_ONCE)
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))

    async def ask(session: aiohttp.ClientSession, method: str, path: str) -> None:
        of = IDS.get(path.removeprefix("/api").split("/")[1], "kiosk-1")
        address = re.sub(r"{(\w+)}", lambda place: names.get(place[1], of), path)
        seconds = LISTENS_S if path.endswith("/stream") else ANSWERS_WITHIN_S
        told: dict[str, str] | None = None if method == "GET" else {}
        async with turns, session.request(method, address, json=told) as answer:
            body = heard[f"{method} {address}"] = bytearray(str(answer.headers).encode())
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    async for chunk in answer.content.iter_any():
                        body += chunk

    async with aiohttp.ClientSession("http://box", connector=connector) as session:
        for group in ([each for each in routes if each[0] == "GET"], [each for each in routes if each[0] != "GET"]):
            await asyncio.gather(*(ask(session, *each) for each in group))
    return {address: bytes(body) for address, body in heard.items()}


def pictures_of(box: RunningBox) -> bytes:
    """What the camera's ring holds, which has no name: read where the kernel shows it."""
    for link in Path(f"/proc/{box.process.pid}/fd").iterdir():
        with suppress(OSError):
            if "memfd:cam-1" in str(link.readlink()):
                content = link.read_bytes()
                return content[1_000:6_000] + content[9_000:14_000]
    raise AssertionError("no ring of cam-1")


def tables_of(box: RunningBox) -> dict[str, bytes]:
    """Every row of every table but that of the templates."""
    with closing(sqlite3.connect(f"file:{box.folder}/data/journal.db?mode=ro", uri=True)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        told = {}
        for name in names:
            rows = db.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - our own names
            told[f"table {name}"] = b"\n".join(
                each if isinstance(each, bytes) else str(each).encode() for row in rows for each in row
            )
    del told["table face_templates"]
    return told


def sealed_now(box: RunningBox) -> dict[str, bytes]:
    with closing(sqlite3.connect(f"file:{box.folder}/data/journal.db?mode=ro", uri=True)) as db:
        return {f"sealed {at}": sealed for at, (sealed,) in enumerate(db.execute("SELECT sealed FROM face_templates"))}


def members_with_a_face(box: RunningBox) -> list[str]:
    with closing(sqlite3.connect(f"file:{box.folder}/data/journal.db?mode=ro", uri=True)) as db:
        return [ref for (ref,) in db.execute("SELECT member_ref FROM face_templates")]


def files_but_the_journal(box: RunningBox) -> dict[str, bytes]:
    folders = (box.folder / "data", box.folder / "run")
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file() and "journal.db" not in path.name]
    return {str(path): path.read_bytes() for path in found}


def sent(far_cloud: FarCloud) -> dict[str, bytes]:
    told = {}
    for number, (head, path, body) in enumerate(far_cloud.heard):
        told[f"request {number}"] = head.replace(f"Bearer {TOKEN}", "").encode()
        told[f"body {number} of {path}"] = zstandard.ZstdDecompressor().decompress(body) if body else b""
    return told


def memory_of(pid: int) -> dict[str, bytes]:
    """What a process has written in its memory; rings of pictures are none of it, nor is room that it never used."""
    told = {}
    with (
        Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory,
        Path(f"/proc/{pid}/pagemap").open("rb", buffering=0) as pages,
    ):
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            area, rights, *_rest = line.split(maxsplit=5)
            if not rights.startswith("rw") or "memfd" in line:
                continue
            start, end = (int(each, 16) for each in area.split("-"))
            with suppress(OSError):
                told[f"memory {area}"] = b"".join(_used(memory, pages, start, end))
    return told


def _used(memory: FileIO, pages: FileIO, start: int, end: int) -> Iterator[bytes]:
    """The pages from ``start`` to ``end`` that are in memory or swapped out, by what the kernel tells of each in eight bytes."""
    pages.seek(start // PAGESIZE * 8)
    states = memoryview(pages.read((end - start) // PAGESIZE * 8)).cast("Q")
    for used, run in groupby(range(len(states)), key=lambda page: states[page] >> 62 != 0):
        if used:
            first, *others = run
            memory.seek(start + first * PAGESIZE)
            yield memory.read((1 + len(others)) * PAGESIZE)
