"""Adds up what the inference process sees, and has each minute and each quarter of an hour written down when it is over.

    eyes -> take(Crossed(...)), look({"cam-door": CameraFigures(...)})  -> RAM -> desk.decide(tell(...)) -> journal

A power cut costs a minute of visitors at most, and a quarter of an hour of heat, ways and watching. While the journal does not
record, two hours wait here; then the oldest go, and the cameras' figures say how many minutes were lost.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from edge.shop.footfall.telling import tell
from edge.shop_desk import ShopDesk
from edge.vision.counts import Counts, MinuteCounts, QuarterCounts, minute_begin, quarter_begin
from edge.vision.watching import Watching
from edge.vision.words import CameraFigures, Heated, Seen, Walked
from sync.disk import JournalUnavailable
from sync.events import EventClass

log = structlog.get_logger()

PLACE = "cameras"
LOOK_S = 1.0
MOST_UNTOLD = 128
"""Two hours of minutes and their quarters."""

FLUSH_S = 5.0
QUARTER = timedelta(minutes=15)


@dataclass(slots=True, kw_only=True)
class Tally:
    """The box's side of counting; ``look_s`` is shorter where the clock runs faster."""

    desk: ShopDesk
    look_s: float = LOOK_S
    _minute: MinuteCounts | None = None
    _quarter: QuarterCounts | None = None
    _watching: Watching = field(default_factory=Watching)
    _untold: deque[Counts] = field(default_factory=deque)
    _lost_minutes: int = 0

    def take(self, seen: Seen) -> None:
        """Count ``seen`` in the minute that the box's clock shows now."""
        minute, quarter = self._turn(self.desk.now())
        if isinstance(seen, Walked | Heated):
            quarter.take(seen)
        else:
            minute.take(seen)

    def look(self, cameras: Mapping[str, CameraFigures]) -> None:
        """Count how the cameras were looked at; asked with every beat of the process."""
        _, quarter = self._turn(self.desk.now())
        for camera, news in self._watching.since_last(cameras).items():
            quarter.watch(camera, news)

    async def run(self) -> NoReturn:
        """Write down what is over, until cancelled. Raises Declined for a bug of ours."""
        while True:
            await asyncio.sleep(self.look_s)
            self._turn(self.desk.now())
            with suppress(JournalUnavailable):  # it tells of itself
                await self._tell()

    async def flush_after(self, eyes: Callable[[], Awaitable[None]]) -> None:
        """Run ``eyes``; when it ends, however it does, write down all there is. Raises what ``eyes`` raises."""
        try:
            await eyes()
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Write down all there is, also what is not over; what the journal does not take in time is lost."""
        self._close_minute()
        self._quarter = self._next_quarter(self.desk.now())
        with suppress(JournalUnavailable, TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                await self._tell()
        if self._untold:
            log.warning("counts of the cameras are lost: the journal does not record", parts=len(self._untold))

    def _turn(self, now: datetime) -> tuple[MinuteCounts, QuarterCounts]:
        """The minute and the quarter of ``now``; those of another time are over, whichever way the clock went."""
        if self._minute is None or self._minute.minute != minute_begin(now):
            self._close_minute()
            self._minute = MinuteCounts(minute=minute_begin(now))
        if self._quarter is None or quarter_begin(self._quarter.since) != quarter_begin(now):
            self._quarter = self._next_quarter(now)
        return self._minute, self._quarter

    def _close_minute(self) -> None:
        minute, self._minute = self._minute, None
        if minute is not None and not minute.empty:
            self._keep(minute)

    def _next_quarter(self, now: datetime) -> QuarterCounts:
        """The quarter so far is over. Parts of a tenth of a second that a cell was warm for stay for the next."""
        over, following = self._quarter, QuarterCounts(since=now, until=now)
        if over is None:
            return following
        following.heat_ms = over.split_heat()
        over.until = min(max(now, over.since), quarter_begin(over.since) + QUARTER)
        if not over.empty:
            over.lost_minutes, self._lost_minutes = self._lost_minutes, 0
            self._keep(over)
        return following

    def _keep(self, counts: Counts) -> None:
        self._untold.append(counts)
        if len(self._untold) <= MOST_UNTOLD:
            return
        match self._untold.popleft():
            case MinuteCounts():
                self._lost_minutes += 1
            case QuarterCounts(lost_minutes=lost_minutes):
                self._lost_minutes += lost_minutes

    async def _tell(self) -> None:
        """Raises JournalUnavailable.

        What is being written is no longer kept here: cancelled meanwhile, it is in the journal's inbox, and is told once.
        """
        while self._untold and self.desk.journal.state == "ok":
            counts = self._untold.popleft()
            try:
                await self.desk.decide(tell(counts), place=PLACE, asked="count", event_class=EventClass.TELEMETRY)
            except JournalUnavailable:
                self._untold.appendleft(counts)
                raise
