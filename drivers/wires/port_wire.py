"""A serial port or a device file as a wire of plain bytes, for devices whose answers are no frames, or that never answer.

    DeviceGone      the port is missing, forbidden, taken, no device, or was unplugged
    DeviceSilent    the device takes no bytes, or nothing came within the deadline

PortWire("/dev/usb/lp0", open_it=partial(open_device_file, "/dev/usb/lp0"))
"""

from __future__ import annotations

import asyncio
import os
import select
import termios
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self

from drivers.contract import DeviceGone, DeviceSilent
from drivers.wires.byte_wire import MOST_BYTES
from drivers.wires.opening import open_in_time
from drivers.wires.serial_problems import unplugged
from drivers.wires.tape import Reel, reel_here
from drivers.wires.writing import OpenPort, Room, write

OPEN_MS = 5_000
BULK = 4096
REST_S = 0.05  # usblp hands on empty packets as empty reads; some printers send them without end


class PortWire:
    """``open_it`` opens the port, off the loop. Hold ``turn`` for the length of one conversation."""

    def __init__(self, path: str, *, open_it: Callable[[], OpenPort]) -> None:
        self.address = path
        self.turn = asyncio.Lock()
        self._open_it = open_it
        self._port: OpenPort | None = None
        self._lost = f"{path} is not open"
        self._heard = bytearray()
        self._changed = asyncio.Event()
        self._reading = False
        self._room = Room()
        self._reel = Reel()

    async def __aenter__(self) -> Self:
        """Open the port. Raises DeviceGone."""
        port = await open_in_time(self._open_it, self.address, deadline_ms=OPEN_MS)
        self._lost = ""
        self._reel = reel_here()
        self._heard.clear()
        try:
            self._listen(port.fileno())
        except PermissionError as error:  # epoll knows files and /dev/null for what they are
            port.close()
            raise DeviceGone(f"{self.address} is not a device that answers: is it the right path?") from error
        self._port = port
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Release the descriptor at once; unsent bytes are dropped."""
        port, self._port = self._port, None
        if port is None:
            return
        self._lose(f"{self.address} is not open", port.fileno())
        with suppress(termios.error):  # unsent bytes would make close wait for a device that takes none
            termios.tcflush(port.fileno(), termios.TCOFLUSH)
        port.close()

    async def send(self, data: bytes, *, deadline_ms: int) -> None:
        """Hand ``data`` to the device. Raises DeviceGone, DeviceSilent when it takes no bytes."""
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                await write(data, self._check_open, self._room, self._reel, partial(unplugged, self.address))
        except TimeoutError as error:
            raise DeviceSilent(
                f"{self.address} took no more bytes for {deadline_ms} ms: is the device on, out of paper, "
                "or held by flow control that its cable does not have?"
            ) from error

    async def receive(self, *, deadline_ms: int, most: int = MOST_BYTES) -> bytes:
        """What has arrived, at least one byte. Raises DeviceGone, DeviceSilent."""
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                while not self._heard:
                    self._check_open()
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as error:
            raise DeviceSilent(f"nothing from {self.address} within {deadline_ms} ms: is the device on and cabled?") from error
        data = bytes(self._heard[:most])
        del self._heard[:most]
        if not self._reading and not self._lost:
            self._listen(self._check_open().fileno())
        return data

    def _check_open(self) -> OpenPort:
        if self._lost or self._port is None:
            raise DeviceGone(self._lost)
        return self._port

    def _listen(self, descriptor: int) -> None:
        asyncio.get_running_loop().add_reader(descriptor, self._on_bytes, descriptor)
        self._reading = True

    def _pause(self, descriptor: int) -> None:
        asyncio.get_running_loop().remove_reader(descriptor)
        self._reading = False

    def _on_bytes(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, BULK)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(unplugged(self.address, str(error.strerror)), descriptor)
            return
        if not data:
            self._rest(descriptor)
            return
        self._reel.heard(data)
        self._heard += data
        if len(self._heard) >= MOST_BYTES:
            self._pause(descriptor)
        self._changed.set()

    def _rest(self, descriptor: int) -> None:
        """An empty read is a hang-up when the descriptor says so, and an empty packet otherwise."""
        state = select.poll()
        state.register(descriptor, 0)
        if state.poll(0):
            self._lose(unplugged(self.address, "hung up"), descriptor)
            return
        self._pause(descriptor)
        asyncio.get_running_loop().call_later(REST_S, self._rested, descriptor)

    def _rested(self, descriptor: int) -> None:
        if not self._lost and not self._reading:
            self._listen(descriptor)

    def _lose(self, why: str, descriptor: int) -> None:
        self._lost = why
        self._room.give_up()
        self._pause(descriptor)
        self._changed.set()
