"""Takes over what headquarters says about the settings, as soon as its document is adopted and without a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

import structlog

from config.remote import Remote, overruled
from config.schema import Settings
from edge.shop.settings.document import Said, said_now
from edge.status import Board
from sync.disk import JournalUnavailable
from sync.journal import Journal

log = structlog.get_logger()

LOOK_S = 1.0
ALARM = "settings of headquarters"


@dataclass(slots=True, kw_only=True)
class ToldSettings:
    """``written()`` are the settings of the file; ``use(said)`` makes the shop work by both; ``known`` is in use already."""

    journal: Journal
    board: Board
    written: Callable[[], Settings]
    use: Callable[[Said], Awaitable[None]]
    known: int
    look_s: float = LOOK_S

    async def run(self) -> NoReturn:
        """Look after each commit, until cancelled. Raises JournalUnavailable."""
        while True:
            seen = self.journal.commits
            said = await self.journal.query(said_now)
            self._show(said)
            if said.version != self.known:
                await self.use(said)
                self.known = said.version
                log.info(
                    "headquarters' settings are used", version=said.version, overruled=overruled(self.written(), said.settings)
                )
            await asyncio.sleep(self.look_s)
            await self.journal.watch(seen)

    def _show(self, said: Said) -> None:
        if said.problem:
            self.board.raise_alarm(ALARM, said.problem)
        else:
            self.board.clear_alarm(ALARM)


async def said_before(journal: Journal) -> Said:
    """What headquarters said before this start; nothing while the journal cannot be read."""
    with suppress(JournalUnavailable):
        return await journal.query(said_now)
    return Said(settings=Remote())
