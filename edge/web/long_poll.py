"""A question that is answered when there is news, after a while, or when the door closes: a screen that asks again follows."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from edge.web.feed import Feed

PATIENCE_S = 20.0


async def wait_for_news(news: Coroutine[None, None, None], feed: Feed, *, of: str) -> None:
    """Wait for ``news``, at most PATIENCE_S, and no longer than the door is open. ``of`` names the tasks."""
    try:
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as ways:
            waits = ways.create_task(news, name=f"{of}: news")
            ends = ways.create_task(feed.ended(), name=f"{of}: end")
            await asyncio.wait((waits, ends), return_when=asyncio.FIRST_COMPLETED)
            waits.cancel()
            ends.cancel()
    except TimeoutError:
        return
