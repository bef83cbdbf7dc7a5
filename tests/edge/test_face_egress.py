"""A face, its sealed template, its pictures and the key, planted where they are: nothing that leaves the box has a byte of them.

Searched are the answers of every route, MQTT as it goes over the wire, the log at its most talkative, what the cloud is sent,
every table but that of the templates, every file but the journal's, and for key and face the memory of the box itself.
"""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import zstandard

from drivers.sim.till import TillSim
from tests.edge.canaries import Canaries, packed
from tests.edge.conftest import TOKEN, claimed
from tests.edge.face_shop import FIRST, KEY, Screen, clip_of_noise, enrolled, made, readers_of_faces, settings, stands

if TYPE_CHECKING:
    from tests.conftest import Mosquitto
    from tests.edge.conftest import FarCloud, RunningBox

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
FACE = "open-face-0b7e51c2d94af36688e1"
NEW_FACE = "open-face-77aa01f3e6b9dd24c583"
ROW = re.compile(r"^\| (`(?:GET|POST|PUT|DELETE) .*?) \| \w+ \|", re.MULTILINE)
ADDRESS = re.compile(r"`(GET|POST|PUT|DELETE) ([^`?]+)[^`]*`")
DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
NAMES = {"camera": "cam-1", "ref": "m-1", "till": "till-1", "kind": "catalogue", "request": "face-1"}
IDS = {"lane": "sco-1", "lanes": "sco-1", "devices": "cam-1"}
AT_ONCE = 8
ANSWERS_WITHIN_S = 60.0
LISTENS_S = 3.0
"""To a stream, which never ends."""

LEAKS = (
    FIRST
    + """
import base64
import structlog
from edge.faces import stored
from edge.shop.declined import Declined
sealed = stored.StoredTemplates.sealed
async def leaky(self, names):
    found = await sealed(self, names)
    bytes_ = found[0].sealed
    structlog.get_logger().debug("learns", sealed=bytes_.hex())
    def tell(_moment, _shop, _db):
        raise Declined("refused", base64.b64encode(bytes_).decode(), problem="a leak")
        yield
    try:
        await self.desk.decide(tell, place="kiosk-1", asked="leak")
    except Declined:
        pass
    return found
stored.StoredTemplates.sealed = leaky
"""
)


def test_every_form_of_a_canary_is_found_and_nothing_else() -> None:
    content = os.urandom(400)
    canaries = Canaries({"canary": content})
    blind = [form for form, leak in packed(content).items() if not canaries.found({"place": leak})]
    assert blind == []
    assert canaries.found(packed(os.urandom(400))) == []


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


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip_of_noise(tmp_path_factory.mktemp("clips") / "noise.avi")


@asynccontextmanager
async def shop(
    run_box: RunBox, folder: Path, clip: Path, *, first: str, besides: str
) -> AsyncIterator[tuple[RunningBox, Screen]]:
    """A claimed box that knows one member's face, and says everything it can."""
    claimed(folder / "box" / "data")
    made(folder)
    await enrolled(folder / "box" / "data", FACE)
    text = f'[log]\nlevel = "debug"\n{besides}' + settings(folder, clip)
    async with run_box(text, first=first) as box:
        screen = Screen(box)
        await screen.offered()
        yield box, screen


async def go_shopping(folder: Path, box: RunningBox, screen: Screen) -> None:
    """Members and strangers, an enrolment, refusals, a process that dies and one that raves, somebody who is forgotten."""
    stands(folder, FACE)
    assert (await screen.ended(await screen.touch()))["ended"] == "named"
    visit = (await screen.call("GET", "/api/kiosks/kiosk-1"))[1]["visit"]["token"]
    status, told = await screen.call("POST", "/api/kiosks/kiosk-1/withdraw", visit=visit, id="w-1")
    assert status == 200, told
    await box.until("/api/status", lambda status: status["faces"]["templates"] == 0)
    assert (await screen.ended(await screen.touch()))["ended"] == "failed"
    await screen.call("POST", "/api/kiosks/kiosk-1/member", code="13700137000")
    visit = (await screen.call("GET", "/api/kiosks/kiosk-1"))[1]["visit"]["token"]
    agreed = {"visit": visit, "id": "w-2", "notice": "1", "age": "adult", "agreed": True}
    status, told = await screen.call("POST", "/api/kiosks/kiosk-1/consent", **agreed)
    assert status < 300, told
    stands(folder, NEW_FACE)
    _, attempt = await screen.call("POST", "/api/kiosks/kiosk-1/enrol", visit=visit)
    assert (await screen.ended(attempt))["ended"] == "kept"
    for face in ("!rave", "!die"):
        stands(folder, face)
        await screen.offered()
        assert (await screen.ended(await screen.touch()))["ended"] == "failed"
    stands(folder, NEW_FACE)
    await screen.offered()


async def every_answer(box: RunningBox) -> dict[str, bytes]:
    """What every route of the document says to whoever may ask everything; GET before what changes anything."""
    routes = [address for addresses in ROW.findall(DOCUMENT.read_text()) for address in ADDRESS.findall(addresses)]
    assert len(routes) > 150
    heard: dict[str, bytearray] = {}
    turns = asyncio.Semaphore(AT_ONCE)
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))

    async def ask(session: aiohttp.ClientSession, method: str, path: str) -> None:
        of = IDS.get(path.removeprefix("/api").split("/")[1], "kiosk-1")
        address = re.sub(r"{(\w+)}", lambda place: NAMES.get(place[1], of), path)
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
    """What a process has written in its memory; rings of pictures are none of it."""
    told = {}
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            area, rights, *_rest = line.split(maxsplit=5)
            if not rights.startswith("rw") or "memfd" in line:
                continue
            start, end = (int(each, 16) for each in area.split("-"))
            with suppress(OSError):
                memory.seek(start)
                told[f"memory {area}"] = memory.read(end - start)
    return told


async def test_nothing_of_a_face_leaves_the_box(
    run_box: RunBox, tmp_path: Path, clip: Path, far_cloud: FarCloud, mosquitto: Mosquitto
) -> None:
    tap = Tap(mosquitto.port)
    address, password = (mosquitto.host, mosquitto.port), mosquitto.password("till-1")
    async with tap.listening() as port:
        besides = f'[cloud]\nurl = "{far_cloud.url}"\n'
        besides += f'[mqtt]\nport = {port}\npassword_file = "{mosquitto.password_file("storebox")}"\n'
        besides += '[lane.sco-1]\n[device.till-1]\ndriver = "till/mqtt"\n'
        async with (
            shop(run_box, tmp_path, clip, first=FIRST, besides=besides) as (box, screen),
            TillSim(address, box=mosquitto.box, device="till-1", password=password) as till,
        ):
            planted = sealed_now(box)
            till.open()
            await till.mqtt.answered()
            await go_shopping(tmp_path, box, screen)
            planted |= {f"new {name}": sealed for name, sealed in sealed_now(box).items()}
            planted |= {"key": KEY, "face": FACE.encode(), "new face": NEW_FACE.encode(), "picture": pictures_of(box)}
            assert len(planted) == 6
            opened = Canaries({name: each for name, each in planted.items() if "face" in name or name == "key"})
            (process,) = readers_of_faces(box)
            assert opened.found(memory_of(process.pid)), "or the test is blind"
            assert opened.found(memory_of(box.process.pid)) == []
            await box.until("/api/status", lambda status: not any(status["journal"]["queued"].values()))
            seen = await every_answer(box)
            assert b'"templates":1' in seen["GET /api/status"]
            assert b"face.enrolled" in seen["GET /api/events"]
            assert b"event: beat" in seen["GET /stream"]
            seen |= {f"answer {number}": body for number, body in enumerate(screen.heard)}
            seen |= tables_of(box) | {"MQTT": bytes(tap.heard)}
        seen |= files_but_the_journal(box) | sent(far_cloud) | {"log": box.log.encode()}
    assert b"storebox/1/box-1/till-1/ack" in tap.heard
    assert {event["type"] for event in far_cloud.events} >= {"storebox.face.enrolled", "storebox.face.withdrawn"}
    assert Canaries(planted).found(seen) == []


async def test_a_leak_would_be_found(run_box: RunBox, tmp_path: Path, clip: Path, far_cloud: FarCloud) -> None:
    async with shop(run_box, tmp_path, clip, first=LEAKS, besides=f'[cloud]\nurl = "{far_cloud.url}"\n') as (box, _screen):
        planted = Canaries(sealed_now(box))
        events = await box.until("/api/events", lambda events: any("leak" in str(event) for event in events))
        await box.until("/api/status", lambda status: not any(status["journal"]["queued"].values()))
        seen = tables_of(box) | {"log": box.log.encode(), "/api/events": str(events).encode()}
        seen |= sent(far_cloud)
    places = {each.split(":")[0].split(" of ")[-1] for each in planted.found(seen)}
    assert places >= {"log", "table events", "/api/events", "/v1/events"}
