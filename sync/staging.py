"""Lays a large document out in the database slice by slice, so that orders are committed in between.

Nothing that is laid out counts until the adoption, which is one short transaction. What a crash leaves half laid out is
swept away before the next document of the kind.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from sync.adopters import Adopter, DocumentRefused, Step
from sync.commits import NotCommitted, carry_out
from sync.disk import JournalUnavailable
from sync.journal import Journal


class Staging:
    """``now()`` stamps the commits."""

    def __init__(self, journal: Journal, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._now = now

    async def lay_out(self, adopter: Adopter, parsed: Any, version: int) -> None:
        """Everything of ``parsed``, not yet counting.

        Raises JournalUnavailable, and DocumentRefused for a mistake that is found on the way or a bug of the adopter.
        """
        await self._sweep(adopter)
        steps = iter(adopter.stage(parsed, version))
        step = await asyncio.to_thread(next, steps, None)
        while step is not None:  # while one slice is flushed to the disk the next is made, beside the loop
            step, _ = await asyncio.gather(asyncio.to_thread(next, steps, None), self._commit(step))

    async def clear(self, adopter: Adopter) -> None:
        """Remove what no longer counts; what the disk does not let go is removed before the next document."""
        with suppress(JournalUnavailable, DocumentRefused):
            await self._sweep(adopter)

    async def _sweep(self, adopter: Adopter) -> None:
        more = True

        def step(db: sqlite3.Connection) -> None:
            nonlocal more
            more = adopter.sweep(db)

        while more:
            await self._commit(step)

    async def _commit(self, step: Step) -> None:
        try:
            await carry_out(self._journal, step, self._now())
        except NotCommitted as error:
            raise DocumentRefused(str(error)) from error
