"""Who was in which zone for how long, how long queues are, where people come from; and who is staff."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.vision.layout import Layout, Line, Zone
from edge.vision.watch import FloorWatch
from edge.vision.words import Crossed, Heated, Queued, Seen, Visited, Waited, Walked
from edge.vision.zone_map import Raster, ZoneMap
from models.findings import Track
from tests.vision.walking import HEIGHT, TALL, WIDTH, Crowd, Person, Place, S

Y = 280.0


def zone(name: str, left: float, right: float, kind: Any = "area") -> Zone:
    """From ``left`` to ``right`` (pixels), over the lower half of the picture."""
    a, b = left / WIDTH, right / WIDTH
    return Zone(name=name, kind=kind, corners=((a, 0.5), (b, 0.5), (b, 1.0), (a, 1.0)))


TILL = zone("till", 200, 400, "queue")
FRUIT, MILK = zone("fruit", 50, 250), zone("milk", 350, 560)
BACK = zone("back", 500, 640, "staff")
DOOR = Line(name="door", a=(0.95, 0.3), b=(0.95, 1.0), inside=(0.2, 0.8))


def stands(x: float, for_s: float, *, y: float = Y) -> list[Place]:
    """Steps of nothing, back and forth over a hundredth of a body, for so long at walking speed."""
    return [(x + 0.5 * (-1) ** turn, y) for turn in range(int(for_s * 0.8 * TALL) + 2)]


def seen_of(layout: Layout, crowd: Crowd) -> list[Seen]:
    watch, seen = FloorWatch("cam-1", layout, WIDTH, HEIGHT), []
    at_ns = 0
    for tracks, at_ns in crowd.pictures():
        seen += watch.take(tracks, at_ns)
    return [each for each in [*seen, *watch.end(at_ns)] if not isinstance(each, Heated)]


def watched(*zones: Zone, walks: Sequence[Place], lines: tuple[Line, ...] = (), **how: Any) -> list[Seen]:
    return seen_of(Layout(zones=zones, lines=lines), Crowd(people=[Person(places=walks)], **how))


def visits(seen: list[Seen]) -> list[tuple[str, float]]:
    return [(each.zone, each.dwell_ms / 1000) for each in seen if isinstance(each, Visited)]


def test_a_visit_lasts_from_the_way_in_to_the_way_out() -> None:
    seen = watched(FRUIT, walks=[(350, Y), *stands(200, 6), (350, Y)], fps=10)
    ((name, dwell_s),) = visits(seen)
    assert name == "fruit"
    assert dwell_s == pytest.approx(6 + 2 * 50 / 80, abs=0.4)
    (visit,) = [each for each in seen if isinstance(each, Visited)]
    assert visit.at_ns == pytest.approx(S + (150 / 80 + 6 + 50 / 80) * S, abs=0.4 * S)


def test_somebody_who_vanishes_in_a_zone_has_visited_it_until_then() -> None:
    ((_, dwell_s),) = visits(watched(FRUIT, walks=[(350, Y), *stands(200, 4)]))
    assert dwell_s == pytest.approx(4 + 50 / 80, abs=0.5)


def test_who_only_touches_a_corner_is_no_visitor() -> None:
    assert visits(watched(FRUIT, walks=[(350, Y), (240, Y), (350, Y)], fps=10)) == []


def test_a_picture_in_which_a_box_jumps_into_a_zone_is_no_visit() -> None:
    watch = FloorWatch("cam-1", Layout(zones=(FRUIT,)), WIDTH, HEIGHT)
    seen: list[Seen] = []
    for picture in range(60):
        x = 200.0 if picture == 30 else 300.0
        seen += watch.take([Track(number=1, box=(x - 15, 180, x + 15, 280), state="confirmed")], S + picture * S)
    assert visits([*seen, *watch.end(61 * S)]) == []


def test_who_steps_aside_for_a_moment_is_still_the_same_visitor() -> None:
    walks = [(350, Y), *stands(220, 3), (275, Y), (220, Y), *stands(220, 3)]
    ((_, dwell_s),) = visits(watched(FRUIT, walks=walks, fps=10))
    assert dwell_s > 7


@settings(max_examples=15)
@given(st.floats(-4, 4), st.integers(0, 10**6), st.sampled_from([4.0, 15.0]))
def test_who_stands_at_a_zone_s_edge_visits_it_once_at_most(off: float, seed: int, fps: float) -> None:
    assert len(visits(watched(FRUIT, walks=stands(250 + off, 10), seed=seed, fps=fps))) <= 1


@settings(max_examples=30)
@given(st.floats(2, 20), st.sampled_from([4.0, 10.0, 15.0]), st.floats(0, 0.2), st.integers(0, 10**6))
def test_a_dwell_is_told_to_half_a_second(for_s: float, fps: float, missed: float, seed: int) -> None:
    walks = [(400, Y), *stands(150, for_s), (400, Y)]
    ((_, dwell_s),) = visits(watched(FRUIT, walks=walks, fps=fps, missed=missed, seed=seed))
    assert dwell_s == pytest.approx(for_s + 2 * 100 / 80, abs=0.2 + 3 / fps)


def test_two_zones_over_each_other_are_both_visited() -> None:
    aisle = zone("aisle", 50, 600)
    told = visits(watched(aisle, MILK, walks=[(20, Y), *stands(450, 3), (20, Y)]))
    assert [name for name, _ in told] == ["milk", "aisle"]


def test_a_new_number_in_a_zone_is_the_same_visit() -> None:
    person = Person(places=[(350, Y), *stands(150, 8), (350, Y)], renamed_s=[4.0, 6.5])
    ((_, dwell_s),) = visits(seen_of(Layout(zones=(FRUIT,)), Crowd(people=[person], fps=8)))
    assert dwell_s == pytest.approx(8 + 2 * 100 / 80, abs=0.6)


def test_a_queue_is_told_once_a_second_and_who_leaves_it_has_waited() -> None:
    people = [Person(places=[(500, Y), *stands(x, 8), (500, Y)], begins_s=x / 100) for x in (250, 310, 370)]
    passing = Person(places=[(500, Y), (340, Y), (500, Y)], begins_s=5)
    seen = seen_of(Layout(zones=(TILL, FRUIT)), Crowd(people=[*people, passing]))
    lengths = [each.length for each in seen if isinstance(each, Queued)]
    assert max(lengths) == 3
    assert (lengths[0], lengths[-1]) == (0, 0)
    times = [each.at_ns for each in seen if isinstance(each, Queued)]
    assert all(later - earlier >= S for earlier, later in pairwise(times))
    waits = [each.wait_ms for each in seen if isinstance(each, Waited)]
    assert [wait > 8000 for wait in waits] == [True] * 3
    assert sum(isinstance(each, Visited) and each.zone == "till" for each in seen) == 4, "who passes through visits and waits not"


def test_a_shop_in_which_nobody_is_has_a_queue_of_nobody() -> None:
    watch = FloorWatch("cam-1", Layout(zones=(TILL,)), WIDTH, HEIGHT)
    told = [each for second in range(5) for each in watch.take((), S + second * S)]
    assert told == [Queued(camera="cam-1", zone="till", length=0, at_ns=S + second * S) for second in range(5)]


def test_paths_are_told_from_the_entrance_over_the_zones_to_the_exit() -> None:
    walks = [(635, Y), *stands(500, 2), *stands(150, 2), *stands(480, 2), (638, Y)]
    seen = watched(MILK, FRUIT, walks=walks, lines=(DOOR,))
    ways = [(each.origin, each.destination) for each in seen if isinstance(each, Walked)]
    assert ways == [("door", "milk"), ("milk", "fruit"), ("fruit", "milk"), ("milk", "door")]


def test_the_way_from_the_entrance_begins_there() -> None:
    seen = watched(FRUIT, walks=[(635, Y), *stands(150, 2)], lines=(DOOR,))
    assert [(each.origin, each.destination) for each in seen if isinstance(each, Walked)] == [("door", "fruit")]


def test_a_line_that_is_no_entrance_is_on_no_path() -> None:
    aisle = Line(name="aisle", a=DOOR.a, b=DOOR.b, inside=DOOR.inside, entrance=False)
    seen = watched(FRUIT, walks=[(635, Y), *stands(150, 2), (638, Y)], lines=(aisle,))
    assert [each for each in seen if isinstance(each, Walked)] == []
    assert sum(isinstance(each, Crossed) for each in seen) == 2


def test_who_stays_in_a_staff_zone_is_staff_and_counted_nowhere_after() -> None:
    walks = [*stands(560, 7), *stands(150, 5), (638, Y), (150, Y)]
    seen = watched(BACK, FRUIT, TILL, walks=walks, lines=(DOOR,))
    assert [each for each in seen if not isinstance(each, Queued)] == []
    assert {each.length for each in seen if isinstance(each, Queued)} == {0}


def test_who_looks_round_the_counter_is_not_staff() -> None:
    seen = watched(BACK, FRUIT, walks=[(480, Y), *stands(520, 2), *stands(150, 3), (350, Y)])
    assert [name for name, _ in visits(seen)] == ["fruit"]


def test_who_crosses_the_badge_line_is_staff_and_their_visit_is_dropped() -> None:
    badge = Line(name="badge", a=(0.3, 0.3), b=(0.3, 1.0), inside=(0.1, 0.8), staff=True)
    hall = zone("hall", 0, 640)
    seen = watched(hall, zone("tea", 50, 150), walks=[*stands(300, 3), *stands(100, 3), (638, Y)], lines=(badge, DOOR))
    assert [each for each in seen if not isinstance(each, Queued)] == []


def test_staff_is_known_by_the_number_of_their_track() -> None:
    watch = FloorWatch("cam-1", Layout(zones=(BACK,)), WIDTH, HEIGHT)
    told = []
    for tracks, at_ns in Crowd(people=[Person(places=stands(560, 9))]).pictures():
        watch.take(tracks, at_ns)
        told += [watch.is_staff(track.number) for track in tracks]
    assert (told[0], told[-1], watch.is_staff(99)) == (False, True, False)


def test_another_layout_ends_the_visits_and_keeps_the_people() -> None:
    watch = FloorWatch("cam-1", Layout(zones=(FRUIT,)), WIDTH, HEIGHT)
    pictures = list(Crowd(people=[Person(places=[*stands(150, 5), (20, Y)])]).pictures())
    for tracks, at_ns in pictures[:20]:
        watch.take(tracks, at_ns)
    assert watch.relayout(Layout(zones=(FRUIT,))) == []
    other = Layout(zones=(zone("bread", 50, 250),))
    assert [name for name, _ in visits(watch.relayout(other))] == ["fruit"]
    seen = [each for tracks, at_ns in pictures[20:] for each in watch.take(tracks, at_ns)]
    assert [name for name, _ in visits(seen)] == ["bread"]


def test_a_gap_in_the_pictures_is_no_dwell() -> None:
    watch = FloorWatch("cam-1", Layout(zones=(FRUIT,)), WIDTH, HEIGHT)
    track = Track(number=1, box=(135, 180, 165, 280), state="confirmed")
    seen: list[Seen] = []
    for second in [*range(5), *range(605, 610)]:
        seen += watch.take([track], S + second * S)
    assert [dwell_s for _, dwell_s in visits([*seen, *watch.end(620 * S)])] == [4.0, 4.0]


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT)), min_size=3, max_size=6), st.floats(0, 639), st.floats(0, 359)
)
def test_a_place_is_in_a_zone_when_the_polygon_says_so(corners: list[Place], x: float, y: float) -> None:
    hull = cv2.convexHull(np.array(corners, np.float32))
    inside_px = cv2.pointPolygonTest(hull, (x, y), measureDist=True)
    drawn = ZoneMap(
        [Zone(name="any", corners=tuple((a / WIDTH, b / HEIGHT) for a, b in hull[:, 0].tolist()))], Raster(WIDTH, HEIGHT)
    )
    if abs(inside_px) > 2 * np.sqrt(2):  # a cell is two pixels wide
        assert drawn.at(x, y) == (inside_px > 0)
