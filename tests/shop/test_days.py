"""Which business day a moment belongs to, also in the nights when the clock is set."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.shop.days import business_day

ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/St_Johns",
    "America/Sao_Paulo",
    "UTC",
)
MOMENTS = st.datetimes(datetime(2008, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
zones = st.sampled_from(ZONES)
starts = st.builds(time, st.integers(0, 23), st.sampled_from((0, 30, 59)))


def test_a_sale_after_midnight_belongs_to_the_day_before() -> None:
    at = datetime(2026, 3, 2, 1, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert business_day(at, "Asia/Shanghai", time(4)) == "2026-03-01"
    assert business_day(at + timedelta(hours=2, minutes=30), "Asia/Shanghai", time(4)) == "2026-03-02"


def test_a_clock_set_back_over_the_start_of_the_day_does_not_return_to_yesterday() -> None:
    before = datetime(2026, 10, 25, 2, 45, tzinfo=ZoneInfo("Europe/Berlin"))
    again = datetime(2026, 10, 25, 2, 15, fold=1, tzinfo=ZoneInfo("Europe/Berlin"))
    assert again.astimezone(UTC) > before.astimezone(UTC)
    assert business_day(before, "Europe/Berlin", time(2, 30)) == "2026-10-25"
    assert business_day(again, "Europe/Berlin", time(2, 30)) == "2026-10-25"


def test_a_clock_set_back_over_midnight_does_not_return_to_yesterday() -> None:
    again = datetime(2010, 11, 6, 23, 30, fold=1, tzinfo=ZoneInfo("America/St_Johns"))  # 00:01 was set back to 23:01
    assert business_day(again, "America/St_Johns", time(0)) == "2010-11-07"


def test_a_start_that_the_clock_skips_still_starts_the_day() -> None:
    days = {business_day(datetime(2026, 3, 29, hour, tzinfo=UTC), "Europe/Berlin", time(2, 30)) for hour in range(24)}
    assert days == {"2026-03-28", "2026-03-29"}


@pytest.mark.parametrize("hour", [9, 11])
def test_a_day_that_an_island_skipped_has_no_orders(hour: int) -> None:
    day = business_day(datetime(2011, 12, 30, hour, tzinfo=UTC), "Pacific/Apia", time(4))
    assert day == "2011-12-29"
    assert business_day(datetime(2011, 12, 30, 14, tzinfo=UTC), "Pacific/Apia", time(4)) == "2011-12-31"


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=3)), zones, starts)
def test_a_later_moment_never_belongs_to_an_earlier_day(at: datetime, later: timedelta, zone: str, start: time) -> None:
    assert business_day(at, zone, start) <= business_day(at + later, zone, start)


@given(MOMENTS, zones, starts)
def test_a_moment_belongs_to_the_day_that_began_last(at: datetime, zone: str, start: time) -> None:
    day = date.fromisoformat(business_day(at, zone, start))
    begins = datetime.combine(day, start, ZoneInfo(zone)).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), start, ZoneInfo(zone)).astimezone(UTC)
    assert begins <= at < ends
