"""A member was erased from the tables: a screen says so when the process that reads faces has let go, too."""

from __future__ import annotations

import asyncio

from edge.web.view import View

WITHIN_S = 20.0


async def let_go(view: View) -> None:
    """Until it holds no face that is erased, or is dead. When it takes longer the box still sees to it."""
    if view.faces is None:
        return
    try:
        async with asyncio.timeout(WITHIN_S):
            await view.faces.forgotten()
    except TimeoutError:
        return
