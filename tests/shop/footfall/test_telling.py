"""What cameras counted becomes events with a business day, entrances and arms, and adds up in the tables."""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from edge.shop.footfall.document import adopt_zones, parse_zones
from edge.shop.footfall.events import FootfallCounted, QueueMeasured, ShelfReached, Tagged, ZoneVisited, dwells_of
from edge.shop.footfall.hourly_events import MOST_EDGES, CameraWatched, Edge, HeatMapped, PathWalked
from edge.shop.footfall.telling import tell
from edge.shop.insight.experiments import adopt_experiments, parse_experiments
from edge.vision.counts import Counts, Grid, MinuteCounts, QuarterCounts, Watched
from sync.events import Event, EventClass

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

AT = datetime(2026, 3, 1, 19, 59, tzinfo=UTC)
"""One minute before the shop's day ends: at four in the morning of 2 March, by Shanghai's clock."""

MINUTE: dict[str, Any] = {"camera": "cam-1", "business_day": "2026-03-01", "hour": 3, "minute": "2026-03-01T19:59Z"}
PART: dict[str, Any] = {
    "camera": "cam-1",
    "business_day": "2026-03-01",
    "hour": 3,
    "since": "2026-03-01T19:45Z",
    "until": "2026-03-01T20:00Z",
}
SQUARE = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]]
LAYOUT: dict[str, Any] = {
    "lines": [
        {"name": "door", "a": [0.9, 0.4], "b": [0.9, 0.9], "inside": [0.6, 0.5]},
        {"name": "back", "a": [0.1, 0.6], "b": [0.1, 0.9], "inside": [0.6, 0.5], "entrance": False},
        {"name": "staff-door", "a": [0.3, 0.6], "b": [0.3, 0.9], "inside": [0.6, 0.5], "staff": True},
    ],
    "zones": [
        {"name": "lips", "kind": "shelf", "shelf": "shelf-1", "corners": SQUARE},
        {"name": "till", "kind": "queue", "corners": SQUARE},
    ],
}


def lay_out(db: sqlite3.Connection, **cameras: Any) -> None:
    body = {"cameras": {name.replace("_", "-"): layout for name, layout in cameras.items()}}
    adopt_zones(parse_zones(msgspec.json.encode(body)), 1, db)


def run_experiment(db: sqlite3.Connection, *zones_of_arms: str) -> None:
    arms = [{"arm": arm, "zones": [zone]} for arm, zone in zip("ab", zones_of_arms, strict=True)]
    experiment = {"id": "face-up", "begins": "2026-02-01T00:00:00+08:00", "ends": "2026-04-01T00:00:00+08:00", "arms": arms}
    adopt_experiments(parse_experiments(msgspec.json.encode({"experiments": [experiment]})), 1, db)


def told(floor: Floor, counts: Counts) -> tuple[Event, ...]:
    return floor.ask(tell(counts), AT + timedelta(minutes=2))


def rows(db: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    return db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4").fetchall()  # noqa: S608 - our own names


def test_visitors_are_told_by_line_with_the_day_that_the_minute_belongs_to(floor: Floor) -> None:
    lay_out(floor.db, cam_1=LAYOUT)
    counts = MinuteCounts(minute=AT)
    door, back, staff = ("cam-1", "door"), ("cam-1", "back"), ("cam-1", "staff-door")
    counts.crossings = Counter({(door, "in"): 3, (door, "out"): 1, (back, "in"): 1, (staff, "in"): 1})
    assert told(floor, counts) == (
        FootfallCounted(**MINUTE, line="back", entered=1, departed=0, entrance=False),
        FootfallCounted(**MINUTE, line="door", entered=3, departed=1, entrance=True),
        FootfallCounted(**MINUTE, line="staff-door", entered=1, departed=0, entrance=False),
    )
    told(floor, counts)
    assert rows(floor.db, "footfall_lines")[1] == ("2026-03-01", 3, "cam-1", "door", 1, 6, 2)


def test_the_event_speaks_as_the_field_does(floor: Floor) -> None:
    counts = MinuteCounts(minute=AT, crossings=Counter({(("cam-1", "door"), "in"): 1}))
    (event,) = told(floor, counts)
    assert (event.subject(), event.day(), event.event_class) == ("cam-1/door", "2026-03-01", EventClass.TELEMETRY)
    expected = MINUTE | {"line": "door", "in": 1, "out": 0, "entrance": False}
    assert msgspec.to_builtins(event) == expected, "of a camera without a layout nobody knows an entrance"


def test_a_visit_is_told_with_how_long_it_was(floor: Floor) -> None:
    counts = MinuteCounts(minute=AT, dwells_ms={("cam-1", "lips"): [900, 9_999, 10_000, 400_000]})
    (event,) = told(floor, counts)
    assert event == ZoneVisited(**MINUTE, zone="lips", visits=4, dwell_ms=420_899, dwells=(1, 1, 1, 0, 0, 0, 1))
    assert event.subject() == "cam-1/lips"
    ((*_, visits, stays, dwell_ms, _, _, _, _, _, _, _),) = rows(floor.db, "footfall_zones")
    assert (visits, stays, dwell_ms) == (4, 2, 420_899)


def test_a_dwell_on_a_bound_is_in_the_class_above() -> None:
    assert dwells_of([4_999, 5_000, 299_999, 300_000]) == (1, 1, 0, 0, 0, 1, 1)


def test_a_queue_is_told_with_its_median_and_its_longest(floor: Floor) -> None:
    lengths, waits_ms = {("cam-1", "till"): [0, 1, 4, 3], ("cam-1", "lips"): [0, 0]}, {("cam-1", "till"): [61_000, 20_000]}
    (event,) = told(floor, MinuteCounts(minute=AT, lengths=lengths, waits_ms=waits_ms))
    assert event == QueueMeasured(
        **MINUTE,
        zone="till",
        looks=4,
        queued=8,
        median=1,
        longest=4,
        waits=2,
        wait_ms=81_000,
        median_wait_ms=20_000,
        longest_wait_ms=61_000,
    )
    told(floor, MinuteCounts(minute=AT, lengths={("cam-1", "till"): [2]}))
    ((*_, looks, queued, longest, waits, wait_ms, longest_wait_ms),) = rows(floor.db, "footfall_zones")
    assert (looks, queued, longest, waits, wait_ms, longest_wait_ms) == (5, 10, 4, 2, 81_000, 61_000)


def test_who_left_a_queue_after_it_was_empty_waited_too(floor: Floor) -> None:
    (event,) = told(floor, MinuteCounts(minute=AT, waits_ms={("cam-1", "till"): [5_000]}))
    assert isinstance(event, QueueMeasured)
    assert (event.looks, event.median, event.longest, event.median_wait_ms) == (0, 0, 0, 5_000)


def test_hands_in_a_shelf_name_its_device(floor: Floor) -> None:
    lay_out(floor.db, cam_1=LAYOUT)
    events = told(floor, MinuteCounts(minute=AT, reaches=Counter({("cam-1", "lips"): 2, ("cam-2", "old"): 1})))
    assert events == (
        ShelfReached(**MINUTE, zone="lips", shelf="shelf-1", reaches=2),
        ShelfReached(**(MINUTE | {"camera": "cam-2"}), zone="old", reaches=1),
    )


def test_an_arm_is_named_by_the_zone_its_camera_or_its_shelf(floor: Floor) -> None:
    lay_out(floor.db, cam_1=LAYOUT)
    counts = MinuteCounts(minute=AT, dwells_ms={("cam-1", "lips"): [20_000, 100], ("cam-1", "till"): [100]})
    for zone in ("lips", "cam-1/lips", "shelf-1"):
        floor.db.execute("DELETE FROM footfall_arms")
        run_experiment(floor.db, zone, "till")
        lips, till = told(floor, counts)
        assert isinstance(lips, ZoneVisited)
        assert isinstance(till, ZoneVisited)
        assert (lips.arms, till.arms) == ((Tagged(experiment="face-up", arm="a"),), (Tagged(experiment="face-up", arm="b"),))
        assert rows(floor.db, "footfall_arms") == [("2026-03-01", "face-up", "a", 2, 1), ("2026-03-01", "face-up", "b", 1, 0)]


def quarter(**found: Any) -> QuarterCounts:
    return QuarterCounts(since=AT.replace(minute=45), until=AT.replace(hour=20, minute=0), **found)


def test_ways_are_told_by_camera(floor: Floor) -> None:
    walks = Counter({("cam-1", "door", "lips"): 4, ("cam-1", "lips", "till"): 2, ("cam-2", "a", "b"): 1})
    one, two = told(floor, quarter(walks=walks))
    edges = (Edge(origin="door", destination="lips", walks=4), Edge(origin="lips", destination="till", walks=2))
    assert one == PathWalked(**PART, edges=edges)
    assert msgspec.to_builtins(one)["edges"][0] == ["door", "lips", 4]
    assert two.subject() == "cam-2"
    told(floor, quarter(walks=walks))
    assert rows(floor.db, "footfall_paths")[0] == ("2026-03-01", 3, "cam-1", "door", "lips", 8)


def test_more_ways_than_one_event_may_hold_are_several_events(floor: Floor) -> None:
    walks = Counter({("cam-1", f"{origin}", f"{destination}"): 1 for origin in range(33) for destination in range(32)})
    assert [len(event.edges) for event in told(floor, quarter(walks=walks)) if isinstance(event, PathWalked)] == [MOST_EDGES, 32]


def test_heat_of_one_hour_is_added(floor: Floor) -> None:
    grid = Grid("cam-1", "floor", 48, 32, 250)
    (event,) = told(floor, quarter(heat_ms={grid: Counter({4: 1_500, 5: 300})}))
    assert event == HeatMapped(**PART, grid="floor", columns=48, rows=32, cell_mm=250, cells="BA8AAw")
    told(floor, quarter(heat_ms={grid: Counter({5: 300, 9: 100})}))
    ((*_, until, cells),) = rows(floor.db, "footfall_heat")
    assert (until, cells) == ("2026-03-01T20:00Z", "BA8ABgMB")


def test_a_camera_says_for_how_long_it_watched_and_whether_the_door(floor: Floor) -> None:
    lay_out(floor.db, cam_1=LAYOUT, cam_2={"lines": LAYOUT["lines"][1:]})
    watched = Watched(watched_ms=900_000, processed=4_400, skipped=90, starved=10)
    one, two = told(floor, quarter(watched={"cam-1": watched, "cam-2": watched}, lost_minutes=2))
    figures: dict[str, Any] = {"watched_ms": 900_000, "processed": 4_400, "skipped": 90, "starved": 10, "lost_minutes": 2}
    assert one == CameraWatched(**PART, entrance=True, **figures)
    assert isinstance(two, CameraWatched)
    assert not two.entrance
    told(floor, quarter(watched={"cam-1": watched}))
    assert rows(floor.db, "footfall_watched")[0] == ("2026-03-01", 3, "cam-1", 1, 1_800_000, 8_800, 180, 20, 2)


def test_nothing_is_told_of_nothing(floor: Floor) -> None:
    assert told(floor, MinuteCounts(minute=AT)) == ()
    assert told(floor, quarter()) == ()
