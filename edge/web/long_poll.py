"""A question that is answered when there is news, after a while, or when the door closes: a screen that asks again follows."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from edge.web.feed import Feed

PATIENCE_S = 20.0


async def wait_for_news(feed: Feed, *news: Coroutine[None, None, object], of: str) -> None:
    """Wait for the first of ``news``, at most PATIENCE_S, and no longer than the door is open. ``of`` names the tasks."""
    try:
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as ways:
            waits = [ways.create_task(each, name=f"{of}: news") for each in (*news, feed.ended())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for each in waits:
                each.cancel()
    except TimeoutError:
        return
