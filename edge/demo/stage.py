"""A whole small shop as processes on this machine: broker, cloud, box and simulated devices, all on free loopback ports.

The demo plays on it, and so do the tests that kill the box.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from config.schema import Settings
from edge.demo.process import Child, Simulator, storebox
from edge.demo.scenery import CONFIG, SETTINGS_FILE, broker_files, has_port, secret_in, settings_in

STARTED_S = 60.0
SETTLE_MS = 400
LOOK_S = 0.1


class StageBroken(Exception):
    """The shop could not be set up; the text has the log of what failed."""


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything in ``folder``; ``settings`` are those of config/demo.toml with free ports."""

    folder: Path
    settings: Settings
    broker: Child
    cloud: Child
    box: Child
    simulators: dict[str, Simulator] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the box's page is."""
        return f"http://{self.settings.web.listen}"

    @property
    def journal(self) -> Path:
        """The box's database."""
        return self.settings.box.data_dir / "journal.db"

    @property
    def sink(self) -> Path:
        """The cloud's database."""
        return self.folder / "cloud.db"

    async def ask(self, path: str) -> Any:
        """What the box's API answers to ``path``; None while the box is down."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
                session.get(self.url + path) as response,
            ):
                return await response.json(content_type=None) if response.ok else None
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def post(self, path: str, body: dict[str, object]) -> tuple[int, Any] | None:
        """Status and answer of the box's API; None while the box is down: nobody knows whether it was heard."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10), headers={"Origin": self.url}) as session,
                session.post(self.url + path, json=body) as response,
            ):
                return response.status, await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def publish(self, kind: str, body: Path) -> None:
        """Have headquarters send a document, and wait until the box has adopted it. Raises StageBroken."""
        await self.command("cloud", "publish", kind, str(body), "--sink", f"sqlite:///{self.sink}")
        try:
            async with asyncio.timeout(STARTED_S):
                await until(partial(self._has, kind))
        except TimeoutError as error:
            raise StageBroken(f"the box did not adopt the document {kind}:\n{self.box.said()}") from error

    async def _has(self, kind: str) -> bool:
        documents = await self.ask("/api/documents")
        return any(each["kind"] == kind for each in documents or ())

    async def box_answers(self) -> None:
        """Wait until the box is ready. Raises StageBroken."""
        await self._answers(f"{self.url}/readyz", self.box)

    async def cloud_answers(self) -> None:
        """Wait until the cloud answers. Raises StageBroken."""
        await self._answers(f"{self.settings.cloud.url}/healthz", self.cloud)

    async def command(self, *words: str) -> str:
        """What ``storebox WORDS`` prints. Raises StageBroken when it fails."""
        process = await asyncio.create_subprocess_exec(
            *storebox(*words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        told, problem = await asyncio.wait_for(process.communicate(), STARTED_S)
        if process.returncode:
            raise StageBroken(f"storebox {' '.join(words)} failed: {problem.decode(errors='replace').strip()}")
        return told.decode().strip()

    async def _answers(self, url: str, child: Child) -> None:
        try:
            async with asyncio.timeout(STARTED_S), aiohttp.ClientSession() as session:
                await until(partial(_is_up, session, url, child))
        except TimeoutError as error:
            raise StageBroken(f"{child.name} does not answer at {url}:\n{child.said()}") from error


@asynccontextmanager
async def stage(folder: Path, shop: str = "demo.toml", clock: str = "") -> AsyncIterator[Stage]:
    """The shop of ``shop`` (in ``config/``), open: box claimed, catalogue adopted, devices connected; all is stopped at the end.

    ``clock`` is the box's simulated clock, as ``storebox run`` takes it; empty for the machine's own.
    """
    set_up = _built(folder, shop, clock)
    async with _all_stopped(set_up), asyncio.TaskGroup() as listeners:
        await set_up.broker.start()
        await set_up.cloud.start()
        await set_up.cloud_answers()
        await set_up.box.start()
        await set_up.box_answers()
        await _join(set_up)
        await _plug_in(set_up, listeners)
        yield set_up
        await _stop_all(set_up)


def _built(folder: Path, shop: str, clock: str) -> Stage:
    """The processes of the shop in ``folder``; nothing is started."""
    settings = settings_in(folder, shop)
    host, port = settings.mqtt.host, urlsplit(str(settings.cloud.url)).port
    cloud = storebox("cloud", "--listen", f"{host}:{port}", "--sink", f"sqlite:///{folder / 'cloud.db'}")
    box = storebox("run", "--settings", str(folder / SETTINGS_FILE), *(["--simulated-clock", clock] if clock else []))
    return Stage(
        folder=folder,
        settings=settings,
        broker=Child(
            name="mosquitto", words=[_mosquitto(), "-c", str(broker_files(folder, settings))], log_file=folder / "mosquitto.log"
        ),
        cloud=Child(name="cloud", words=cloud, log_file=folder / "cloud.log"),
        box=Child(name="box", words=box, log_file=folder / "box.log"),
    )


def _mosquitto() -> str:
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise StageBroken("mosquitto is not installed; `make demo` installs it, or: sudo apt-get install mosquitto")
    return found


async def _join(shop: Stage) -> None:
    """Claim the box and give the store its catalogue."""
    sink = f"sqlite:///{shop.sink}"
    code = await shop.command("cloud", "code", "demo-store", "--sink", sink)
    await shop.command("claim", code, "--socket", str(shop.settings.box.run_dir / "control.sock"))
    await shop.command("cloud", "publish", "catalogue", str(CONFIG / "demo-catalogue.json"), "--sink", sink)
    async with asyncio.timeout(STARTED_S):
        await until(lambda: shop.ask("/api/documents"))


async def _plug_in(shop: Stage, listeners: asyncio.TaskGroup) -> None:
    """Start one simulator for each device of the settings and wait until all are on their wires."""
    for name, plugged in shop.settings.device.items():
        words = storebox("sim", plugged.driver, *_simulator_words(shop, name))
        child = Child(name=name, words=words, log_file=shop.folder / f"{name}.log", reads_stdout=True)
        simulator = shop.simulators[name] = Simulator(child=child)
        await child.start()
        listeners.create_task(simulator.listen(), name=f"simulator {name}")
    async with asyncio.timeout(STARTED_S):
        await until(partial(_all_up, shop))


async def _all_up(shop: Stage) -> bool:
    """Whether the box hears every device."""
    devices = await shop.ask("/api/devices")
    return bool(devices) and all(device["state"] == "up" for device in devices)


def _simulator_words(shop: Stage, name: str) -> list[str]:
    if has_port(shop.settings.device[name]):
        return ["--link", str(shop.folder / name), "--settle-ms", str(SETTLE_MS)]
    mqtt = shop.settings.mqtt
    words = ["--broker", f"{mqtt.host}:{mqtt.port}", "--box", shop.settings.box.name, "--device", name]
    words += ["--password-file", str(secret_in(shop.folder, name))]
    slots = getattr(shop.settings.device[name].settings, "slots", {})
    for slot, goods in slots.items():
        words += ["--slot", f"{slot}={goods.sku}:{goods.unit_grams}x100"]
    return words


@asynccontextmanager
async def _all_stopped(shop: Stage) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await _stop_all(shop)


async def _stop_all(shop: Stage) -> None:
    for simulator in shop.simulators.values():
        await simulator.child.stop()
    for child in (shop.box, shop.cloud, shop.broker):
        await child.stop()


async def until(holds: Callable[[], Awaitable[object]]) -> None:
    """Look again and again at something outside this process that gives no sign; set a deadline around."""
    while not await holds():  # noqa: ASYNC110
        await asyncio.sleep(LOOK_S)


async def _is_up(session: aiohttp.ClientSession, url: str, child: Child) -> bool:
    if not child.running:
        raise StageBroken(f"{child.name} ended at once:\n{child.said()}")
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=2)) as response:
            return response.ok
    except (aiohttp.ClientError, TimeoutError):
        return False
