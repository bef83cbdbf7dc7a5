"""Tells at once that something was plugged in or out, where there is udev; a look at the folders every second tells the rest.

udev has made the names below /dev/serial/by-id when its event comes, so what is looked for can be opened.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import structlog

log = structlog.get_logger()

UDEV = Path("/run/udev/control")
SUBSYSTEMS = ("tty", "input", "hidraw", "video4linux", "usbmisc")
BURST = 256
"""Events of one turn: a hub with twenty devices sends about a hundred."""


class Monitor(Protocol):
    """What is used of pyudev's."""

    def fileno(self) -> int: ...

    def poll(self, timeout: float | None = None) -> object | None: ...


class Arrivals:
    """Open with ``async with``; ``wait`` returns when udev says something of ``SUBSYSTEMS``, or after a time."""

    def __init__(self, *, udev: Path = UDEV) -> None:
        self._udev = udev
        self._monitor: Monitor | None = None
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Listen to udev, if it runs here and can be listened to."""
        if not self._udev.exists():
            return self
        try:
            self._monitor = await asyncio.to_thread(_listening)  # looking for libudev takes a while
        except (ImportError, OSError) as error:
            log.warning("udev cannot be listened to: what is plugged in is seen within a second", problem=str(error))
            return self
        asyncio.get_running_loop().add_reader(self._monitor.fileno(), self._take, self._monitor)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        monitor, self._monitor = self._monitor, None
        if monitor is not None:
            asyncio.get_running_loop().remove_reader(monitor.fileno())

    async def wait(self, at_most_s: float) -> bool:
        """Whether udev said something within ``at_most_s``."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True

    def _take(self, monitor: Monitor) -> None:
        for _ in range(BURST):
            if monitor.poll(timeout=0) is None:
                break
            self._news.set()


def _listening() -> Monitor:
    import pyudev  # type: ignore[import-untyped]

    monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source="udev")
    for subsystem in SUBSYSTEMS:
        monitor.filter_by(subsystem)
    monitor.start()
    listening: Monitor = monitor
    return listening
