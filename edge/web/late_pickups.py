"""Puts the pickup orders that are late among the alarms of the box, in the language of the store, until they are ready."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import NoReturn

from edge.shop.pickups.pickup import late_orders
from edge.status import Board
from edge.web.lookout import within
from edge.web.words import Words
from sync.journal import Journal

ALARM = "pickups"
TURN_S = 30.0
PACE_S = 0.5
NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePickups:
    """Looks whenever something was recorded."""

    journal: Journal
    board: Board
    words: Words

    async def run(self) -> NoReturn:
        """Keep the alarm true until cancelled. Raises JournalUnavailable."""
        seen = -1
        while True:
            seen = await within(TURN_S, self.journal.watch(seen), seen)
            await self.look()
            await asyncio.sleep(PACE_S)

    async def look(self) -> None:
        """Raise or clear the alarm. Raises JournalUnavailable."""
        late = await self.journal.query(late_orders)
        if not late:
            self.board.clear_alarm(ALARM)
            return
        orders = ", ".join(late[:NAMED]) + ("…" if len(late) > NAMED else "")
        self.board.raise_alarm(ALARM, self.words.say("alarm.pickups_late", count=len(late), orders=orders))
