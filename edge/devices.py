"""All plugged-in devices: one ``Attended`` each, found by name, restarted alone when its own settings change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import structlog

from config.schema import Plugged
from drivers.catalogue import Catalogue
from drivers.commands import AnyCommand, Done, Refused
from drivers.contract import Driver, Wires
from edge.attend import Attended
from edge.intake import Rules
from edge.status import Board

if TYPE_CHECKING:
    from sync.journal import Journal

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Devices:
    """Keeps the devices of the settings open; ``follow`` makes them those of other settings while the box runs."""

    catalogue: Catalogue
    wires: Wires
    journal: Journal
    board: Board
    rules: Rules
    drivers: dict[str, Driver] = field(default_factory=dict)
    """Those in use, by the name that the settings use."""

    _group: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)
    _plugged: dict[str, Plugged] = field(default_factory=dict)
    _attended: dict[str, Attended] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def keep_open(self, plugged: Mapping[str, Plugged]) -> NoReturn:
        """Open ``plugged`` and keep them open until cancelled."""
        async with self._group:
            await self.follow(plugged, self.rules)
            await asyncio.Event().wait()
        raise AssertionError("only a cancellation ends the wait")

    async def follow(self, plugged: Mapping[str, Plugged], rules: Rules) -> None:
        """Open what is new, close what is gone, reopen what changed; a device whose settings are the same is not touched."""
        self.rules = rules
        for name in [name for name, before in self._plugged.items() if plugged.get(name) != before]:
            await self._unplug(name)
        for attended in self._attended.values():
            attended.rules = rules
        for name, device in plugged.items():
            if name not in self._plugged:
                self._plug(name, device)

    async def perform(self, name: str, command: AnyCommand) -> Done | Refused:
        """Ask device ``name`` for one thing."""
        if name not in self._attended:
            return Refused(reason=f"no device is called {name}; there are: {', '.join(self._attended) or 'none'}")
        return await self._attended[name].perform(command)

    def reconnect(self, name: str) -> None:
        """Try ``name`` again at once, also when it was given up; fine for an unknown name."""
        if name in self._attended:
            self._attended[name].part.reconnect()

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
        )
        self._plugged[name], self._attended[name] = plugged, attended
        self._tasks[name] = self._group.create_task(attended.part.keep_running(), name=f"device {name}")

    async def _unplug(self, name: str) -> None:
        task = self._tasks.pop(name)
        task.cancel()
        await asyncio.wait([task])
        del self._plugged[name], self._attended[name]
        self.board.forget_device(name)
        log.info("device was taken out of the settings or changed", device=name)


def needs_broker(plugged: Plugged) -> bool:
    """Whether the device speaks over the shop's broker."""
    return bool(getattr(plugged.settings, "needs_broker", False))
