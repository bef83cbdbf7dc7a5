"""What a day is in the calendar: a workday, a weekend or a holiday, and when the store is open; make-up workdays (调休) work."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from edge.shop.scenes.calendar_document import Body, Days, Span, Weekday
from edge.shop.scenes.names import ONE_DAY, instant

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
Interval = tuple[datetime, datetime]
"""From when until before when, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a rule may be ``on``, and the hours of the store that begin on this day."""

    on: frozenset[Days]
    hours: tuple[Interval, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Almanac:
    """A calendar in the store's zone. It remembers the days that it was asked for: many rules ask for the same few."""

    calendar: Body
    zone: ZoneInfo
    _known: dict[date, Day] = field(default_factory=dict)

    def day(self, day: date) -> Day:
        """What ``day`` is."""
        found = self._known.get(day)
        if found is None:
            kind = kind_of(day, self.calendar)
            intervals = [interval(day, span, self.zone) for span in _spans(day, kind, self.calendar)]
            # hours that lie wholly in an hour which the clock skips are none
            hours = tuple((begins, ends) for begins, ends in intervals if begins < ends)
            found = self._known[day] = Day(on=frozenset({WEEKDAYS[day.weekday()], kind}), hours=hours)
        return found


def kind_of(day: date, calendar: Body) -> Literal["workdays", "weekends", "holidays"]:
    """What ``day`` is. A holiday is one also on a weekend; a make-up workday is a workday whatever its weekday."""
    if day in calendar.makeup_workdays:
        return "workdays"
    if any(holiday.first <= day <= holiday.last for holiday in calendar.holidays):
        return "holidays"
    return "weekends" if day.weekday() >= 5 else "workdays"


def interval(day: date, span: Span, zone: ZoneInfo) -> Interval:
    """``span`` of ``day``; an end that is not after the beginning is on the next day."""
    next_day = day + ONE_DAY if span.to <= span.start else day
    return instant(day, span.start, zone), instant(next_day, span.to, zone)


def _spans(day: date, kind: str, calendar: Body) -> tuple[Span, ...]:
    """As the exception for the day says, else as the holiday or make-up workday, else as the weekday."""
    for exception in calendar.exceptions:
        if exception.day == day:
            return exception.hours
    hours = calendar.hours
    if day in calendar.makeup_workdays and hours.makeup_workdays is not None:
        return hours.makeup_workdays
    if kind == "holidays" and hours.holidays is not None:
        return hours.holidays
    spans: tuple[Span, ...] = getattr(hours, WEEKDAYS[day.weekday()])
    return spans
