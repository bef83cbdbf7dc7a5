"""Follows the journal and counts what happened for the reports, a slice at a time and never in an order's way.

What was recorded while nobody counted is counted at the start; an event that retention took before is not.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NoReturn, TypeVar

from edge.shop.insight.counting import KEEP_DAYS, KEEP_PAIRS_DAYS, SLICE_EVENTS, count_slice, forget_old, note_new_goods
from edge.shop_desk import ShopDesk
from sync.commits import carry_out
from sync.journal import Journal

PAUSE_S = 0.2
"""Between two slices: at most a thousand events a second are counted, which leaves the journal to the orders."""

LOOK_S = 1.0

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Insights:
    """Counts for as long as it runs."""

    journal: Journal
    desk: ShopDesk
    look_s: float = LOOK_S
    pause_s: float = PAUSE_S
    _tidied: str = ""
    _noted: int = 0

    async def run(self) -> NoReturn:
        """Count until cancelled. Raises JournalUnavailable, NotCommitted."""
        while True:
            seen = self.journal.commits
            await self._catch_up()
            await self._note()
            await self._tidy()
            await asyncio.sleep(self.look_s)
            await self.journal.watch(seen)

    async def _catch_up(self) -> None:
        """Count all there is, slice by slice; a look costs no commit."""
        while await self.journal.query(_is_behind):
            counted = await self._commit(partial(count_slice, shop=self.desk.shop()))
            if counted < SLICE_EVENTS:
                return
            await asyncio.sleep(self.pause_s)

    async def _note(self) -> None:
        """Once for each catalogue: what is new in it."""
        version = await self.journal.query(_catalogue_version)
        if version == self._noted:
            return
        day, after = self._day(0), await self._commit(partial(note_new_goods, day=self._day(0), after=""))
        while after:
            await asyncio.sleep(self.pause_s)
            after = await self._commit(partial(note_new_goods, day=day, after=after))
        self._noted = version

    async def _tidy(self) -> None:
        """Once a day."""
        day = self._day(0)
        if day != self._tidied:
            await self._commit(partial(forget_old, day=self._day(KEEP_DAYS), pairs_day=self._day(KEEP_PAIRS_DAYS)))
            self._tidied = day

    def _day(self, ago: int) -> str:
        return self.desk.shop().day(self.desk.now() - timedelta(days=ago))

    async def _commit(self, step: Callable[[sqlite3.Connection], T]) -> T:
        results: list[T] = []

        def run(db: sqlite3.Connection) -> None:
            results.append(step(db))

        await carry_out(self.journal, run, self.desk.now())
        return results[-1]


def _is_behind(db: sqlite3.Connection) -> bool:
    """Whether there are events after the cursor."""
    behind = "SELECT 1 FROM events WHERE sequence > coalesce((SELECT sequence FROM insight_cursor), 0) LIMIT 1"
    return db.execute(behind).fetchone() is not None


def _catalogue_version(db: sqlite3.Connection) -> int:
    return int((db.execute("SELECT version FROM catalogue").fetchone() or (0,))[0])
