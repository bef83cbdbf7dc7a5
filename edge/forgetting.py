"""Takes the last bytes of a forgotten member and of deleted faces out of the journal's files, when no process knows them.

The write-ahead log is cut between two commits. A reader that has had it open for long (a technician's sqlite3) is waited for;
after a minute people are told of it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from edge.faces.window import FacesWindow
from edge.shop.faces.remains import face_remains, faces_wiped
from edge.shop.members.wiping import to_wipe, wiped
from edge.shop_desk import ShopDesk
from edge.status import Board

LOOK_S = 1.0
PROMISED = timedelta(seconds=60)
ALARM = "forgetting"
HELD = "a member is forgotten, but another program has the journal open and keeps its log: end it (fuser names it: {path})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """Wipes for as long as it runs. ``faces`` is whose process may know templates, None where there is none."""

    desk: ShopDesk
    board: Board
    faces: FacesWindow | None = None
    look_s: float = LOOK_S

    async def run(self) -> NoReturn:
        """Look, wipe, tell, until cancelled. Raises JournalUnavailable."""
        while True:
            await self._look()
            await asyncio.sleep(self.look_s)

    async def _look(self) -> None:
        wishes, remains = await self.desk.journal.query(to_wipe), await self.desk.journal.query(face_remains)
        asked_at = [wish.at for wish in wishes] + ([] if remains is None else [remains.since])
        if not asked_at:
            return
        if self.faces is not None:
            await self.faces.forgotten()
        if await self.desk.journal.wipe():
            if remains is not None:
                await self.desk.decide(faces_wiped(remains), place="clock", asked="wiping")
            if wishes:
                await self.desk.decide(wiped(wishes), place="clock", asked="wiping")
            self.board.clear_alarm(ALARM)
        elif self.desk.now() - min(asked_at) > PROMISED:
            self.board.raise_alarm(ALARM, HELD.format(path=f"{self.desk.journal.path}-wal"))
