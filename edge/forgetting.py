"""Takes the last bytes of a forgotten member out of the journal's files: the write-ahead log is cut between two commits.

A reader that has had the log open for long (a technician's sqlite3) is waited for; after a minute people are told of it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from edge.shop.members.wiping import to_wipe, wiped
from edge.shop_desk import ShopDesk
from edge.status import Board

LOOK_S = 1.0
PROMISED = timedelta(seconds=60)
ALARM = "forgetting"
HELD = "a member is forgotten, but another program has the journal open and keeps its log: end it (fuser names it: {path})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """Wipes for as long as it runs."""

    desk: ShopDesk
    board: Board
    look_s: float = LOOK_S

    async def run(self) -> NoReturn:
        """Look, wipe, tell, until cancelled. Raises JournalUnavailable."""
        while True:
            await self._look()
            await asyncio.sleep(self.look_s)

    async def _look(self) -> None:
        asked = await self.desk.journal.query(to_wipe)
        if not asked:
            return
        if await self.desk.journal.wipe():
            await self.desk.decide(wiped(asked), place="clock", asked="wiping")
            self.board.clear_alarm(ALARM)
        elif self.desk.now() - min(wish.at for wish in asked) > PROMISED:
            self.board.raise_alarm(ALARM, HELD.format(path=f"{self.desk.journal.path}-wal"))
