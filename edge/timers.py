"""Does what the shop does by the clock: looks once a second what is due, and has it decided like anything else.

What was due while the box was off is found due at the start. Each timer is kept going by itself: a bug in one stops no other.
"""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from edge.status import Board
from edge.supervisor import Part
from sync.disk import JournalUnavailable
from sync.entries import Recorded

LOOK_S = 1.0
AT_ONCE = 1_000
"""Pieces of work of one timer before it rests; the journal takes orders in between anyway."""


class TimerStuck(Exception):
    """A bug of ours: the timer is due, and what it does changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """``look_s`` is shorter where the clock runs faster."""

    desk: ShopDesk
    board: Board
    timers: tuple[Timer, ...]
    look_s: float = LOOK_S

    async def run(self) -> NoReturn:
        """Keep them all going until cancelled."""
        async with asyncio.TaskGroup() as group:
            for timer in self.timers:
                part = self._part(timer)
                group.create_task(part.keep_running(), name=part.name)
            await asyncio.Event().wait()
        raise AssertionError("only a cancellation ends the wait")

    def _part(self, timer: Timer) -> Part:
        name = f"timer {timer.name}"

        async def follow() -> NoReturn:
            while True:
                await self._do_what_is_due(timer)
                part.works()
                self.board.clear_alarm(name)
                await asyncio.sleep(self.look_s)

        part = Part(
            name=name,
            run=follow,
            expected=(JournalUnavailable,),
            down=lambda _error: None,  # the journal tells of itself
            broken=partial(self.board.raise_alarm, name),
        )
        return part

    async def _do_what_is_due(self, timer: Timer) -> None:
        """Raises JournalUnavailable, Declined, TimerStuck."""
        for _ in range(AT_ONCE):
            if not await self.desk.journal.query(partial(_is_due, timer, self.desk.moment(), self.desk.shop())):
                return
            outcome = await self.desk.decide(timer.decide, place="clock", asked=timer.name)
            if not timer.silent and not (isinstance(outcome, Recorded) and outcome.rows):
                raise TimerStuck(f"the timer {timer.name} is due, and when asked it has nothing to do")


def _is_due(timer: Timer, moment: Moment, shop: Shop, db: sqlite3.Connection) -> bool:
    return timer.is_due(db, moment.at, shop) or timer.has_waited(db, moment, shop)
