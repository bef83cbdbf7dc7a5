"""Whose track is whose: who was lost for a moment, who is somebody else, and where feet are that nobody sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from edge.vision.feet import Stature, feet_y
from edge.vision.strangers import MOST_PLACES, Strangers
from edge.vision.walker import Walker
from edge.vision.walkers import Walkers
from models.findings import Box, Track
from tests.vision.walking import S

TENTH = S // 10


def box(x: float, y: float = 280.0, height: float = 100.0) -> Box:
    return x - 15, y - height, x + 15, y


def track(number: int, x: float, state: str = "confirmed", height: float = 100.0) -> Track:
    return Track(number=number, box=box(x, height=height), state=state)  # type: ignore[arg-type]


def follow(walkers: Walkers, pictures: Iterable[Sequence[Track]], begins_ns: int = S) -> list[list[Walker]]:
    """Everybody found in each picture, ten a second, as they are after it."""
    found = []
    for number, tracks in enumerate(pictures):
        at_ns = begins_ns + number * TENTH
        now = []
        for walker, places in walkers.take(tracks, at_ns):
            for place in places:
                walker.step(*place)
            now.append(walker)
        walkers.gone(at_ns)
        found.append(now)
    return found


def walk(number: int, *xs: float, state: str = "confirmed") -> list[list[Track]]:
    return [[track(number, x, state)] for x in xs]


def test_a_track_is_nobody_until_it_is_confirmed() -> None:
    walkers = Walkers()
    (*before, last) = follow(walkers, [*walk(1, 100, 108, state="tentative"), *walk(1, 116)])
    assert before == [[], []]
    assert [walker.number for walker in last] == [1]
    assert last[0].velocity[0] > 0, "its first steps are known too"


def test_who_is_found_again_as_somebody_new_is_the_same() -> None:
    walkers = Walkers()
    first = follow(walkers, walk(1, *range(100, 180, 8)))[-1][0]
    again = follow(walkers, walk(2, *range(250, 282, 8)), S + 20 * TENTH)[-1][0]
    assert again is first
    assert again.number == 2
    assert (walkers.get(1), walkers.get(2)) == (None, first)


def test_while_the_tracker_waits_for_the_lost_one_the_new_one_is_nobody() -> None:
    walkers = Walkers()
    first = follow(walkers, walk(1, *range(100, 180, 8)))[-1][0]
    both = [[track(1, 172, "lost"), track(2, 180 + 8 * step)] for step in range(3)]
    assert follow(walkers, both, S + 10 * TENTH) == [[], [], []]
    assert walkers.get(2) is None
    (now,) = follow(walkers, walk(2, 204), S + 13 * TENTH)
    assert now == [first]


def test_when_the_lost_one_is_found_the_new_one_is_somebody_else() -> None:
    walkers = Walkers()
    first = follow(walkers, walk(1, *range(100, 180, 8)))[-1][0]
    both = [[track(1, 172, "lost"), track(2, 180 + 8 * step)] for step in range(3)]
    found = [[track(1, 204 + 8 * step), track(2, 214 + 8 * step)] for step in range(6)]
    (*_, now) = follow(walkers, [*both, *found], S + 10 * TENTH)
    assert now[0] is first
    assert [walker.number for walker in now] == [1, 2]


def test_a_second_box_that_takes_over_is_the_same_person() -> None:
    walkers = Walkers()
    first = follow(walkers, walk(1, *range(100, 180, 8)))[-1][0]
    both = [[track(1, 180 + 2 * step), track(2, 190 + 8 * step)] for step in range(4)]
    (*_, now) = follow(walkers, [*both, *([track(2, 214 + 8 * step)] for step in range(8))], S + 10 * TENTH)
    assert now == [first]
    assert first.last.x == 270


def test_a_second_box_that_stays_is_a_second_person() -> None:
    walkers = Walkers()
    first = follow(walkers, walk(1, *range(100, 180, 8)))[-1][0]
    both = [[track(1, 180 + 8 * step), track(2, 195 + 8 * step)] for step in range(8)]
    (*_, now) = follow(walkers, both, S + 10 * TENTH)
    assert now[0] is first
    assert [walker.number for walker in now] == [1, 2]


def test_a_second_box_that_is_gone_again_leaves_the_first_alone() -> None:
    walkers = Walkers()
    first = follow(walkers, walk(1, *range(100, 180, 8)))[-1][0]
    both = [[track(1, 180 + 8 * step), track(2, 195 + 8 * step)] for step in range(3)]
    (*_, now) = follow(walkers, [*both, *walk(1, 204, 212, 220)], S + 10 * TENTH)
    assert now == [first]
    assert first.number == 1


def test_two_who_appear_together_are_two() -> None:
    walkers = Walkers()
    ((one, two),) = follow(walkers, [[track(1, 100), track(2, 120)]])
    assert one is not two


def test_who_was_given_up_before_they_were_confirmed_came_from_there() -> None:
    walkers = Walkers()
    shy = walk(1, 100, 108, 116, state="tentative")
    pictures = [*shy, [], [], *walk(2, 140, 148, state="tentative"), *walk(2, 156)]
    follow(walkers, pictures[:-1])
    ((walker, places),) = walkers.take(pictures[-1], S + 7 * TENTH)
    assert walker.number == 2
    assert [box[0] + 15 for _, box in places] == [100, 108, 116, 140, 148, 156]


def test_what_is_found_for_months_takes_no_more_memory_and_began_where_it_began() -> None:
    strangers = Strangers()
    for number in range(3 * MOST_PLACES):
        strangers.add(track(1, 100 + number, "tentative"), S + number * TENTH)
    places = strangers.known(1)
    assert len(places) == MOST_PLACES
    assert places[0] == (S, box(100))
    assert places[-1] == (S + (3 * MOST_PLACES - 1) * TENTH, box(100 + 3 * MOST_PLACES - 1))


def test_a_flicker_is_nobody_s_past() -> None:
    walkers = Walkers()
    pictures = [*walk(1, 100, 108, state="tentative"), [], *walk(2, 124, 132, state="tentative"), *walk(2, 140)]
    follow(walkers, pictures[:-1])
    ((_, places),) = walkers.take(pictures[-1], S + 5 * TENTH)
    assert [box[0] + 15 for _, box in places] == [124, 132, 140]


def test_a_new_one_that_vanishes_before_it_is_known_has_still_walked() -> None:
    walkers = Walkers()
    first = follow(walkers, walk(1, *range(100, 180, 8)))[-1][0]
    both = [[track(1, 172, "lost"), track(2, 180 + 8 * step)] for step in range(3)]
    (*_, now) = follow(walkers, [*both, []], S + 10 * TENTH)
    assert now == [first]
    assert first.last.x == 196


@pytest.mark.parametrize(
    ("after_s", "x", "height"), [(0.5, 400.0, 100.0), (0.5, 185.0, 60.0), (0.5, 185.0, 170.0), (4.0, 185.0, 100.0)]
)
def test_who_is_too_far_too_small_too_tall_or_too_late_is_somebody_else(after_s: float, x: float, height: float) -> None:
    walkers = Walkers()
    first = follow(walkers, walk(1, *range(100, 180, 8)))[-1][0]
    later = S + 10 * TENTH + round(after_s * S)
    ((somebody,),) = follow(walkers, [[track(2, x, height=height)]], later)
    assert somebody is not first


def test_of_two_lost_the_one_who_was_going_there_is_taken() -> None:
    walkers = Walkers()
    here = [[track(1, 100 + 8 * step), track(2, 300 - 8 * step)] for step in range(10)]
    first, second = follow(walkers, here)[-1]
    ((again,),) = follow(walkers, [[track(3, 208)]], S + 14 * TENTH)
    assert again is first
    ((_, other),) = follow(walkers, [[track(3, 216), track(4, 188)]], S + 15 * TENTH)
    assert other is second


def test_who_does_not_come_back_is_gone() -> None:
    walkers = Walkers()
    (walker,) = follow(walkers, walk(1, 100))[-1]
    assert walkers.gone(S + 3 * S) == []
    assert walkers.gone(S + 4 * S) == [walker]
    assert list(walkers) == []


def test_whom_the_tracker_still_waits_for_is_not_gone() -> None:
    walkers = Walkers()
    follow(walkers, walk(1, 100))
    list(walkers.take([track(1, 100, "lost")], S + 5 * S))
    assert walkers.gone(S + 5 * S) == []


def steps(boxes: Sequence[tuple[float, float]], speed: float = 0.0) -> list[float]:
    """The feet of somebody whose boxes go from top to bottom (pixels), ten a second, while they walk down at ``speed``."""
    stature = Stature(boxes[0][1] - boxes[0][0])
    feet = [boxes[0][1]]
    for number, (top, bottom) in enumerate(boxes[1:], 1):
        feet.append(feet_y(stature, (0, top, 30, bottom), feet[-1] + speed / 10, TENTH, S + number * TENTH))
    return feet


def test_feet_behind_a_counter_are_still_below_the_head() -> None:
    assert steps([(100, 200)] * 5 + [(100, 150)] * 10) == [200] * 15


def test_feet_of_who_walks_behind_a_counter_walk_on() -> None:
    seen = [(100.0 + 4 * step, 200.0 + 4 * step) for step in range(5)] + [(120.0 + 4 * step, 190.0) for step in range(5)]
    assert steps(seen, speed=40)[-1] == 236


def test_who_bends_down_keeps_their_feet() -> None:
    assert steps([(100, 200)] * 5 + [(145, 200)] * 10) == [200] * 15


def test_who_walks_away_grows_smaller_and_is_not_hidden() -> None:
    seen = [(100.0, 200.0 - 2 * step) for step in range(20)]
    assert steps(seen, speed=-20) == [bottom for _, bottom in seen]


def test_a_box_that_was_of_two_people_is_believed_for_two_seconds() -> None:
    assert steps([(100, 300)] * 2 + [(100, 200)] * 60, speed=0)[-1] == 200
