"""A counter of devices that do as the test says, under the real supervisor, with a real journal and real jobs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import BaseModel

from config.schema import Mqtt, Plugged, Settings
from drivers.catalogue import Catalogue
from drivers.commands import Answer, AnyCommand, Done, OpenDrawer, Pay, Print, SetProperty, Show, Tare
from drivers.contract import DeviceGone, Driver, Wires
from drivers.readings import AnyReading, Presence
from drivers.wires.mqtt import Broker
from edge.asking import Asker, Asking
from edge.devices import Devices
from edge.intake import Rules
from edge.job_desk import JobDesk
from edge.jobs import Jobs
from edge.shop.registry import EVENTS
from edge.shop.shop import Shop
from edge.status import Board
from sync.document_events import SYNC_EVENTS
from sync.entries import Limits, Stamp
from sync.events import Event, Registry
from sync.journal import Journal
from tests.tables import SHOP_TABLES, tables_in

MIB = 1 << 20
PATIENCE_S = 60.0
CLERK = Asker(by="clerk", origin="page")


@dataclass
class Puppet:
    """One device. ``says`` makes its answer to each command; ``away`` lets its wire fail until it is cleared."""

    says: Callable[[AnyCommand], Awaitable[Answer]] | None = None
    asked: list[AnyCommand] = field(default_factory=list)
    away: bool = False
    opened: int = 0

    async def answer(self, command: AnyCommand) -> Answer:
        """As the test says, or done."""
        self.asked.append(command)
        return await self.says(command) if self.says else Done(detail="as asked")


class PuppetSettings(BaseModel):
    """In place of a port, the puppet itself."""

    puppet: Any


class PuppetDevice:
    """The driver's side."""

    def __init__(self, device: str, settings: PuppetSettings, _wires: Wires) -> None:
        self._device = device
        self._puppet: Puppet = settings.puppet

    async def __aenter__(self) -> Self:
        if self._puppet.away:
            raise DeviceGone(f"{self._device} is away")
        self._puppet.opened += 1
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing to close."""

    async def readings(self) -> AsyncIterator[AnyReading]:
        yield Presence(device=self._device, at=datetime.now(UTC), monotonic_ms=0, state="open")
        while not self._puppet.away:  # noqa: ASYNC110 - a wire is looked at
            await asyncio.sleep(0.02)
        raise DeviceGone(f"{self._device} is away")

    async def perform(self, command: AnyCommand) -> Answer:
        return await self._puppet.answer(command)


DRIVER = Driver(
    kind="printer",
    settings_class=PuppetSettings,
    open=PuppetDevice,
    commands=(Print, OpenDrawer, SetProperty, Show, Tare, Pay),
)


@dataclass
class Counter:
    """The counter of one shop: ``puppets`` by their device's name."""

    journal: Journal
    board: Board
    devices: Devices
    asking: Asking
    jobs: Jobs
    desk: JobDesk
    puppets: dict[str, Puppet]

    async def events(self, type_: type[Event]) -> list[dict[str, Any]]:
        """What is written down of ``type_``, oldest first."""
        ask = "SELECT data FROM events WHERE type = ? ORDER BY sequence"
        rows = await self.journal.query(lambda db: db.execute(ask, (type_.type,)).fetchall())
        return [json.loads(data) for (data,) in rows]

    async def told(self, type_: type[Event], count: int = 1) -> list[dict[str, Any]]:
        """Wait until ``count`` of them are written down."""
        async with asyncio.timeout(PATIENCE_S):
            seen = -1
            while len(found := await self.events(type_)) < count:
                seen = await self.journal.watch(seen)
        return found

    async def shown(self, holds: Callable[[Board], object]) -> None:
        """Wait until the board shows it."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds(self.board):
                await self.board.changed(self.board.version)


@asynccontextmanager
async def open_counter(folder: Path, *, quota_mib: int = 64, work: bool = True, **puppets: Puppet) -> AsyncIterator[Counter]:
    """The devices ``puppets`` (``printer_1`` is called ``printer-1``) open in ``folder``; ``work``: jobs are done."""
    named = {name.replace("_", "-"): puppet for name, puppet in puppets.items()}
    board, shop = Board(), Shop.from_settings(Settings(), b"k" * 32)
    async with _journal(folder, quota_mib) as journal, Broker(Mqtt(), "box-1", None) as broker:
        catalogue = Catalogue([EntryPoint("test/puppet", "tests.edge.puppets:DRIVER", "storebox.drivers")])
        devices = Devices(catalogue=catalogue, wires=Wires(broker=broker), journal=journal, board=board, rules=_only_shown())
        asking = Asking(devices=devices, journal=journal, board=board)
        counter = Counter(
            journal=journal,
            board=board,
            devices=devices,
            asking=asking,
            jobs=Jobs(journal=journal, devices=devices, asking=asking, board=board, shop=lambda: shop, again_s=0.01),
            desk=JobDesk(journal=journal, driver_of=devices.driver_of),
            puppets=named,
        )
        plugged = {name: Plugged(driver="test/puppet", settings=PuppetSettings(puppet=each)) for name, each in named.items()}
        parts = [devices.keep_open(plugged), *([counter.jobs.run()] if work else [])]
        tasks = [asyncio.create_task(part, name="part") for part in parts]
        try:
            await counter.shown(
                lambda _board: all(
                    devices.is_open(name) or (puppet.away and devices.driver_of(name)) for name, puppet in named.items()
                )
            )
            yield counter
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task


def _only_shown() -> Rules:
    def nothing(*_any: object) -> Any:
        raise AssertionError("a puppet only shows itself")

    return Rules(notice=lambda _previous, _reading: False, entry_for=nothing, letter_for=nothing)


def _journal(folder: Path, quota_mib: int) -> Journal:
    return Journal(
        tables_in(folder / "journal.db"),
        limits=Limits(
            quota_bytes=quota_mib * MIB or 1, ballast_bytes=MIB, keep_sent=timedelta(days=1), keep_receipts=timedelta(days=1)
        ),
        registry=Registry([*EVENTS, *SYNC_EVENTS]),
        migrations=SHOP_TABLES,
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
