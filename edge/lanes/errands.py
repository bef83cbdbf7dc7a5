"""Money on an errand: what waits on the disk for somebody's word is asked for once, each by a task of its own.

    a decision ──> a row that waits, on disk ──> somebody is asked ──> the answer decided, on disk: the row waits no more

The row is the truth. One that is there when this begins is of a box that died, or of a failure here: it is *interrupted*, and
was perhaps asked for before.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Generic, NoReturn, TypeVar

import structlog

from sync.disk import JournalUnavailable
from sync.journal import Journal

log = structlog.get_logger()

LOOK_S = 0.1
Found = TypeVar("Found")
Row = TypeVar("Row", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errands(Generic[Row]):
    """``waiting`` finds the rows, ``name`` tells one from another.

    ``go(row, interrupted)`` asks, and returns when what came of it is on the disk and the row does not wait any more.
    """

    journal: Journal
    waiting: Callable[[sqlite3.Connection], list[Row]]
    go: Callable[[Row, bool], Coroutine[None, None, None]]
    name: Callable[[Row], str]

    async def run(self) -> NoReturn:
        """Look for rows after each commit until cancelled. Raises JournalUnavailable at the start: try again."""
        left = await self.journal.query(self.waiting)
        begun = set(left)
        async with asyncio.TaskGroup() as group:
            for row in left:
                log.warning("money was being asked for when the box stopped; it is looked into", errand=self.name(row))
                group.create_task(self.go(row, True), name=self.name(row))
            async for rows in looks(self.journal, self.waiting):
                begun.intersection_update(rows)  # not when it is settled: this look may be older than that
                for row in rows:
                    if row not in begun:
                        begun.add(row)
                        group.create_task(self.go(row, False), name=self.name(row))
        raise AssertionError("only a cancellation ends the group")


async def looks(journal: Journal, ask: Callable[[sqlite3.Connection], Found]) -> AsyncIterator[Found]:
    """What ``ask`` finds now and after each commit, without end."""
    seen = -1
    while True:
        seen = await journal.watch(seen)
        try:
            found = await journal.query(ask)
        except JournalUnavailable:  # it tells of itself, and there is a commit when it is back
            continue
        yield found
        await asyncio.sleep(LOOK_S)
