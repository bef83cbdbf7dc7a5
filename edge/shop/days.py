"""Which business day a moment belongs to: a shop that closes at two in the morning has not begun a new day at midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


def business_day(at: datetime, tz: str, day_starts_at: time) -> str:
    """The day (``YYYY-MM-DD``) of ``at`` (aware) in zone ``tz``.

    Days are compared as instants, so that a clock set back at night does not return to the day before.
    """
    day = at.astimezone(ZoneInfo(tz)).date()
    while at < _start(day, tz, day_starts_at):
        day -= ONE_DAY
    while at >= _start(day + ONE_DAY, tz, day_starts_at):
        day += ONE_DAY
    return day.isoformat()


@lru_cache(maxsize=8)  # of yesterday, today and tomorrow, asked for with every order
def _start(day: date, tz: str, day_starts_at: time) -> datetime:
    return datetime.combine(day, day_starts_at, ZoneInfo(tz)).astimezone(UTC)
