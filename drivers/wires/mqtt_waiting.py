"""Waiting for the next message at the broker: a device of the shop and one of another maker are waited for in the same way.

DeviceGone      the broker is lost
Flooded         the device said more than anybody can follow, and was cut off
TimeoutError    nothing came within the deadline
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol, TypeVar

from drivers.contract import DeviceError, DeviceGone

T = TypeVar("T")


class Flooded(DeviceError):
    """The device says more than can be followed; the text says how much was passed over."""


class Waiting(Protocol[T]):
    """Messages in order; ``arrived`` is set with each change, ``passed_over`` counts what was too much, ``gone`` says why."""

    @property
    def waiting(self) -> deque[T]: ...
    @property
    def arrived(self) -> asyncio.Event: ...
    @property
    def gone(self) -> str: ...
    @property
    def passed_over(self) -> int: ...


async def next_of(inbox: Waiting[T], flooded: Callable[[int], str], deadline_s: float | None) -> T:
    """Take the next message. ``flooded(passed_over)`` says what to do against the flood."""
    while not inbox.waiting:
        if inbox.gone:
            raise DeviceGone(inbox.gone)
        if inbox.passed_over:
            raise Flooded(flooded(inbox.passed_over))
        inbox.arrived.clear()
        async with asyncio.timeout(deadline_s):
            await inbox.arrived.wait()
    return inbox.waiting.popleft()
