"""What the box tells the cloud of itself: that it started, and what its clock was each time that a time server had set it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NoReturn

from edge.host.clock import ClockState
from sync.box_events import box_started, clock_known
from sync.entries import Entry, NotRecorded
from sync.journal import Journal

LOOK_S = 10.0
AGAIN_S = 5.0


async def tell_beginnings(
    journal: Journal, version: str, clock: Callable[[], ClockState], *, look_s: float = LOOK_S, again_s: float = AGAIN_S
) -> NoReturn:
    """Record the start, then the clock whenever it becomes synced; however long the disk refuses."""
    await _recorded(journal, lambda: box_started(version=version, at=datetime.now(UTC), monotonic_ms=_monotonic_ms()), again_s)
    before: ClockState = "unsynced"
    while True:
        now = clock()
        if (before, now) == ("unsynced", "synced"):
            await _recorded(journal, lambda: clock_known(at=datetime.now(UTC), monotonic_ms=_monotonic_ms()), again_s)
        before = now
        await asyncio.sleep(look_s)


async def _recorded(journal: Journal, entry: Callable[[], Entry], again_s: float) -> None:
    while isinstance(await journal.record(entry()), NotRecorded):  # noqa: ASYNC110 - a disk gives no sign that it recovered
        await asyncio.sleep(again_s)


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000
