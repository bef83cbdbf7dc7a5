"""``storebox probe`` in the running box: a port that one of its devices holds is lent for the probe, and given back.

A device that works is never disturbed: its driver is known already.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from drivers.probe import Found, NothingFound
from drivers.wires.port_names import same_port
from edge.devices import Devices
from edge.status import Board

log = structlog.get_logger()


class PortInUse(Exception):
    """A device that works holds the port; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probing:
    """Finds out what speaks at a port of this box."""

    devices: Devices
    board: Board

    async def find(self, port: str) -> Found | NothingFound:
        """Listen and ask at ``port``. Raises PortInUse; DeviceGone and DeviceSilent when the port cannot be used."""
        from drivers.probing import find

        drivers, _ = self.devices.catalogue.every()
        async with self._free(port):
            return await find(port, drivers, lambda step: log.debug("probing", port=port, step=step))

    @asynccontextmanager
    async def _free(self, port: str) -> AsyncIterator[None]:
        name = self._holder(port)
        if name is None:
            yield
            return
        if self.board.devices[name].state == "up":
            raise PortInUse(
                f"{port} is the port of {name}, which works with {self.board.devices[name].driver}: nothing is to find"
            )
        log.info("a port is lent for a probe", device=name, port=port)
        async with self.devices.lent(name):
            yield

    def _holder(self, port: str) -> str | None:
        ports = self.devices.ports()
        return next((name for name, held in ports.items() if same_port(held, port)), None)
