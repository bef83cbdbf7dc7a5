"""All plugged-in devices: one ``Attended`` each, found by name, restarted alone when its own settings change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import structlog

from config.schema import Plugged
from drivers.catalogue import Catalogue
from drivers.commands import Answer, AnyCommand, Done, Refused
from drivers.contract import Driver, Wires
from drivers.counter_readings import PaymentCodeShown
from drivers.wires.tape import Reel
from edge.attend import Attended
from edge.intake import Rules
from edge.status import Board

if TYPE_CHECKING:
    from sync.journal import Journal

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """One device that is kept open, by which settings, in which task."""

    plugged: Plugged
    attended: Attended
    task: asyncio.Task[None]


@dataclass(slots=True, kw_only=True)
class Devices:
    """Keeps the devices of the settings open; ``follow`` makes them those of other settings while the box runs."""

    catalogue: Catalogue
    wires: Wires
    journal: Journal
    board: Board
    rules: Rules
    keep_code: Callable[[PaymentCodeShown], None] = lambda _shown: None
    drivers: dict[str, Driver] = field(default_factory=dict)
    """Those in use, by the name that the settings use."""

    _group: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _reels: dict[str, Reel] = field(default_factory=dict)
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ended: bool = False

    async def keep_open(self, plugged: Mapping[str, Plugged]) -> NoReturn:
        """Open ``plugged`` and keep them open until cancelled."""
        async with self._group:
            await self.follow(plugged, self.rules)
            try:
                await asyncio.Event().wait()
            finally:
                self._ended = True
        raise AssertionError("only a cancellation ends the wait")

    async def follow(self, plugged: Mapping[str, Plugged], rules: Rules) -> None:
        """Open what is new, close what is gone, reopen what changed; a device whose settings are the same is not touched."""
        async with self._changing:
            self.rules = rules
            for name in [name for name, kept in self._kept.items() if plugged.get(name) != kept.plugged]:
                await self._unplug(name)
                log.info("device was taken out of the settings or changed", device=name)
            for kept in self._kept.values():
                kept.attended.rules = rules
            for name, device in plugged.items():
                if name not in self._kept:
                    self._plug(name, device)

    def refusal(self, name: str, command: AnyCommand) -> Refused | None:
        """Why device ``name`` cannot be asked for ``command`` now, if it cannot."""
        if name not in self._kept:
            return self._unknown(name)
        return self._kept[name].attended.refusal(command)

    async def perform(self, name: str, command: AnyCommand) -> Answer:
        """Ask device ``name`` for one thing; ``edge.asking`` does it for everyone."""
        if name not in self._kept:
            return self._unknown(name)
        return await self._kept[name].attended.perform(command)

    def driver_of(self, name: str) -> Driver | None:
        """The driver of device ``name``, if the settings name the device."""
        return self._kept[name].attended.driver if name in self._kept else None

    def is_open(self, name: str) -> bool:
        """Whether device ``name`` can be asked now."""
        return name in self._kept and self._kept[name].attended.is_open

    async def restart(self, name: str) -> Answer:
        """Close device ``name`` and open it anew, also one that was given up."""
        async with self._changing:
            if name not in self._kept:
                return self._unknown(name)
            plugged = self._kept[name].plugged
            await self._unplug(name)
            self._plug(name, plugged)
        log.info("device is opened anew", device=name)
        return Done(detail="closed, and is opened again")

    def reconnect(self, name: str) -> None:
        """Try device ``name`` again at once, if it waits for its next try: its port has come back."""
        if name in self._kept and not self._kept[name].attended.is_open:
            self._kept[name].attended.part.reconnect()

    def reel(self, name: str) -> Reel:
        """Where the wires of device ``name`` run past, now and after every reopening."""
        return self._reels.setdefault(name, Reel())

    def plugged(self) -> dict[str, Plugged]:
        """The devices that are kept open, with their settings."""
        return {name: kept.plugged for name, kept in self._kept.items()}

    def ports(self) -> dict[str, str]:
        """The serial port of every device that has one, by the name of the device."""
        ports = {name: getattr(kept.plugged.settings, "port", None) for name, kept in self._kept.items()}
        return {name: port for name, port in ports.items() if isinstance(port, str)}

    @asynccontextmanager
    async def lent(self, name: str) -> AsyncIterator[None]:
        """Close device ``name`` for a while, so that its port can be used, and open it again."""
        async with self._changing:
            plugged = self._kept[name].plugged
            await self._unplug(name)
            try:
                yield
            finally:
                if not self._ended:
                    self._plug(name, plugged)

    def _unknown(self, name: str) -> Refused:
        return Refused(reason=f"no device is called {name}; there are: {', '.join(self._kept) or 'none'}")

    def _plug(self, name: str, plugged: Plugged) -> None:
        driver = self.drivers[plugged.driver] = self.catalogue.driver(plugged.driver)
        attended = Attended(
            name=name,
            driver=driver,
            driver_name=plugged.driver,
            settings=plugged.settings,
            wires=self.wires,
            journal=self.journal,
            rules=self.rules,
            board=self.board,
            shared_wire_down=lambda: needs_broker(plugged) and not self.wires.broker.connected,
            keep_code=self.keep_code,
            reel=self.reel(name),
        )
        task = self._group.create_task(attended.part.keep_running(), name=f"device {name}")
        self._kept[name] = _Kept(plugged=plugged, attended=attended, task=task)

    async def _unplug(self, name: str) -> None:
        task = self._kept[name].task
        task.cancel()
        await asyncio.wait([task])
        del self._kept[name]
        self.board.forget_device(name)


def needs_broker(plugged: Plugged) -> bool:
    """Whether the device speaks over the shop's broker."""
    return bool(getattr(plugged.settings, "needs_broker", False))
