"""Has what the inference process sees written down, when each minute and each quarter of an hour is over.

    eyes -> take(Crossed(...)), look({"cam-door": CameraFigures(...)}) -> RAM -> desk.decide(tell(...)) -> journal

A power cut costs a minute of visitors at most, and a quarter of an hour of heat, ways and watching.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

import structlog

from edge.shop.footfall.telling import tell
from edge.shop_desk import ShopDesk
from edge.vision.counting import Counting
from edge.vision.words import CameraFigures, Seen
from sync.disk import JournalUnavailable
from sync.events import EventClass

log = structlog.get_logger()

PLACE = "cameras"
LOOK_S = 1.0
FLUSH_S = 5.0


@dataclass(slots=True, kw_only=True)
class Tally:
    """The box's side of counting; ``look_s`` is shorter where the clock runs faster."""

    desk: ShopDesk
    look_s: float = LOOK_S
    _counting: Counting = field(default_factory=Counting)

    def take(self, seen: Seen) -> None:
        """Count ``seen`` in the minute that the box's clock shows now."""
        self._counting.take(seen, self.desk.now())

    def look(self, cameras: Mapping[str, CameraFigures]) -> None:
        """Count how the cameras were looked at; asked with every beat of the process."""
        self._counting.look(cameras, self.desk.now())

    async def run(self) -> NoReturn:
        """Write down what is over, until cancelled. Raises Declined for a bug of ours."""
        while True:
            await asyncio.sleep(self.look_s)
            self._counting.turn(self.desk.now())
            with suppress(JournalUnavailable):  # it tells of itself
                await self._tell()

    async def flush_after(self, eyes: Callable[[], Awaitable[None]]) -> None:
        """Run ``eyes``; when it ends, however it does, write down all there is. Raises what ``eyes`` raises."""
        try:
            await eyes()
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Write down all there is, also what is not over; what the journal does not take in time waits for it."""
        self._counting.end(self.desk.now())
        with suppress(JournalUnavailable, TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                await self._tell()
        if self._counting.waiting:
            log.warning("counts of the cameras wait: the journal does not record now", parts=self._counting.waiting)

    async def _tell(self) -> None:
        """Raises JournalUnavailable.

        What is being written is no longer kept here: cancelled meanwhile, it is in the journal's inbox, and is told once.
        """
        while self.desk.journal.state == "ok" and (counts := self._counting.first()) is not None:
            try:
                await self.desk.decide(tell(counts), place=PLACE, asked="count", event_class=EventClass.TELEMETRY)
            except JournalUnavailable:
                self._counting.put_back(counts)
                raise
