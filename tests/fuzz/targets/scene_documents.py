"""The bodies of scenes and calendars, and every moment that a calendar then names; in a zone that sets its clocks."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from edge.cli.document_mistakes import find_mistakes
from edge.shop.scenes.calendar_document import parse_calendar
from edge.shop.scenes.days import Almanac
from edge.shop.scenes.document import parse_scenes
from edge.shop.scenes.occurrences import is_open, next_at, turns, windows
from sync.adopters import DocumentRefused

AT = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)


def feed(data: bytes) -> None:
    """Signed by headquarters, and wrong all the same."""
    with suppress(DocumentRefused):
        parse_scenes(data)
    found = find_mistakes(parse_calendar, data)
    if found.mistakes:
        return
    almanac = Almanac(calendar=parse_calendar(data), zone=ZoneInfo("Europe/Berlin"))
    is_open(almanac, AT)
    moments = [turn.at for turn in turns(almanac, AT, AT + timedelta(days=3))]
    assert moments == sorted(moments)
    assert all(window.begins < window.ends for window in windows(almanac, AT, AT + timedelta(days=3)))
    coming = next_at(almanac, AT, AT + timedelta(days=1))
    assert coming is None or AT < coming <= AT + timedelta(days=1)
