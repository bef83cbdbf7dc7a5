"""The time of day as the shop sees it: the machine's, or for a simulated day one that runs faster.

    storebox run --simulated-clock 2026-11-21T08:00:00+08:00,200,81234567

begins at that time when the machine's monotonic clock stands at 81 234 567 ms, and runs 200 times as fast: two programs agree,
and one that was started again. Deadlines of wires and requests stay real: only what the shop reads from the wall runs fast.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from edge.host.clock import ClockState, clock_state


class NoClock(ValueError):
    """The words do not describe a clock; the text says how to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WallClock:
    """``began`` is None for the machine's own clock."""

    began: datetime | None = None
    began_ms: int = 0
    speed: float = 1.0

    def state(self) -> ClockState:
        """Whether it can be believed; a simulated one is right by definition."""
        return clock_state() if self.began is None else "synced"

    @classmethod
    def read(cls, words: str) -> Self:
        """The clock that ``START,SPEED,MONOTONIC_MS`` describes. Raises NoClock."""
        try:
            start, speed, began_ms = words.split(",")
            clock = cls(began=datetime.fromisoformat(start), began_ms=int(began_ms), speed=float(speed))
        except ValueError as error:
            raise NoClock(
                f"{words!r} is no clock: write START,SPEED,MONOTONIC_MS, for example 2026-11-21T08:00:00+08:00,200,0"
            ) from error
        if clock.began is None or clock.began.tzinfo is None or not 0 < clock.speed <= 10_000:
            raise NoClock(f"{words!r} is no clock: its start needs a zone (+08:00), its speed is above 0 and at most 10000")
        return clock

    def now(self) -> datetime:
        """The time now, UTC."""
        return self.at(time.monotonic_ns() // 1_000_000)

    def at(self, monotonic_ms: int) -> datetime:
        """The time, UTC, when the monotonic clock stood at ``monotonic_ms``; of the machine's own clock always now."""
        if self.began is None:
            return datetime.now(UTC)
        return self.began.astimezone(UTC) + timedelta(milliseconds=(monotonic_ms - self.began_ms) * self.speed)
