"""Keeps the index of products new while the shop sells, off the event loop; a search takes one question to a reader.

It is made anew when another catalogue is adopted, and now and then when the order of sales has changed. Until it is there, a
search reads every row: slower, and with the same answer.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import NoReturn

from edge.shop.catalogue.search import SearchIndex, build_index, find_by_like, standing_of
from sync.disk import JournalUnavailable
from sync.journal import Journal

LOOK_S = 1.0
SALES_S = 1_800.0
"""How old the order of sales may grow."""


@dataclass(slots=True, kw_only=True)
class Search:
    """Searches in the newest index of ``journal``."""

    journal: Journal
    _index: SearchIndex | None = field(default=None)
    _made_at: float = field(default=0.0)

    def find(self, words: str, limit: int, db: sqlite3.Connection) -> list[str]:
        """SKUs, the best sellers first; asked inside a question to the journal."""
        index = self._index
        if index is None or index.version != standing_of(db)[0]:
            return find_by_like(db, words, limit)
        return index.find(words, limit)

    async def keep_new(self) -> NoReturn:
        """Make the index anew whenever it is old; never returns."""
        seen = -1
        while True:
            with suppress(JournalUnavailable):  # it tells of itself
                await self._renew()
            seen = await self.journal.watch(seen)
            await asyncio.sleep(LOOK_S)

    async def _renew(self) -> None:
        version, sold = await self.journal.query(standing_of)
        index = self._index
        if index is not None and index.version == version:
            if index.sold == sold or monotonic() - self._made_at < SALES_S:
                return
        elif version == 0:
            return
        self._index = await self.journal.query(partial(build_index))
        self._made_at = monotonic()
