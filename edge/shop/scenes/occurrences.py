"""When something of the calendar is due: openings, closings, rules and campaigns as moments in UTC. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from edge.shop.scenes.calendar_document import Body, Campaign, Rule, Span
from edge.shop.scenes.days import hours_of, is_on
from edge.shop.scenes.names import ONE_DAY, instant, moment_of
from sync.events import rfc3339

GRACE = timedelta(days=8)
"""How late something may still be found: a week and a day, so that a box that was off does not miss what is due once a week."""

REACH = timedelta(days=2)
"""A span over midnight and a rule some hours before or after it belong to another day than their moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A rule is due ``at`` (UTC). ``key`` names this one coming of it for ever."""

    key: str
    at: datetime
    cause: str
    scene: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The store opens or closes ``at`` (UTC). ``key`` names this one coming of it for ever."""

    key: str
    at: datetime
    opens: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One time that a campaign holds, from ``begins`` until before ``ends`` (UTC)."""

    key: str
    name: str
    scene: str
    begins: datetime
    ends: datetime


def turns(calendar: Body, zone: ZoneInfo, after: datetime, until: datetime) -> list[Turn]:
    """The openings and closings later than ``after`` and not later than ``until``, in order."""
    return [turn for turn in _turns(calendar, zone, after, until) if after < turn.at <= until]


def scenes_of(found: list[Turn], calendar: Body) -> list[Occurrence]:
    """The scenes that begin with openings and closings, where the calendar names some."""
    named = {True: calendar.opened_scene, False: calendar.closed_scene}
    return [
        Occurrence(key=f"scene/{turn.key}", at=turn.at, cause="opening" if turn.opens else "closing", scene=scene)
        for turn in found
        if (scene := named[turn.opens]) is not None
    ]


def is_open(calendar: Body, zone: ZoneInfo, at: datetime) -> bool:
    """Whether the store is open at ``at`` by its hours."""
    return any(begins <= at < ends for day in _days(at, at, zone) for begins, ends in _intervals(day, calendar, zone))


def rules_due(calendar: Body, zone: ZoneInfo, after: datetime, until: datetime) -> list[Occurrence]:
    """The same for the rules; of two at one moment the later one in the document is the last."""
    due = [
        Occurrence(key=f"rule/{rule.name}/{day}", at=at, cause=rule.name, scene=rule.scene)
        for rule in calendar.rules
        for day in _days(after, until, zone)
        if is_on(day, rule.on, calendar) and (at := _rule_at(rule, day, calendar, zone)) is not None and after < at <= until
    ]
    return sorted(due, key=lambda occurrence: occurrence.at)


def windows(calendar: Body, zone: ZoneInfo, after: datetime, until: datetime) -> list[Window]:
    """The windows of campaigns that have begun by ``until`` and end later than ``after``, by their beginning."""
    found = [
        window
        for campaign in calendar.campaigns
        for window in _windows(campaign, calendar, zone, _days(after, until, zone))
        if window.begins <= until and after < window.ends
    ]
    return sorted(found, key=lambda window: window.begins)


def next_at(calendar: Body, zone: ZoneInfo, after: datetime) -> datetime | None:
    """When something is due next, within the grace."""
    until = after + GRACE
    moments = [turn.at for turn in turns(calendar, zone, after, until)]
    moments += [occurrence.at for occurrence in rules_due(calendar, zone, after, until)]
    for window in windows(calendar, zone, after, until):
        moments += [window.begins, window.ends]
    return min((at for at in moments if at > after), default=None)


def _days(after: datetime, until: datetime, zone: ZoneInfo) -> list[date]:
    first, last = (after.astimezone(zone) - REACH).date(), (until.astimezone(zone) + REACH).date()
    return [first + ONE_DAY * n for n in range((last - first).days + 1)]


def _turns(calendar: Body, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Turn]:
    """Hours that touch are one: a store that never closes turns no key at midnight."""
    opened: tuple[datetime, datetime] | None = None
    for day in _days(after, until, zone):
        for begins, ends in _intervals(day, calendar, zone):
            if opened is not None and begins <= opened[1]:
                opened = (opened[0], max(ends, opened[1]))
                continue
            if opened is not None:
                yield from _pair(*opened)
            opened = (begins, ends)
    if opened is not None:
        yield from _pair(*opened)


def _pair(begins: datetime, ends: datetime) -> tuple[Turn, Turn]:
    return (
        Turn(key=f"opening/{rfc3339(begins)}", at=begins, opens=True),
        Turn(key=f"closing/{rfc3339(ends)}", at=ends, opens=False),
    )


def _intervals(day: date, calendar: Body, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Hours that lie wholly in an hour which the clock skips are none."""
    found = [_interval(day, span, zone) for span in hours_of(day, calendar)]
    return [(begins, ends) for begins, ends in found if begins < ends]


def _interval(day: date, span: Span, zone: ZoneInfo) -> tuple[datetime, datetime]:
    next_day = day + ONE_DAY if span.to <= span.start else day
    return instant(day, span.start, zone), instant(next_day, span.to, zone)


def _rule_at(rule: Rule, day: date, calendar: Body, zone: ZoneInfo) -> datetime | None:
    later = timedelta(minutes=rule.minutes)
    if rule.at not in {"opening", "closing"}:
        return instant(day, rule.at, zone) + later
    hours = _intervals(day, calendar, zone)
    if not hours:
        return None
    return (hours[0][0] if rule.at == "opening" else hours[-1][1]) + later


def _windows(campaign: Campaign, calendar: Body, zone: ZoneInfo, days: list[date]) -> Iterator[Window]:
    first, last = moment_of(campaign.start, zone), moment_of(campaign.to, zone)
    if campaign.daily is None and not campaign.on:
        yield _window(campaign, first, last)
        return
    whole_day = Span(start="00:00", to="24:00")
    for day in days:
        if is_on(day, campaign.on, calendar):
            begins, ends = _interval(day, campaign.daily or whole_day, zone)
            begins, ends = max(begins, first), min(ends, last)
            if begins < ends:
                yield _window(campaign, begins, ends)


def _window(campaign: Campaign, begins: datetime, ends: datetime) -> Window:
    key = f"campaign/{campaign.name}/{rfc3339(begins.astimezone(UTC))}"
    return Window(key=key, name=campaign.name, scene=campaign.scene, begins=begins, ends=ends)
