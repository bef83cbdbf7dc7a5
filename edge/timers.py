"""Does what the shop does by the clock: looks once a second what is due, and has it decided like anything else.

What was due while the box was off is found due at the start. Each timer is kept going by itself: one that fails, hangs, or is due
and changes nothing stops no other, and is told.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import NoReturn

from edge.shop.moment import Moment
from edge.shop.part import Timer
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from edge.status import Board
from edge.supervisor import Part
from sync.disk import JournalUnavailable
from sync.entries import Recorded
from sync.events import Event

LOOK_S = 1.0
AT_ONCE = 1_000
"""Pieces of work of one timer before it rests; the journal takes orders in between anyway."""


PIECE_S = 60.0
"""A piece of work takes milliseconds; a worn disk may take seconds to commit it."""

IDLE_PIECES = 3
"""A silent timer may find once that another transaction was faster; not again and again."""

WORKS_ON_S = 3_600.0
"""A search through everything takes minutes."""


class TimerStuck(Exception):
    """A bug of ours: the timer is due, and what it does changes nothing, or it does not end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """``look_s`` is shorter where the clock runs faster."""

    desk: ShopDesk
    board: Board
    timers: tuple[Timer, ...]
    look_s: float = LOOK_S
    piece_s: float = PIECE_S
    works_on_s: float = WORKS_ON_S

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
            rested_at = monotonic()
            while True:
                if await self._do_what_is_due(timer):
                    rested_at = monotonic()
                    part.works()
                    self.board.clear_alarm(name)
                elif monotonic() - rested_at > self.works_on_s:
                    told = f"the timer {timer.name} has been at work for {self.works_on_s / 60:.0f} minutes without an end"
                    self.board.raise_alarm(name, f"{told}: send `journalctl -u storebox` to support")
                await asyncio.sleep(self.look_s)

        part = Part(
            name=name,
            run=follow,
            expected=(JournalUnavailable,),
            down=partial(self._tell, name),
            broken=partial(self.board.raise_alarm, name),
        )
        return part

    def _tell(self, name: str, failure: Exception) -> None:
        """The journal tells of itself, and who hangs has been told of."""
        if not isinstance(failure, JournalUnavailable) and name not in self.board.alarms:
            self.board.raise_alarm(name, f"{name} failed and is tried again ({type(failure).__name__}: {failure})")

    async def _do_what_is_due(self, timer: Timer) -> bool:
        """Whether all of it is done. Raises JournalUnavailable, Declined, TimerStuck."""
        idle = 0
        for _ in range(AT_ONCE):
            did = await self._in_time(timer)
            if did is None:
                return True
            idle = 0 if did else idle + 1
            if idle >= (IDLE_PIECES if timer.silent else 1):
                raise TimerStuck(f"the timer {timer.name} is due, and when asked it has nothing to do")
        return False

    async def _in_time(self, timer: Timer) -> bool | None:
        """``_do_a_piece``. Raises TimerStuck when it does not come back."""
        try:
            async with asyncio.timeout(self.piece_s):
                return await self._do_a_piece(timer)
        except TimeoutError as error:
            told = f"the timer {timer.name} did not come back within {self.piece_s:g} s"
            self.board.raise_alarm(
                f"timer {timer.name}", f"{told}: restart the box, and send `journalctl -u storebox` to support"
            )
            raise TimerStuck(told) from error

    async def _do_a_piece(self, timer: Timer) -> bool | None:
        """Whether it changed anything; None when nothing is due."""
        changes = 0

        def counted(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
            nonlocal changes
            before = db.total_changes
            yield from timer.decide(moment, shop, db)
            changes = db.total_changes - before

        if not await self.desk.journal.query(partial(_is_due, timer, self.desk.moment(), self.desk.shop())):
            return None
        outcome = await self.desk.decide(counted, place="clock", asked=timer.name)
        said = isinstance(outcome, Recorded) and bool(outcome.rows)
        return said or (timer.silent and changes > 0)


def _is_due(timer: Timer, moment: Moment, shop: Shop, db: sqlite3.Connection) -> bool:
    return timer.is_due(db, moment.at, shop) or timer.has_waited(db, moment, shop)
