"""What the shop can be asked about its visitors, and that an hour in which nobody watched is never taken for an empty one."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from edge.shop.footfall.door import door
from edge.shop.footfall.events import FootfallCounted, QueueMeasured, ShelfReached, Tagged, ZoneVisited
from edge.shop.footfall.hourly_events import CameraWatched, Edge, PathWalked
from edge.shop.footfall.part import OLD_COUNTS
from edge.shop.footfall.reports import CameraHours, QueueFigures, Way, ZoneFigures, cameras, lines, queues, ways, zones
from edge.shop.footfall.retention import KEEP_DAYS
from edge.shop.insight.arms import compare, counted_arms
from edge.shop.insight.funnel import funnel, hours
from tests.shop.footfall.conftest import DAY, mapped

if TYPE_CHECKING:
    from tests.shop.conftest import Floor


def at(hour: int, camera: str = "cam-door", day: str = DAY) -> dict[str, Any]:
    return {"camera": camera, "business_day": day, "hour": hour}


def came(db: sqlite3.Connection, hour: int, entered: int, camera: str = "cam-door", *, entrance: bool = True) -> None:
    FootfallCounted(**at(hour, camera), minute="", line="door", entered=entered, departed=1, entrance=entrance).apply(db)


def watched(db: sqlite3.Connection, hour: int, minutes: int = 60, camera: str = "cam-door", *, entrance: bool = True) -> None:
    figures: dict[str, Any] = {"watched_ms": minutes * 60_000, "processed": 300, "skipped": 10, "starved": 1, "lost_minutes": 1}
    CameraWatched(**at(hour, camera), since="", until="", entrance=entrance, **figures).apply(db)


def sold(db: sqlite3.Connection, hour: int, orders: int) -> None:
    db.execute(
        "INSERT INTO insight_hours (day, hour, orders, revenue_minor) VALUES (?, ?, ?, ?)", (DAY, hour, orders, orders * 1_000)
    )


def test_conversion_is_of_the_hours_in_which_the_door_was_watched(db: sqlite3.Connection) -> None:
    for hour in (9, 10):
        watched(db, hour)
        came(db, hour, 50)
        sold(db, hour, 10)
    sold(db, 11, 40)
    found = funnel(db, DAY, DAY)
    assert (found.entered, found.orders, found.conversion_percent, found.blind_hours) == (100, 60, 20.0, 1)
    assert found.conversion_low_percent == pytest.approx(13.3, abs=0.05), "Wilson's interval of 20 of 100"
    assert found.conversion_high_percent == pytest.approx(28.9, abs=0.05)
    assert found.door_watched_ms == 7_200_000


def test_an_hour_whose_figures_come_with_the_next_quarter_is_watched_once_somebody_came(db: sqlite3.Connection) -> None:
    came(db, 9, 10)
    sold(db, 9, 1)
    assert funnel(db, DAY, DAY).blind_hours == 0


def test_one_dark_door_of_two_makes_the_hour_blind(db: sqlite3.Connection) -> None:
    for hour in (9, 10):
        watched(db, hour)
        came(db, hour, 20)
        sold(db, hour, 5)
    watched(db, 9, camera="cam-back")
    found = door(db, DAY, DAY)
    assert (found.entered, found.compared_entered, found.compared_orders, found.blind_hours) == (40, 20, 5, 1)


def test_lines_that_are_no_entrance_bring_no_visitors(db: sqlite3.Connection) -> None:
    came(db, 9, 20, entrance=False)
    watched(db, 9, entrance=False)
    sold(db, 9, 5)
    found = funnel(db, DAY, DAY)
    assert (found.entered, found.door_watched_ms, found.conversion_percent, found.blind_hours) == (0, 0, None, 1)


def test_more_orders_than_visitors_are_no_share(db: sqlite3.Connection) -> None:
    came(db, 9, 2)
    sold(db, 9, 3)
    assert funnel(db, DAY, DAY).conversion_percent is None


def test_hours_show_visitors_beside_sales(db: sqlite3.Connection) -> None:
    came(db, 9, 12)
    watched(db, 9, 30)
    sold(db, 9, 3)
    sold(db, 10, 1)
    watched(db, 11)
    found = [(each.hour, each.orders, each.revenue_minor, each.entered, each.door_watched_ms) for each in hours(db, DAY, DAY)]
    assert found == [(9, 3, 3_000, 12, 1_800_000), (10, 1, 1_000, 0, 0), (11, 0, 0, 0, 3_600_000)]
    assert hours(db, "2026-03-02", "2026-03-02") == []


def test_zones_say_how_many_stayed_and_how_sure_that_is(db: sqlite3.Connection) -> None:
    of = at(9, "cam-1") | {"minute": ""}
    ZoneVisited(**of, zone="lips", visits=4, dwell_ms=62_000, dwells=(1, 1, 2, 0, 0, 0, 0)).apply(db)
    ShelfReached(**of, zone="lips", reaches=3).apply(db)
    ShelfReached(**of, zone="tea", reaches=1).apply(db)
    figures = {"stay_percent": 50.0, "stay_low_percent": 15.0, "stay_high_percent": 85.0}
    unknown = {"stay_percent": 50.0, "stay_low_percent": 0.0, "stay_high_percent": 100.0}
    assert zones(db, DAY, DAY) == [
        ZoneFigures(camera="cam-1", zone="lips", visits=4, stays=2, mean_dwell_ms=15_500, reaches=3, **figures),
        ZoneFigures(camera="cam-1", zone="tea", visits=0, stays=0, mean_dwell_ms=0, reaches=1, **unknown),
    ]
    found = funnel(db, DAY, DAY)
    assert (found.stays, found.reaches) == (2, 4)


def test_queues_say_how_long_they_were_and_who_waited(db: sqlite3.Connection) -> None:
    of = at(9, "cam-1") | {"minute": "", "zone": "till"}
    figures: dict[str, Any] = {"median": 2, "waits": 2, "wait_ms": 90_000, "median_wait_ms": 30_000}
    QueueMeasured(**of, looks=60, queued=150, longest=4, longest_wait_ms=60_000, **figures).apply(db)
    QueueMeasured(**of, looks=60, queued=30, longest=2, longest_wait_ms=70_000, **figures).apply(db)
    expected = QueueFigures(
        camera="cam-1", zone="till", longest=4, mean_length=1.5, waits=4, mean_wait_ms=45_000, longest_wait_ms=70_000
    )
    assert queues(db, DAY, DAY) == [expected]


def test_ways_and_cameras_and_lines_are_summed_up(db: sqlite3.Connection) -> None:
    for hour in (9, 10):
        of = at(hour) | {"since": "", "until": ""}
        PathWalked(**of, edges=(Edge(origin="a", destination="b", walks=2), Edge(origin="b", destination="a", walks=1))).apply(db)
        watched(db, hour)
    came(db, 9, 3)
    assert ways(db, DAY, DAY) == [
        Way(camera="cam-door", origin="a", destination="b", walks=4),
        Way(camera="cam-door", origin="b", destination="a", walks=2),
    ]
    assert cameras(db, DAY, DAY) == [
        CameraHours(camera="cam-door", hours=2, watched_ms=7_200_000, processed=600, skipped=20, starved=2, lost_minutes=2)
    ]
    ((day, hour, entrance, entered),) = [(each.day, each.hour, each.entrance, each.entered) for each in lines(db, DAY, DAY)]
    assert (day, hour, entrance, entered) == (DAY, 9, True, 3)


def test_arms_are_compared_by_how_many_stayed_where_they_are_shown(db: sqlite3.Connection) -> None:
    for arm, stays in (("a", 80), ("b", 40)):
        tagged = (Tagged(experiment="face-up", arm=arm),)
        dwells = (0, 100 - stays, stays, 0, 0, 0, 0)
        ZoneVisited(**at(9), minute="", zone=arm, visits=100, dwell_ms=1, dwells=dwells, arms=tagged).apply(db)
    db.execute("INSERT INTO insight_arms (experiment, arm, day, trials, successes) VALUES ('face-up', 'a', ?, 5, 4)", (DAY,))
    arms = counted_arms(db, DAY, DAY)
    assert [(each.measure, each.arm, each.trials, each.successes) for each in arms] == [
        ("kept", "a", 5, 4),
        ("stayed", "a", 100, 80),
        ("stayed", "b", 100, 40),
    ]
    (compared,) = compare(arms)
    assert (compared.one.measure, compared.certain) == ("stayed", True)


def test_counts_go_when_they_are_old_and_heat_before_them(floor: Floor) -> None:
    db, now = floor.db, datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    old, older = (now - timedelta(days=days) for days in (36, 37))
    for day in (old, older):
        mapped({1: 1}, day=f"{day:%Y-%m-%d}").apply(db)
        came(db, 9, 1)
    FootfallCounted(**at(9, day="2025-01-24"), minute="", line="door", entered=1, departed=0, entrance=True).apply(db)
    assert OLD_COUNTS.is_due(db, now, floor.shop)
    assert floor.tick(OLD_COUNTS, now) == ()
    assert not OLD_COUNTS.is_due(db, now, floor.shop)
    assert db.execute("SELECT day FROM footfall_heat").fetchall() == [(f"{old:%Y-%m-%d}",)]
    assert db.execute("SELECT DISTINCT day FROM footfall_lines").fetchall() == [(DAY,)]


def test_every_table_of_counts_has_its_retention(db: sqlite3.Connection) -> None:
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'footfall_%'")}
    assert tables == {*KEEP_DAYS, "footfall_layouts", "footfall_floor"}
