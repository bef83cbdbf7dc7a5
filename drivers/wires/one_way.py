"""Devices that never answer: all that can be known of a pole display or a mute printer is that its wire is open.

What the box says of them is ``Presence(state="open")``, again and again while the wire is there, and DeviceGone when it is not.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from drivers.contract import DeviceSilent
from drivers.readings import Presence
from drivers.wires.byte_wire import ByteWire
from drivers.wires.stamp import stamp

STILL_OPEN_MS = 10_000


async def presence(wire: ByteWire, device: str, *, every_ms: int = STILL_OPEN_MS) -> AsyncIterator[Presence]:
    """Open at once, and every ``every_ms``. Raises DeviceGone as soon as the wire is gone."""
    while True:
        yield Presence(**stamp(device), state="open")
        try:
            await _unasked(wire, every_ms)
        except DeviceSilent:
            continue


async def _unasked(wire: ByteWire, deadline_ms: int) -> None:
    """Drop what comes unasked, for so long. Raises DeviceGone, DeviceSilent at the end."""
    until = time.monotonic() + deadline_ms / 1000
    while (left_ms := int((until - time.monotonic()) * 1000)) > 0:
        await wire.receive(deadline_ms=left_ms)
    raise DeviceSilent(f"{wire.address} was heard to the end")
