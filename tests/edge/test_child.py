"""What is said of a process that has ended: a technician reads there whether somebody, or the kernel, has killed it."""

from __future__ import annotations

import asyncio

import pytest

from edge.child import how_it_ended


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("exit 3", " with status 3"),
        ("kill -TERM $$", " by signal 15 (SIGTERM)"),
        ("kill -KILL $$", " by signal 9 (SIGKILL: somebody killed it, or the kernel for want of memory)"),
        ("kill -40 $$", " by signal 40 (a real-time signal)"),
    ],
)
async def test_it_is_said_how_a_process_has_ended(does: str, told: str) -> None:
    process = await asyncio.create_subprocess_exec("sh", "-c", does)
    async with asyncio.timeout(30):
        await process.wait()
    assert await how_it_ended(process) == told
