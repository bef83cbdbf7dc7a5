"""A reach is a hand of somebody who stands before a shelf, in the shelf, once; poses are asked for these people only."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edge.vision.layout import Layout, Zone
from edge.vision.watch import FloorWatch
from edge.vision.words import Reached
from models.findings import Track, Wrist
from tests.vision.walking import HEIGHT, WIDTH, S

SHELF = Zone(name="fruit", kind="shelf", shelf="shelf-1", corners=((0.5, 0.2), (0.7, 0.2), (0.7, 0.6), (0.5, 0.6)))
BACK = Zone(name="back", kind="staff", corners=((0.3, 0.5), (0.6, 0.5), (0.6, 1.0), (0.3, 1.0)))
IN, OUT = (350.0, 150.0), (280.0, 150.0)
HALF_S = S // 2


def track(x: float, number: int = 1, *, lost: bool = False) -> Track:
    return Track(number=number, box=(x - 20, 130, x + 20, 280), state="lost" if lost else "confirmed")


def watch(*zones: Zone) -> FloorWatch:
    return FloorWatch("cam-1", Layout(zones=zones or (SHELF,)), WIDTH, HEIGHT)


def looked(floor: FloorWatch, looks: Sequence[Sequence[tuple[float, float]] | None], score: float = 0.9) -> list[int]:
    """At which of the looks, two a second, a reach was told; None: nobody was asked for."""
    told = []
    for number, places in enumerate(looks):
        at_ns = S + number * HALF_S
        floor.take([track(290)], at_ns)
        wanted = floor.pose_wanted(at_ns)
        assert [each for each, _ in wanted] == ([] if places is None else [1])
        if places is not None:
            seen = floor.take_wrists(1, [Wrist(at=place, score=score) for place in places], at_ns)
            told += [number for each in seen if each == Reached(camera="cam-1", zone="fruit", at_ns=at_ns)]
    return told


def test_a_hand_in_the_shelf_is_a_reach_once() -> None:
    assert looked(watch(), [[OUT, OUT], [OUT, IN], [IN, OUT], [IN, IN], [OUT], [OUT], [OUT]]) == [1]


def test_a_hand_that_was_out_for_a_second_reaches_again() -> None:
    assert looked(watch(), [[IN], [OUT], [OUT], [OUT], [IN], [OUT], [IN]]) == [0, 4]


def test_a_hand_that_nobody_sees_has_not_come_out() -> None:
    assert looked(watch(), [[IN], [], [], [], [], [IN]]) == [0]


def test_a_hand_that_may_be_anywhere_is_nowhere() -> None:
    assert looked(watch(), [[IN], [IN]], score=0.3) == []


def test_a_pose_is_asked_for_twice_a_second_at_most() -> None:
    floor = watch()
    asked = 0
    for picture in range(30):
        at_ns = S + picture * S // 10
        floor.take([track(290)], at_ns)
        for number, _ in floor.pose_wanted(at_ns):
            floor.take_wrists(number, [], at_ns)
            asked += 1
    assert asked == 6


@pytest.mark.parametrize("x", [150.0, 600.0])
def test_who_is_not_before_a_shelf_is_left_alone(x: float) -> None:
    floor = watch()
    floor.take([track(x)], S)
    assert floor.pose_wanted(S) == []


def test_the_box_to_look_in_has_room_for_the_arms_and_ends_with_the_picture() -> None:
    floor = watch(Zone(name="fruit", kind="shelf", shelf="shelf-1", corners=((0, 0.2), (0.2, 0.2), (0.2, 0.6), (0, 0.6))))
    floor.take([track(30)], S)
    assert floor.pose_wanted(S) == [(1, (0.0, 70.0, 110.0, 280.0))]


def test_who_walks_past_or_is_lost_is_left_alone() -> None:
    floor = watch()
    for picture in range(4):
        floor.take([track(260 + 60 * picture)], S + picture * HALF_S)
    assert floor.pose_wanted(S + 3 * HALF_S) == []
    still = watch()
    still.take([track(290)], S)
    still.take([track(290, lost=True)], S + HALF_S)
    assert still.pose_wanted(S + HALF_S) == []


def test_who_has_waited_longest_is_asked_for_first() -> None:
    floor = watch()
    people = [track(290, 1), track(330, 2), track(390, 3)]
    floor.take(people, S)
    assert [number for number, _ in floor.pose_wanted(S)] == [1, 2, 3]
    floor.take_wrists(1, [], S)
    assert [number for number, _ in floor.pose_wanted(S)] == [2, 3]
    floor.take(people, S + HALF_S)
    assert [number for number, _ in floor.pose_wanted(S + HALF_S)] == [2, 3, 1]


def test_staff_and_strangers_reach_into_no_shelf() -> None:
    floor = watch(SHELF, BACK)
    for picture in range(20):
        floor.take([track(290)], S + picture * HALF_S)
    at_ns = S + 20 * HALF_S
    assert floor.pose_wanted(at_ns) == []
    assert floor.take_wrists(1, [Wrist(at=IN, score=1.0)], at_ns) == []
    assert floor.take_wrists(99, [Wrist(at=IN, score=1.0)], at_ns) == []


def test_without_shelf_zones_no_pose_is_asked_for() -> None:
    floor = watch(BACK)
    floor.take([track(290)], S)
    assert floor.pose_wanted(S) == []
