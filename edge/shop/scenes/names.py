"""The names and local times that documents about scenes and hours are written in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z", description="Small letters, digits and hyphens.")]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
LocalTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z", description="Time of day, HH:MM.")]
EndTime = Annotated[
    str, msgspec.Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z", description="Time of day, HH:MM or 24:00.")
]
LocalMoment = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]\Z",
        description="Date and time of the store's own zone, YYYY-MM-DDTHH:MM.",
    ),
]
ONE_DAY = timedelta(days=1)


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What people call it, in Chinese and English; at least one of the two."""

    zh: Annotated[str, msgspec.Meta(max_length=100)] = ""
    en: Annotated[str, msgspec.Meta(max_length=100)] = ""

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)

    def said(self, language: str) -> str:
        """The name in ``language``, or in the other where that is missing."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)


def instant(day: date, at: str, zone: ZoneInfo) -> datetime:
    """The moment, UTC, of ``at`` (``HH:MM``, ``24:00`` is midnight after) on ``day``.

    A time that the clock skips in spring is as much later as the clock jumped; one that comes twice in autumn is the first.
    """
    if at == "24:00":
        day, at = day + ONE_DAY, "00:00"
    # PEP 495: fold=0 reads a skipped time with the offset before the jump, and a repeated one as its first coming
    return datetime.combine(day, time.fromisoformat(at), zone).astimezone(UTC)


def moment_of(local: str, zone: ZoneInfo) -> datetime:
    """The moment, UTC, of a ``LocalMoment``. Raises ValueError for a day that does not exist."""
    day, _, at = local.partition("T")
    return instant(date.fromisoformat(day), at, zone)
