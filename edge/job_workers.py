"""Whom jobs are done by: the devices, and the one way to ask them, as far as the runner of jobs knows them."""

from __future__ import annotations

from typing import Protocol

from drivers.commands import Answer, AnyCommand
from drivers.contract import Driver
from edge.asking import Asker


class Working(Protocol):
    """The devices as this file needs them (edge.devices.Devices)."""

    def is_open(self, name: str) -> bool:
        """Whether ``name`` can be asked now."""
        ...

    def driver_of(self, name: str) -> Driver | None:
        """The driver of ``name``, if the settings name it."""
        ...


class Asks(Protocol):
    """The way to ask a device (edge.asking.Asking)."""

    async def ask(self, device: str, command: AnyCommand, asker: Asker) -> Answer:
        """What it answered."""
        ...

    async def restart(self, device: str, asker: Asker) -> Answer:
        """Close it and open it anew."""
        ...
