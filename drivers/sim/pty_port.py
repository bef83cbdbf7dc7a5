"""A serial port without hardware: a pty whose slave stands behind a path that survives unplugging.

Closing the master looks to the other side exactly like pulling a USB adapter.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import tty
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from drivers.sim.uart import rate_of

BULK = 4096


class PtyPort:
    """The far end of a serial cable. ``link`` is the symlink that a driver opens; it exists while plugged in."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.name: str | None = None
        self._master: int | None = None
        self._slave: int | None = None
        self._heard: asyncio.Queue[bytes] = asyncio.Queue()

    @property
    def plugged(self) -> bool:
        return self._master is not None

    def plug(self) -> None:
        """Appear behind ``link``, as another pts number than the last time: as USB adapters like to do."""
        if self.plugged:
            return
        master, slave = os.openpty()
        if os.ttyname(slave) == self.name:
            master, slave = _another(master, slave)
        tty.setraw(slave)
        os.set_blocking(master, False)
        self._master, self._slave, self.name = master, slave, os.ttyname(slave)
        asyncio.get_running_loop().add_reader(master, self._on_bytes, master)
        fresh = self.link.with_name(self.link.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self.name)
        fresh.replace(self.link)

    def unplug(self) -> None:
        """Vanish: the path goes, and whoever holds the port open is hung up."""
        if self._master is None or self._slave is None:
            return
        self.link.unlink(missing_ok=True)
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = None

    @property
    def host_rate(self) -> int | None:
        """The bits per second to which the driver has set its end."""
        return None if self._master is None else rate_of(self._master)

    async def read(self) -> bytes:
        """The next bytes from the driver; waits, also while unplugged."""
        return await self._heard.get()

    def write(self, data: bytes) -> int:
        """Put bytes on the wire; returns how many went out. What nobody reads is lost, as on a real cable."""
        if self._master is None:
            return 0
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0

    def pause(self) -> None:
        """Take no more bytes until ``resume``: what the cable holds is full soon."""
        if self._master is not None:
            asyncio.get_running_loop().remove_reader(self._master)

    def resume(self) -> None:
        if self._master is not None:
            asyncio.get_running_loop().add_reader(self._master, self._on_bytes, self._master)

    def _on_bytes(self, master: int) -> None:
        data = os.read(master, BULK)
        if data:
            self._heard.put_nowait(data)


@asynccontextmanager
async def on_a_cable(
    link: Path | None, name: str, serve: Callable[[PtyPort], Coroutine[Any, Any, None]]
) -> AsyncIterator[PtyPort]:
    """A port behind ``link``, or behind one of its own, that ``serve`` answers until the end; who uses it plugs it in."""
    with tempfile.TemporaryDirectory(prefix="storebox-sim-") as folder:
        port = PtyPort(link or Path(folder) / name)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(serve(port), name=f"simulated {name} {port.link}")
            try:
                yield port
            finally:
                serving.cancel()
                port.unplug()


def _another(master: int, slave: int) -> tuple[int, int]:
    """A pty with another number: the old one stays taken until the new one is made."""
    fresh = os.openpty()
    os.close(slave)
    os.close(master)
    return fresh
