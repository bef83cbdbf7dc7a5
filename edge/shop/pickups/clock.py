"""How long something has taken, whatever happened to the clock: by the monotonic clock within one boot, else by the wall.

A wall clock that was set while an order waited would raise its alarm too early, too late or never; so the order's own clock is
set right along with it, when either clock says that it is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from edge.shop.moment import Moment

JUMP_MS = 5_000
"""The monotonic clock and a clock that is kept by time servers drift apart by less than that in hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """When something began: by the wall, by the monotonic clock, and in which boot."""

    at: datetime
    monotonic_ms: int
    boot: str

    @classmethod
    def now(cls, moment: Moment) -> Began:
        """It begins at ``moment``."""
        return cls(at=moment.at, monotonic_ms=moment.monotonic_ms, boot=moment.boot)


def elapsed_ms(began: Began, moment: Moment) -> int:
    """How long it has taken until ``moment``, never less than nothing."""
    if moment.boot and began.boot == moment.boot:
        return max(0, moment.monotonic_ms - began.monotonic_ms)
    return max(0, _wall_ms(began, moment))


def set_right(began: Began, moment: Moment) -> Began | None:
    """The beginning as the clock tells it now, if the clock was set since; None if it was not. Never later than now."""
    wall_ms = _wall_ms(began, moment)
    if moment.boot and began.boot == moment.boot:
        true_ms = elapsed_ms(began, moment)
        if wall_ms >= 0 and abs(wall_ms - true_ms) <= JUMP_MS:
            return None
        at = moment.at - timedelta(milliseconds=true_ms)
        return Began(at=at, monotonic_ms=began.monotonic_ms, boot=began.boot)
    return Began.now(moment) if wall_ms < 0 else None


def _wall_ms(began: Began, moment: Moment) -> int:
    return (moment.at - began.at) // timedelta(milliseconds=1)
