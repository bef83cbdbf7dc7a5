"""The calendar as headquarters sends it: opening hours, holidays and make-up workdays, campaigns, and scenes by the clock.

    {"hours": {"mon": [{"from": "09:00", "to": "21:00"}], …, "holidays": [{"from": "10:00", "to": "22:00"}]},
     "exceptions": [{"day": "2026-02-16", "names": {"zh": "除夕"}, "hours": [{"from": "09:00", "to": "15:00"}]}],
     "holidays": [{"names": {"zh": "国庆节"}, "first": "2026-10-01", "last": "2026-10-07"}],
     "makeup_workdays": ["2026-10-10"],
     "opened_scene": "open", "closed_scene": "night",
     "rules": [{"name": "dusk", "at": "18:00", "on": ["workdays"], "scene": "evening"}],
     "campaigns": [{"name": "weekend", "names": {"en": "Weekend"}, "scene": "lively", "from": "2026-03-07T10:00",
                    "to": "2026-03-08T22:00"}]}

All times are those of the store's own zone. Fields that this version does not know are left alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from edge.shop.bodies import read_body
from edge.shop.scenes.names import EndTime, Id, LocalMoment, LocalTime, Names, moment_of
from edge.shop.scenes.plans import keep_plan
from sync.adopters import Adopter, DocumentRefused

KIND = "calendar"
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Days = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "workdays", "weekends", "holidays"]
RuleTime = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|opening|closing)\Z", description="Time of day, HH:MM, or opening or closing."
    ),
]
UTC_ZONE = ZoneInfo("UTC")


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when; an end that is not after the beginning is on the next day."""

    start: LocalTime = msgspec.field(name="from")
    to: EndTime


Spans = Annotated[tuple[Span, ...], msgspec.Meta(max_length=10)]


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """When the store is open; a day without hours is closed. Holidays and make-up workdays not named are as their weekday."""

    mon: Spans = ()
    tue: Spans = ()
    wed: Spans = ()
    thu: Spans = ()
    fri: Spans = ()
    sat: Spans = ()
    sun: Spans = ()
    holidays: Spans | None = None
    makeup_workdays: Spans | None = None


class ExceptionalDay(msgspec.Struct, frozen=True, kw_only=True):
    """The hours of one day, whatever else it is; none: closed."""

    day: date
    names: Names = Names()
    hours: Spans = ()


class Holiday(msgspec.Struct, frozen=True, kw_only=True):
    """Days off from ``first`` to ``last``, both included."""

    names: Names
    first: date
    last: date


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """``scene`` holds between two moments; with ``daily`` only within these hours of each day, with ``on`` only on these days."""

    name: Id
    names: Names = Names()
    scene: Id
    start: LocalMoment = msgspec.field(name="from")
    to: LocalMoment
    daily: Span | None = None
    on: Annotated[tuple[Days, ...], msgspec.Meta(max_length=10)] = ()


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """At this time of the days ``on`` (none named: every day) ``scene`` begins; ``minutes`` later, or earlier when negative."""

    name: Id
    at: RuleTime
    minutes: Annotated[int, msgspec.Meta(ge=-720, le=720)] = 0
    on: Annotated[tuple[Days, ...], msgspec.Meta(max_length=10)] = ()
    scene: Id


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The calendar of a store."""

    hours: Hours
    exceptions: Annotated[tuple[ExceptionalDay, ...], msgspec.Meta(max_length=400)] = ()
    holidays: Annotated[tuple[Holiday, ...], msgspec.Meta(max_length=200)] = ()
    makeup_workdays: Annotated[tuple[date, ...], msgspec.Meta(max_length=200)] = ()
    opened_scene: Id | None = None
    closed_scene: Id | None = None
    rules: Annotated[tuple[Rule, ...], msgspec.Meta(max_length=100)] = ()
    campaigns: Annotated[tuple[Campaign, ...], msgspec.Meta(max_length=100)] = ()


def calendar_adopter() -> Adopter:
    """Adopts documents of kind ``calendar``."""
    return Adopter(kind=KIND, parse=parse_calendar, adopt=adopt_calendar, shape=Body)


def parse_calendar(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    calendar = read_body(body, Body, "the calendar")
    for mistake in _mistakes(calendar):
        raise DocumentRefused(mistake)
    return calendar


def adopt_calendar(calendar: Body, version: int, db: sqlite3.Connection) -> tuple[()]:
    """From now on the store opens and changes its scenes by ``calendar``."""
    keep_plan(db, KIND, version, calendar)
    return ()


def calendar_in(db: sqlite3.Connection) -> Body | None:
    """The calendar at work."""
    row = db.execute("SELECT body FROM scene_plans WHERE kind = ?", (KIND,)).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Body)


def _mistakes(calendar: Body) -> Iterator[str]:
    for name in Hours.__struct_fields__:
        yield from _overlaps(getattr(calendar.hours, name) or (), f"$.hours.{name}")
    yield from _twice([str(each.day) for each in calendar.exceptions], "$.exceptions[{}].day", "the day")
    for place, each in enumerate(calendar.exceptions):
        yield from _overlaps(each.hours, f"$.exceptions[{place}].hours")
    yield from _wrong_holidays(calendar)
    yield from _twice([rule.name for rule in calendar.rules], "$.rules[{}].name", "the rule")
    yield from _twice([campaign.name for campaign in calendar.campaigns], "$.campaigns[{}].name", "the campaign")
    for place, campaign in enumerate(calendar.campaigns):
        yield from _wrong_campaign(campaign, f"$.campaigns[{place}]")


def _overlaps(spans: Sequence[Span], where: str) -> Iterator[str]:
    """An end on the next day counts as after everything of this one."""
    ends = ""
    for place, span in enumerate(spans):
        if span.start < ends:
            yield f"{span.start} is before the end of the hours above it at `{where}[{place}].from`: write them in order"
        ends = "24:00" if span.to <= span.start else span.to


def _wrong_holidays(calendar: Body) -> Iterator[str]:
    for place, holiday in enumerate(calendar.holidays):
        if holiday.last < holiday.first:
            yield f"the holiday ends before it begins at `$.holidays[{place}].last`"
        if not holiday.names:
            yield f"the holiday has no name in any language at `$.holidays[{place}].names`"
    yield from _twice([str(day) for day in calendar.makeup_workdays], "$.makeup_workdays[{}]", "the make-up workday")
    for place, day in enumerate(calendar.makeup_workdays):
        if any(holiday.first <= day <= holiday.last for holiday in calendar.holidays):
            yield f"{day} is both a holiday and a make-up workday at `$.makeup_workdays[{place}]`"


def _wrong_campaign(campaign: Campaign, where: str) -> Iterator[str]:
    for field, local in (("from", campaign.start), ("to", campaign.to)):
        try:
            moment_of(local, UTC_ZONE)
        except ValueError:
            yield f"{local} is no day of any calendar at `{where}.{field}`"
            return
    if campaign.to <= campaign.start:
        yield f"the campaign {campaign.name} ends before it begins at `{where}.to`"


def _twice(names: Sequence[str], where: str, what: str) -> Iterator[str]:
    first: dict[str, int] = {}
    for place, name in enumerate(names):
        if first.setdefault(name, place) != place:
            yield f"{what} {name} at `{where.format(place)}` stands at `{where.format(first[name])}` already"
