"""Writing to a descriptor that never blocks: a serial port and a device file are written to in the same way.

Who waits is woken when the wire is given up: the descriptor's number soon belongs to another wire, and what is left registered
under it would break that one.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Protocol

from drivers.contract import DeviceGone
from drivers.wires.tape import Reel


class Room:
    """Whether the far end of one open wire has room for more bytes."""

    def __init__(self) -> None:
        self._waited_for: int | None = None
        self._news = asyncio.Event()

    async def wait(self, descriptor: int) -> None:
        """Return when ``descriptor`` takes bytes, was hung up, or is given up."""
        self._news.clear()
        self._waited_for = descriptor
        asyncio.get_running_loop().add_writer(descriptor, self._news.set)
        try:
            await self._news.wait()
        finally:
            self.give_up()

    def give_up(self) -> None:
        """Wake who waits, and leave the descriptor alone from now on."""
        if self._waited_for is not None:
            asyncio.get_running_loop().remove_writer(self._waited_for)
            self._waited_for = None
        self._news.set()


class OpenPort(Protocol):
    """An open descriptor, however it was opened."""

    def fileno(self) -> int: ...

    def close(self) -> None: ...


async def write(data: bytes, port: Callable[[], OpenPort], room: Room, reel: Reel, unplugged: Callable[[str], str]) -> None:
    """Hand over all of ``data``, as there is room. Raises DeviceGone: what ``port`` raises once it is lost, or ``unplugged``."""
    while data:
        descriptor = port().fileno()
        try:
            written = os.write(descriptor, data)
        except BlockingIOError:
            await room.wait(descriptor)
            continue
        except OSError as error:
            raise DeviceGone(unplugged(str(error.strerror))) from error
        reel.said(data[:written])
        data = data[written:]
