"""The far end of a cable, serial or network: what a simulated device needs of it."""

from __future__ import annotations

from typing import Protocol


class Port(Protocol):
    """Plugged in, bytes come and go; paused, the device takes none and the host must wait."""

    def plug(self) -> None: ...

    def unplug(self) -> None: ...

    async def read(self) -> bytes: ...

    def write(self, data: bytes) -> int: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...
