"""When something of the calendar is due: openings, closings, rules and campaigns as moments in UTC. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from edge.shop.scenes.calendar_document import Campaign, Rule, Span
from edge.shop.scenes.days import Almanac, Interval, interval
from edge.shop.scenes.names import ONE_DAY, instant, moment_of
from sync.events import rfc3339

GRACE = timedelta(days=8)
"""How late something may still be found: a week and a day, so that a box that was off does not miss what is due once a week."""

DAYS_BEFORE, DAYS_AFTER = 2, 1
"""A span over midnight and a rule some hours before or after it belong to another day than their moment."""

WHOLE_DAY = Span(start="00:00", to="24:00")


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


def turns(almanac: Almanac, after: datetime, until: datetime) -> list[Turn]:
    """The openings and closings later than ``after`` and not later than ``until``, in order."""
    return [turn for turn in _turns(almanac, after, until) if after < turn.at <= until]


def scenes_of(found: list[Turn], almanac: Almanac) -> list[Occurrence]:
    """The scenes that begin with openings and closings, where the calendar names some."""
    named = {True: almanac.calendar.opened_scene, False: almanac.calendar.closed_scene}
    return [
        Occurrence(key=f"scene/{turn.key}", at=turn.at, cause="opening" if turn.opens else "closing", scene=scene)
        for turn in found
        if (scene := named[turn.opens]) is not None
    ]


def is_open(almanac: Almanac, at: datetime) -> bool:
    """Whether the store is open at ``at`` by its hours."""
    return any(begins <= at < ends for day in _days(at, at, almanac) for begins, ends in almanac.day(day).hours)


def rules_due(almanac: Almanac, after: datetime, until: datetime) -> list[Occurrence]:
    """The same for the rules; of two at one moment the later one in the document is the last."""
    due = [
        Occurrence(key=f"rule/{rule.name}/{day}", at=at, cause=rule.name, scene=rule.scene)
        for day in _days(after, until, almanac)
        for rule in almanac.calendar.rules
        if (not rule.on or not almanac.day(day).on.isdisjoint(rule.on))
        and (at := _rule_at(rule, day, almanac)) is not None
        and after < at <= until
    ]
    return sorted(due, key=lambda occurrence: occurrence.at)


def last_rules_due(almanac: Almanac, at: datetime) -> list[Occurrence]:
    """The rules of the last day, or of the whole grace where that had none."""
    return rules_due(almanac, at - ONE_DAY, at) or rules_due(almanac, at - GRACE, at)


def windows(almanac: Almanac, after: datetime, until: datetime) -> list[Window]:
    """The windows of campaigns that have begun by ``until`` and end later than ``after``, by their beginning."""
    days = _days(after, until, almanac)
    found = [
        window
        for campaign in almanac.calendar.campaigns
        for window in _windows(campaign, almanac, days)
        if window.begins <= until and after < window.ends
    ]
    return sorted(found, key=lambda window: window.begins)


def next_at(almanac: Almanac, after: datetime, until: datetime) -> datetime | None:
    """When something is due next, ``until`` then."""
    moments = [turn.at for turn in turns(almanac, after, until)]
    moments += [occurrence.at for occurrence in rules_due(almanac, after, until)]
    for window in windows(almanac, after, until):
        moments += [window.begins, window.ends]
    return min((at for at in moments if after < at <= until), default=None)


def _days(after: datetime, until: datetime, almanac: Almanac) -> list[date]:
    first = after.astimezone(almanac.zone).date() - ONE_DAY * DAYS_BEFORE
    last = until.astimezone(almanac.zone).date() + ONE_DAY * DAYS_AFTER
    return [first + ONE_DAY * n for n in range((last - first).days + 1)]


def _turns(almanac: Almanac, after: datetime, until: datetime) -> Iterator[Turn]:
    """Hours that touch are one: a store that never closes turns no key at midnight."""
    opened: Interval | None = None
    for day in _days(after, until, almanac):
        for begins, ends in almanac.day(day).hours:
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


def _rule_at(rule: Rule, day: date, almanac: Almanac) -> datetime | None:
    later = timedelta(minutes=rule.minutes)
    if rule.at not in {"opening", "closing"}:
        return instant(day, rule.at, almanac.zone) + later
    hours = almanac.day(day).hours
    if not hours:
        return None
    return (hours[0][0] if rule.at == "opening" else hours[-1][1]) + later


def _windows(campaign: Campaign, almanac: Almanac, days: list[date]) -> Iterator[Window]:
    first, last = moment_of(campaign.start, almanac.zone), moment_of(campaign.to, almanac.zone)
    if campaign.daily is None and not campaign.on:
        yield _window(campaign, first, last)
        return
    for day in days:
        if not campaign.on or not almanac.day(day).on.isdisjoint(campaign.on):
            begins, ends = interval(day, campaign.daily or WHOLE_DAY, almanac.zone)
            begins, ends = max(begins, first), min(ends, last)
            if begins < ends:
                yield _window(campaign, begins, ends)


def _window(campaign: Campaign, begins: datetime, ends: datetime) -> Window:
    key = f"campaign/{campaign.name}/{rfc3339(begins)}"
    return Window(key=key, name=campaign.name, scene=campaign.scene, begins=begins, ends=ends)
