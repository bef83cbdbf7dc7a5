"""A serial port whose device nobody knows yet: one open port that is set to one rate after another.

It is opened once, because every opening moves DTR and RTS, and some devices start anew then.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

import serial

from drivers.contract import DeviceGone, DeviceSilent
from drivers.wires.opening import open_port
from drivers.wires.port_wire import PortWire

FIRST_BAUD = 9600
WRITE_MS = 1_000
MOST_BYTES = 4_096
QUIET_MS = 60  # a pause in which a device has ended what it says

T = TypeVar("T")


class ProbedPort:
    """Open with ``async with``. ``heard``: what came since the last ``set`` or ``forget``."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.heard = b""
        self._port: serial.Serial | None = None
        self._wire = PortWire(path, open_it=self._open)

    async def __aenter__(self) -> Self:
        """Raises DeviceGone."""
        await self._wire.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._wire.__aexit__(kind, error, trace)

    def _open(self) -> serial.Serial:
        self._port = open_port(self.path, baud=FIRST_BAUD, line="8N1")
        return self._port

    def set(self, *, baud: int, stop_bits: int = 1, modem_lines: bool = True) -> None:
        """Use another rate from now on. Raises DeviceGone when the port cannot."""
        port = self._port
        assert port is not None  # noqa: S101 - only inside async with
        self.forget()
        settings = {"baudrate": baud, "stopbits": stop_bits, "dtr": modem_lines, "rts": modem_lines}
        for name, wanted in settings.items():
            if getattr(port, name) != wanted:
                _set(port, name, wanted)

    def forget(self) -> None:
        """What was heard until now counts no more."""
        self.heard = b""

    async def say(self, data: bytes) -> None:
        """Raises DeviceGone, DeviceSilent when the device takes no bytes."""
        await self._wire.send(data, deadline_ms=WRITE_MS)

    async def hear(
        self, recognise: Callable[[bytes], T | None], *, within_ms: int, any_bytes_after: int | None = None
    ) -> T | None:
        """What ``recognise`` makes of the bytes so far, as soon as it makes something; None when the time is over.

        ``any_bytes_after``: end also when more than so many bytes were heard and the device pauses. Raises DeviceGone.
        """
        loop = asyncio.get_running_loop()
        ends = loop.time() + within_ms / 1000
        while (left_ms := round((ends - loop.time()) * 1000)) > 0:
            enough = any_bytes_after is not None and len(self.heard) > any_bytes_after
            try:
                data = await self._wire.receive(deadline_ms=min(left_ms, QUIET_MS) if enough else left_ms)
            except DeviceSilent:
                return None
            self.heard = (self.heard + data)[-MOST_BYTES:]
            found = recognise(self.heard)
            if found is not None:
                return found
        return None


def _set(port: serial.Serial, name: str, wanted: int | bool) -> None:
    try:
        setattr(port, name, wanted)
    except OSError as error:
        if error.errno != errno.ENOTTY:  # a pty has no modem lines
            raise DeviceGone(f"{port.port} cannot be set to {name} {wanted}: {error}; is it the right port?") from error
