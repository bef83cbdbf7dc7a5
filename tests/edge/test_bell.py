"""A ring wakes everybody who waits, and one that rang between two waits is not missed."""

from __future__ import annotations

import asyncio

from edge.bell import Bell


async def test_everybody_who_waits_is_woken_once() -> None:
    bell = Bell()
    waiting = [asyncio.ensure_future(bell.after(0)) for _ in range(3)]
    await asyncio.sleep(0)
    bell.ring()
    async with asyncio.timeout(30):
        assert await asyncio.gather(*waiting) == [1, 1, 1]
    again = asyncio.ensure_future(bell.after(1))
    await asyncio.sleep(0)
    assert not again.done()
    again.cancel()


async def test_what_rang_between_two_waits_is_not_missed() -> None:
    bell = Bell()
    for _ in range(3):
        bell.ring()
    async with asyncio.timeout(30):
        assert await bell.after(1) == 3


async def test_another_bell_s_count_is_no_wait() -> None:
    async with asyncio.timeout(30):
        assert await Bell().after(57) == 0
