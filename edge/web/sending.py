"""A long answer that goes on until its reader has gone, stands still, or the door is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from aiohttp import ClientConnectionResetError, web

from edge.web.feed import Feed


async def send_while_open(request: web.Request, feed: Feed, sending: Coroutine[None, None, None], *, of: str) -> None:
    """Run ``sending`` until it ends or the readers of now are let go; who takes nothing is cut off. ``of`` names the tasks."""
    try:
        async with asyncio.TaskGroup() as ways:
            sends = ways.create_task(sending, name=f"{of}: sending")
            ends = ways.create_task(feed.ended(), name=f"{of}: end")
            await asyncio.wait((sends, ends), return_when=asyncio.FIRST_COMPLETED)
            sends.cancel()
            ends.cancel()
    except* (ClientConnectionResetError, TimeoutError):
        if request.transport is not None:
            request.transport.abort()
