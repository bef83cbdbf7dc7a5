"""A real page on a free port, over a real board and a real journal; and a real browser where there is one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Protocol

import aiohttp
import jinja2
import pytest
from aiohttp import web_app

from config.schema import Box, Faces, Kiosk, Lane, Plugged, Settings, Store, Web
from drivers.commands import Answer, AnyCommand, Done, OpenDrawer, Print, Refused, Tare, Zero
from drivers.contract import Driver, Wires
from drivers.probe import Found, NothingFound
from drivers.readings import Weight
from edge.asking import Asker
from edge.discovery.discovery import Discovery
from edge.faces.window import FacesWindow
from edge.host.metrics import metrics
from edge.host.watchdog import Pulse
from edge.job_desk import JobDesk
from edge.mirror.glass import Glass
from edge.recording import CannotRecord, Recording
from edge.shop.registry import EVENTS
from edge.shop.shop import Shop as Floor
from edge.shop_desk import ShopDesk
from edge.status import Board, DeviceStatus
from edge.vision.window import Window
from edge.web import password
from edge.web.app import CONTROL_SOCKET, Built, build, control_door, look_out, page_door
from edge.web.view import View
from sync.adopters import DocumentRefused
from sync.claims import ClaimRefused
from sync.entries import Entry, Limits, Recorded, Stamp
from sync.events import Event, EventClass, Registry
from sync.journal import Journal
from tests.tables import SHOP_TABLES, tables_in
from tests.web.eyes import Eyes, open_eyes

MIB = 1024 * 1024
DEADLINE_S = 30.0


class Compiled(jinja2.BytecodeCache):
    """Every template as it was compiled for the first page; each test makes its page anew."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Fill ``bucket``; what was compiled from another text is not taken."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Keep ``bucket``."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled() -> Iterator[None]:
    """Templates are compiled once for all tests; to compile them takes longer than to serve them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2, "Environment", partial(jinja2.Environment, bytecode_cache=Compiled()))
        yield


SHIPPED_MEMORY_KIB = password.MEMORY_KIB


@pytest.fixture(scope="session", autouse=True)
def light_passwords() -> Iterator[None]:
    """Passwords that last for one test cost a thousandth; ``test_login.py`` looks at one as a shop keeps it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password, "MEMORY_KIB", 8)
        yield


@pytest.fixture
def shipped_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """They cost what they cost in a shop."""
    monkeypatch.setattr(password, "MEMORY_KIB", SHIPPED_MEMORY_KIB)


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Asked:
    """Everything that the page asks of the box, and how the box answers: ``refuse`` makes it say no."""

    clock: Clock = field(default_factory=Clock)
    commands: list[tuple[str, AnyCommand]] = field(default_factory=list)
    askers: list[Asker] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    probed: list[str] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: Done(detail="Z A"))
    discovered: tuple[Discovery, ...] = ()
    adopted: list[str] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)
    refuse: str | Exception = ""

    async def ask(self, device: str, command: AnyCommand, asker: Asker) -> Answer:
        """As edge.asking does."""
        self.commands.append((device, command))
        self.askers.append(asker)
        return Refused(reason=str(self.refuse)) if self.refuse else self.answer

    async def restart(self, device: str, asker: Asker) -> Answer:
        """As edge.asking does."""
        self.restarted.append(device)
        self.askers.append(asker)
        return self.answer

    async def probe(self, port: str) -> Found | NothingFound:
        """As edge.probing does."""
        self.probed.append(port)
        if isinstance(self.refuse, Exception):
            raise self.refuse
        if self.refuse:
            return NothingFound(heard={9600: b"ab"}, refused=("scale/x: unsafe",))
        return Found(driver="scale/x", settings={"driver": "scale/x", "port": port, "baud": 9600}, heard=b"1.234")

    @contextmanager
    def record(self, device: str) -> Iterator[Recording]:
        """As edge.recording does."""
        self._object(CannotRecord)
        yield Recording(header={"device": device})

    async def adopt(self, jws: str) -> str:
        """As the desk of documents."""
        self._object(DocumentRefused)
        self.adopted.append(jws)
        return "catalogue 7"

    async def join(self, code: str) -> str:
        """As the line to the cloud."""
        self._object(ClaimRefused)
        return f"store of {code}"

    def _object(self, kind: type[Exception]) -> None:
        if isinstance(self.refuse, Exception):
            raise self.refuse
        if self.refuse:
            raise kind(self.refuse)


@dataclass
class Shop:
    """One box's page as a test sees it: ``view`` is what the page sees, ``asked`` what it asked of the box."""

    view: View
    built: Built
    asked: Asked
    url: str
    """``http://127.0.0.1:PORT``."""
    control: Path

    @property
    def password(self) -> str:
        """The first password, as it was printed."""
        return next(line.strip() for line in self.asked.announced[0].splitlines() if line.startswith("    "))

    @property
    def origin(self) -> dict[str, str]:
        """The header that a browser adds to our own forms."""
        return {"Origin": self.url}

    async def log_in(self, browser: aiohttp.ClientSession, password: str = "", **headers: str) -> int:
        """Send the form of the login page; the status of the answer."""
        form = {"password": password or self.password}
        async with browser.post(f"{self.url}/login", data=form, headers=self.origin | headers, allow_redirects=False) as answer:
            return answer.status

    async def token(self, name: str = "lane-1", role: str = "screen") -> dict[str, str]:
        """The ``Authorization`` header of a newly paired screen."""
        offer = self.built.locks.pairings.offer(name, role)  # type: ignore[arg-type]
        accepted = await self.built.locks.pairings.accept(offer.code)
        assert accepted is not None
        return {"Authorization": f"Bearer {accepted[0]}"}

    def show(self, device: str, **changes: Any) -> None:
        """Put a device's new state on the board, as the supervisor does."""
        old = self.view.board.devices.get(device) or DeviceStatus(
            device=device, kind="scale", driver="scale/mt-sics", state="up", since=datetime.now(UTC)
        )
        self.view.board.show_device(replace(old, **changes))

    def weigh(self, device: str, grams: int | None, state: str = "stable") -> None:
        """A scale says a weight."""
        self.show(device, reading=Weight(device=device, at=datetime.now(UTC), monotonic_ms=0, grams=grams, state=state))  # type: ignore[arg-type]

    async def record(self, *events: Event) -> None:
        """Something happens in the shop."""
        entry = Entry(decide=lambda _db: events, event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=1)
        assert isinstance(await self.view.journal.record(entry), Recorded)


def journal_in(folder: Path) -> Journal:
    """A real journal with the shop's tables."""
    return Journal(
        tables_in(folder / "journal.db"),
        limits=Limits(quota_bytes=64 * MIB, ballast_bytes=MIB, keep_sent=timedelta(days=1), keep_receipts=timedelta(days=1)),
        registry=Registry(EVENTS),
        migrations=SHOP_TABLES,
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )


@pytest.fixture
def run_dir() -> Iterator[Path]:
    """A folder with a short name: the path of a UNIX socket has 107 bytes."""
    with TemporaryDirectory(prefix="storebox-") as folder:
        yield Path(folder)


@pytest.fixture
def eyes() -> Iterator[Eyes]:
    """Two cameras that count; to be handed to ``opens``."""
    with open_eyes() as seen:
        yield seen


class Opens(Protocol):
    """``async with opens(listen=...) as shop``: the page, served as if the settings said ``listen``.

    The control socket is there when ``control`` asks for it: it serves all routes a second time.
    """

    def __call__(
        self,
        *,
        listen: str = ...,
        language: str = ...,
        ready: Callable[[], bool] = ...,
        hosts: tuple[str, ...] = ...,
        plugged: Mapping[str, Plugged] = ...,
        lanes: Mapping[str, Lane] = ...,
        kiosks: Mapping[str, Kiosk] = ...,
        notice: Faces | None = ...,
        eyes: Window | None = ...,
        glass: Glass | None = ...,
        faces: FacesWindow | None = ...,
        control: bool = ...,
    ) -> AbstractAsyncContextManager[Shop]: ...


@pytest.fixture
def opens(tmp_path: Path, run_dir: Path) -> Opens:
    """Opens the page of a box whose folders are the test's own."""

    @asynccontextmanager
    async def page(
        *,
        listen: str = "127.0.0.1:0",
        language: str = "en",
        ready: Callable[[], bool] = lambda: True,
        hosts: tuple[str, ...] = (),
        plugged: Mapping[str, Plugged] = MappingProxyType({}),
        lanes: Mapping[str, Lane] = MappingProxyType({}),
        kiosks: Mapping[str, Kiosk] = MappingProxyType({}),
        notice: Faces | None = None,
        eyes: Window | None = None,
        glass: Glass | None = None,
        faces: FacesWindow | None = None,
        control: bool = False,
    ) -> AsyncIterator[Shop]:
        settings = Settings(
            store=Store(name="Corner shop", language=language),
            box=Box(name="box-1", data_dir=tmp_path, run_dir=run_dir),
            web=Web(listen=listen, allowed_hosts=hosts),
            device=dict(plugged),
            lane=dict(lanes),
            kiosk=dict(kiosks),
            faces=notice or Faces(),
        )
        async with (
            journal_in(tmp_path) as journal,
            _served(settings, journal, ready, control=control, eyes=eyes, glass=glass, faces=faces) as shop,
        ):
            yield shop

    return page


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser without a screen: it keeps cookies, also of an address."""
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(DEADLINE_S)
    ) as session:
        yield session


@asynccontextmanager
async def _served(
    settings: Settings, journal: Journal, ready: Callable[[], bool], *, control: bool, **windows: Any
) -> AsyncIterator[Shop]:
    asked = Asked()
    view = replace(_view(settings, journal, ready, asked), **windows)
    built = build(view)
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    socket: asyncio.Future[Path] = asyncio.get_running_loop().create_future()
    parts = [page_door(built, "127.0.0.1:0", url.set_result), look_out(built)]
    if control:
        parts.append(control_door(built, socket.set_result))
    else:
        socket.set_result(settings.box.run_dir / CONTROL_SOCKET)
    tasks = [asyncio.create_task(part, name="page") for part in parts]
    ends: list[asyncio.Future[Any]] = [*tasks, asyncio.gather(url, socket)]
    await asyncio.wait(ends, timeout=DEADLINE_S, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task.done():
            task.result()
    try:
        yield Shop(view=view, built=built, asked=asked, url=url.result(), control=socket.result())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=DEADLINE_S)
        web_app._cached_build_middleware.cache_clear()  # it keeps every page of a thousand tests


def _view(settings: Settings, journal: Journal, ready: Callable[[], bool], asked: Asked) -> View:
    board = Board()
    drivers = {
        "scale/mt-sics": Driver(kind="scale", settings_class=Box, open=_opens_nothing, commands=(Tare, Zero)),
        "printer/escpos": Driver(kind="printer", settings_class=Box, open=_opens_nothing, commands=(Print, OpenDrawer)),
    }

    async def figures() -> bytes:
        return metrics(board, await journal.figures(), version="1.2.3", now=datetime.now(UTC))

    return View(
        settings=settings,
        version="1.2.3",
        board=board,
        journal=journal,
        drivers=drivers,
        ready=ready,
        ask=asked.ask,
        restart=asked.restart,
        probe=asked.probe,
        record=asked.record,
        discoveries=lambda: asked.discovered,
        jobs=JobDesk(journal=journal, driver_of=lambda name: drivers[board.devices[name].driver]),
        desk=ShopDesk(journal=journal, shop=lambda: Floor.from_settings(settings, b"k" * 32), now=lambda: datetime.now(UTC)),
        adopt=asked.adopt,
        join=asked.join,
        metrics=figures,
        written=lambda: settings,
        plugged=lambda: settings.device,
        wires=Wires(broker=None),  # type: ignore[arg-type]
        pulse=Pulse("page", limit_s=60),
        announce=asked.announced.append,
        clock=asked.clock,
    )


def _opens_nothing(*_args: object) -> Any:
    raise AssertionError("the page opens no device")
