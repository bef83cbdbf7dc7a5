"""When, where and for whom a promotion, a coupon, a gift or a campaign holds: the same words in every document.

    {"begins": "2026-11-27T08:00:00", "ends": "2026-11-29T22:00:00",
     "day_parts": [{"days": ["sat", "sun"], "from": "14:00:00", "until": "17:00:00"}],
     "stores": ["s-1"], "channels": ["till"], "tiers": ["gold"], "tags": [], "members_only": true}

A moment without a zone is the shop's own time. What is left out restricts nothing. A day part that ends before it begins goes
on after midnight and belongs to the day on which it began.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from edge.shop.promotions.benefits import Word

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Channel = Literal["till", "lane", "table"]
Few = Annotated[frozenset[Word], msgspec.Meta(max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=200)]


WallTime = Annotated[time, msgspec.Meta(tz=False)]


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What it is called on a receipt and a screen."""

    zh: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    en: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class DayPart(msgspec.Struct, frozen=True, kw_only=True):
    """From ``from`` until ``until`` by the shop's clock, on ``days`` (none named: on all)."""

    begins: WallTime = msgspec.field(name="from", default=time(0))
    until: WallTime = time(0)
    days: frozenset[Day] = frozenset()

    def holds(self, local: datetime) -> bool:
        """Whether the time on the shop's wall is in it; one that ends when it begins is the whole day."""
        clock = local.time().replace(tzinfo=None)
        today, yesterday = DAYS[local.weekday()], DAYS[(local - timedelta(days=1)).weekday()]
        if self.begins < self.until:
            return self._on(today) and self.begins <= clock < self.until
        return (self._on(today) and clock >= self.begins) or (self._on(yesterday) and clock < self.until)

    def _on(self, day: Day) -> bool:
        return not self.days or day in self.days


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """All of them must hold. ``tiers`` and ``tags``: of the member whom the order belongs to, one of each that is named."""

    begins: datetime | None = None
    ends: datetime | None = None
    day_parts: Annotated[tuple[DayPart, ...], msgspec.Meta(max_length=20)] = ()
    stores: Few = frozenset()
    channels: frozenset[Channel] = frozenset()
    members_only: bool = False
    tiers: Few = frozenset()
    tags: Few = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Under which an order is looked at. ``tier`` and ``tags`` are of its ``member``; ``local`` is the shop's own time."""

    local: datetime
    store: str
    channel: Channel
    member: str | None = None
    tier: str | None = None
    tags: frozenset[str] = frozenset()


Unmet = Literal["", "early", "late", "day-part", "store", "channel", "member"]


def unmet(conditions: Conditions, now: Circumstances, *, dates: bool = True) -> Unmet:
    """The first condition that does not hold; without ``dates`` no time is judged."""
    if dates and (told := _by_time(conditions, now.local)):
        return told
    if conditions.stores and now.store not in conditions.stores:
        return "store"
    if conditions.channels and now.channel not in conditions.channels:
        return "channel"
    if (conditions.members_only or conditions.tiers or conditions.tags) and now.member is None:
        return "member"
    if conditions.tiers and now.tier not in conditions.tiers:
        return "member"
    return "member" if conditions.tags and not conditions.tags & now.tags else ""


def _by_time(conditions: Conditions, local: datetime) -> Unmet:
    zone = local.tzinfo
    if conditions.begins is not None and local < in_zone(conditions.begins, zone):
        return "early"
    if conditions.ends is not None and local >= in_zone(conditions.ends, zone):
        return "late"
    return "day-part" if conditions.day_parts and not any(part.holds(local) for part in conditions.day_parts) else ""


def in_zone(moment: datetime, zone: object) -> datetime:
    """``moment``; one that names no zone is in ``zone``."""
    return moment if moment.tzinfo is not None or not isinstance(zone, ZoneInfo) else moment.replace(tzinfo=zone)
