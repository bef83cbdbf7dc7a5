"""A keyboard that only we hear: a scanner must not type into whatever window or console is in front.

DeviceGone      no such device, not allowed, another program holds it, unplugged
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable
from types import TracebackType
from typing import Self

from drivers.contract import DeviceGone

BULK = 24 * 64
EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int), linux/input.h: the events go to this descriptor alone, until it is closed."""


def grab(descriptor: int) -> None:
    """Take the device for us alone. Raises OSError."""
    fcntl.ioctl(descriptor, EVIOCGRAB, 1)


class InputDevice:
    """The events of ``path``, in bulk. ``hold`` takes the device for us alone."""

    def __init__(self, path: str, *, hold: Callable[[int], None] = grab) -> None:
        self.path, self._hold = path, hold
        self._descriptor = -1
        self._readable = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Open and hold it. Raises DeviceGone."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise DeviceGone(
                f"cannot open {self.path} ({error.strerror}): is the scanner plugged in, may storebox read it?"
            ) from error
        try:
            self._hold(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise DeviceGone(
                f"cannot hold {self.path} for storebox alone ({error.strerror}): is it a keyboard, does another program hold it?"
            ) from error
        self._descriptor = descriptor
        asyncio.get_running_loop().add_reader(descriptor, self._readable.set)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Let go of it; closing ends the hold."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)

    async def receive(self) -> bytes:
        """The next events, whole records. Raises DeviceGone when it was unplugged."""
        while True:
            self._readable.clear()
            try:
                data = os.read(self._descriptor, BULK)
            except BlockingIOError:
                await self._readable.wait()
                continue
            except OSError as error:
                raise DeviceGone(
                    f"{self.path} is gone ({error.strerror}): unplugged? It is opened again when it comes back"
                ) from error
            if not data:
                raise DeviceGone(f"{self.path} is gone: unplugged? It is opened again when it comes back")
            return data
