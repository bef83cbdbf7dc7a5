"""A TCP connection to one device that never waits for ever: what is lost is told as gone, what does not move as silent.

    DeviceGone      no such host, nothing listens, the line was cut, the other end hung up
    DeviceSilent    the device takes no bytes, or no answer came within the deadline

A device that was unplugged does not hang up: the kernel's probes (``KEEPALIVE``) find that within ten seconds.
"""

from __future__ import annotations

import asyncio
import socket
from types import TracebackType
from typing import Self

from drivers.contract import DeviceGone, DeviceSilent
from drivers.wires.tape import Reel, reel_here

CONNECT_MS = 5_000
BULK = 64 * 1024
KEEPALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 4),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 2),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
)


class TcpWire:
    """Bytes to and from ``host``:``port``. Hold ``turn`` for the length of one conversation."""

    def __init__(self, host: str, port: int) -> None:
        self.address = f"{host}:{port}"
        self.turn = asyncio.Lock()
        self._host, self._port = host, port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._reel = Reel()

    async def __aenter__(self) -> Self:
        """Connect. Raises DeviceGone."""
        try:
            async with asyncio.timeout(CONNECT_MS / 1000):
                reader, writer = await asyncio.open_connection(self._host, self._port, limit=BULK)
        except TimeoutError as error:
            raise DeviceGone(f"{self.address} did not answer within {CONNECT_MS} ms: is it on? is the address right?") from error
        except OSError as error:
            told = error.strerror or str(error)
            raise DeviceGone(f"cannot connect to {self.address} ({told}): is it on, and are address and port right?") from error
        for level, option, value in KEEPALIVE:
            writer.get_extra_info("socket").setsockopt(level, option, value)
        self._ends, self._reel = (reader, writer), reel_here()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Drop the connection at once; unsent bytes are dropped with it."""
        ends, self._ends = self._ends, None
        if ends is not None:
            ends[1].transport.abort()

    async def send(self, data: bytes, *, deadline_ms: int) -> None:
        """Hand ``data`` to the device. Raises DeviceGone, DeviceSilent when it takes no bytes."""
        _, writer = self._open()
        self._reel.said(data)
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                writer.write(data)
                await writer.drain()
        except TimeoutError as error:
            raise DeviceSilent(f"{self.address} took no bytes for {deadline_ms} ms: is it hung? switch it off and on") from error
        except OSError as error:
            raise self._lost(error) from error

    async def receive(self, *, deadline_ms: int, most: int = BULK) -> bytes:
        """What has arrived, at least one byte. Raises DeviceGone, DeviceSilent."""
        reader, _ = self._open()
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                data = await reader.read(most)
        except TimeoutError as error:
            raise self._silent(deadline_ms) from error
        except OSError as error:
            raise self._lost(error) from error
        if not data:
            raise DeviceGone(f"{self.address} hung up: was it switched off, or is another program connected to it?")
        return self._heard(data)

    async def exactly(self, count: int, *, deadline_ms: int) -> bytes:
        """The next ``count`` bytes. Raises DeviceGone, DeviceSilent."""
        reader, _ = self._open()
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                return self._heard(await reader.readexactly(count))
        except TimeoutError as error:
            raise self._silent(deadline_ms) from error
        except asyncio.IncompleteReadError as error:
            raise DeviceGone(f"{self.address} hung up in the middle of an answer") from error
        except OSError as error:
            raise self._lost(error) from error

    def _heard(self, data: bytes) -> bytes:
        self._reel.heard(data)
        return data

    def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._ends is None:
            raise DeviceGone(f"{self.address} is not connected")
        return self._ends

    def _silent(self, deadline_ms: int) -> DeviceSilent:
        return DeviceSilent(f"no answer from {self.address} within {deadline_ms} ms: is the device busy or hung?")

    def _lost(self, error: OSError) -> DeviceGone:
        return DeviceGone(f"the connection to {self.address} was lost ({error.strerror or error}); it is opened again")
