"""Loose threads do the work of an executor and keep nobody from leaving."""

from __future__ import annotations

import asyncio
import threading

import pytest

from edge.host.threads import LooseThreads


@pytest.fixture(autouse=True)
async def loose() -> None:
    """The loop of the test uses them, as that of a box."""
    asyncio.get_running_loop().set_default_executor(LooseThreads())


async def test_results_and_errors_come_back() -> None:
    assert await asyncio.to_thread(int, "7") == 7
    with pytest.raises(ValueError, match="invalid literal"):
        await asyncio.to_thread(int, "seven")


async def test_a_call_that_never_returns_keeps_nobody() -> None:
    never, hanging = threading.Event(), asyncio.get_running_loop().create_future()

    def hang() -> None:
        hanging.get_loop().call_soon_threadsafe(hanging.set_result, threading.current_thread())
        never.wait()

    waiting = asyncio.ensure_future(asyncio.to_thread(hang))
    thread = await hanging
    waiting.cancel()
    async with asyncio.timeout(30):
        await asyncio.get_running_loop().shutdown_default_executor()
    assert thread.is_alive()
    assert thread.daemon
    never.set()
