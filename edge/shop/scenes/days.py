"""What a day is in the calendar: a workday, a weekend or a holiday; make-up workdays (调休) work on a weekend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, get_args

from edge.shop.scenes.calendar_document import Body, Days, Span, Weekday

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def kind_of(day: date, calendar: Body) -> Literal["workdays", "weekends", "holidays"]:
    """What ``day`` is. A holiday is one also on a weekend; a make-up workday is a workday whatever its weekday."""
    if day in calendar.makeup_workdays:
        return "workdays"
    if any(holiday.first <= day <= holiday.last for holiday in calendar.holidays):
        return "holidays"
    return "weekends" if day.weekday() >= 5 else "workdays"


def is_on(day: date, on: Sequence[Days], calendar: Body) -> bool:
    """Whether ``day`` is one of ``on``; no days named means every day."""
    return not on or WEEKDAYS[day.weekday()] in on or kind_of(day, calendar) in on


def hours_of(day: date, calendar: Body) -> tuple[Span, ...]:
    """When the store is open: as the exception for the day says, else as the holiday or make-up workday, else as the weekday."""
    for exception in calendar.exceptions:
        if exception.day == day:
            return exception.hours
    hours = calendar.hours
    if day in calendar.makeup_workdays and hours.makeup_workdays is not None:
        return hours.makeup_workdays
    if kind_of(day, calendar) == "holidays" and hours.holidays is not None:
        return hours.holidays
    spans: tuple[Span, ...] = getattr(hours, WEEKDAYS[day.weekday()])
    return spans
