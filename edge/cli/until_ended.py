"""Runs something until the technician or systemd ends it: without this Ctrl-C would end in a traceback."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


def until_ended(work: Coroutine[Any, Any, None]) -> None:
    """Run ``work``; SIGINT and SIGTERM cancel it, and that is a good end. Raises what ``work`` raises."""
    asyncio.run(_cancellable(work))


async def _cancellable(work: Coroutine[Any, Any, None]) -> None:
    loop, this_task = asyncio.get_running_loop(), asyncio.current_task()
    assert this_task is not None  # noqa: S101 - inside asyncio.run there is one
    ended = asyncio.Event()

    def end() -> None:
        ended.set()
        this_task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    try:
        await work
    except asyncio.CancelledError:
        if not ended.is_set():
            raise
