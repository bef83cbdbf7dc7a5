"""What every wire of plain bytes can do: one driver then speaks over a serial port, a USB device file and TCP alike."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Protocol, Self

MOST_BYTES = 64 * 1024


class ByteWire(Protocol):
    """Bytes to and from one device, open while inside ``async with``. ``address`` names it to people."""

    @property
    def address(self) -> str: ...

    @property
    def turn(self) -> asyncio.Lock:
        """Held for the length of one conversation."""
        ...

    async def __aenter__(self) -> Self:
        """Raises DeviceGone."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def send(self, data: bytes, *, deadline_ms: int) -> None:
        """Hand ``data`` to the device. Raises DeviceGone, DeviceSilent when it takes no bytes."""
        ...

    async def receive(self, *, deadline_ms: int, most: int = MOST_BYTES) -> bytes:
        """What has arrived, at least one byte. Raises DeviceGone, DeviceSilent."""
        ...
