"""Cuts what is counted into minutes and quarters of an hour by the box's clock, whichever way that jumps; no word counts twice.

    counting.take(Crossed(...), now)   counting.turn(now)   counting.first() -> MinuteCounts that is over, or None

While nobody takes what is over, two hours wait; then the oldest go, and the cameras' figures say how many minutes were lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from edge.vision.counts import Counts, MinuteCounts, QuarterCounts, minute_begin, quarter_begin
from edge.vision.watching import Watching
from edge.vision.words import CameraFigures, Heated, Seen, Walked

MOST_WAITING = 128
"""Two hours of minutes and their quarters."""

QUARTER = timedelta(minutes=15)


@dataclass(slots=True)
class Counting:
    """Takes no clock: ``now`` (UTC) comes with every word."""

    _minute: MinuteCounts | None = None
    _quarter: QuarterCounts | None = None
    _watching: Watching = field(default_factory=Watching)
    _over: deque[Counts] = field(default_factory=deque)
    _lost_minutes: int = 0

    @property
    def waiting(self) -> int:
        """How many minutes and quarters are over and not taken yet."""
        return len(self._over)

    def take(self, seen: Seen, now: datetime) -> None:
        """Count ``seen`` in the minute, or the quarter, of ``now``."""
        minute, quarter = self.turn(now)
        if isinstance(seen, Walked | Heated):
            quarter.take(seen)
        else:
            minute.take(seen)

    def look(self, cameras: Mapping[str, CameraFigures], now: datetime) -> None:
        """Count how the cameras were looked at since the last figures."""
        _, quarter = self.turn(now)
        for camera, news in self._watching.since_last(cameras).items():
            quarter.watch(camera, news)

    def turn(self, now: datetime) -> tuple[MinuteCounts, QuarterCounts]:
        """The minute and the quarter of ``now``; those of another time are over."""
        if self._minute is None or self._minute.minute != minute_begin(now):
            self._end_minute()
            self._minute = MinuteCounts(minute=minute_begin(now))
        if self._quarter is None or quarter_begin(self._quarter.since) != quarter_begin(now):
            self._quarter = self._next_quarter(now)
        return self._minute, self._quarter

    def end(self, now: datetime) -> None:
        """The minute and the quarter are over, as far as they have come."""
        self._end_minute()
        self._quarter = self._next_quarter(now)

    def first(self) -> Counts | None:
        """Take what has been over for longest."""
        return self._over.popleft() if self._over else None

    def put_back(self, counts: Counts) -> None:
        """It could not be written down: it is the first again."""
        self._over.appendleft(counts)
        self._bound()

    def _end_minute(self) -> None:
        minute, self._minute = self._minute, None
        if minute is not None and not minute.empty:
            self._over.append(minute)
            self._bound()

    def _next_quarter(self, now: datetime) -> QuarterCounts:
        """The quarter so far is over. Parts of a tenth of a second that a cell was warm for stay for the next."""
        over, following = self._quarter, QuarterCounts(since=now, until=now)
        if over is None:
            return following
        following.heat_ms = over.split_heat()
        over.until = min(max(now, over.since), quarter_begin(over.since) + QUARTER)
        if not over.empty:
            over.lost_minutes, self._lost_minutes = self._lost_minutes, 0
            self._over.append(over)
            self._bound()
        return following

    def _bound(self) -> None:
        while len(self._over) > MOST_WAITING:
            match self._over.popleft():
                case MinuteCounts():
                    self._lost_minutes += 1
                case QuarterCounts(lost_minutes=lost_minutes):
                    self._lost_minutes += lost_minutes
