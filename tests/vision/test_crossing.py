"""Everybody who comes over a line is counted once, whatever trembles, hides or is taken for somebody else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.vision.layout import Layout, Line
from edge.vision.watch import FloorWatch
from edge.vision.words import Crossed
from models import findings
from models.findings import Track
from models.tracks import Tracks
from tests.vision.walking import HEIGHT, TALL, WIDTH, Crowd, Person, Place, S

X, TOP, BOTTOM = 320.0, 160.0, 320.0
DOOR = Line(name="door", a=(0.5, TOP / HEIGHT), b=(0.5, BOTTOM / HEIGHT), inside=(0.2, 0.6))
MIDDLE = (TOP + BOTTOM) / 2
Counted = list[tuple[Literal["in", "out"], int]]


def watch(*lines: Line) -> FloorWatch:
    return FloorWatch("cam-1", Layout(lines=lines or (DOOR,)), WIDTH, HEIGHT)


def counted(crowd: Crowd, *lines: Line) -> Counted:
    """What is counted of a crowd, in order of the crossings' times."""
    floor, seen = watch(*lines), []
    at_ns = 0
    for tracks, at_ns in crowd.pictures():
        seen += floor.take(tracks, at_ns)
    seen += floor.end(at_ns)
    found = [(each.direction, each.at_ns) for each in seen if isinstance(each, Crossed)]
    return sorted(found, key=lambda pair: pair[1])


def directions(counts: Counted) -> list[str]:
    return [direction for direction, _ in counts]


def heights(*xs: float, y: float = MIDDLE) -> list[Place]:
    """Places at so many body heights from the door, positive inside."""
    return [(X - x * TALL, y) for x in xs]


def walked(*places: Sequence[Place], **how: float) -> Counted:
    return counted(Crowd(people=[Person(places=each) for each in places], **how))  # type: ignore[arg-type]


def test_who_comes_in_is_counted_in_when_they_crossed() -> None:
    ((direction, at_ns),) = walked(heights(-2, 2), fps=10, jitter=0)
    assert direction == "in"
    assert at_ns == pytest.approx(S + 2 / 0.8 * S, abs=0.01 * S)


def test_who_goes_out_is_counted_out() -> None:
    assert directions(walked(heights(2, -2))) == ["out"]


def test_in_and_out_and_in_again_is_three() -> None:
    assert directions(walked(heights(-1, 1, -1, 1))) == ["in", "out", "in"]


def test_somebody_who_turns_on_the_line_is_not_counted() -> None:
    assert walked(heights(-2, 0.03, -2)) == []


def test_somebody_who_steps_clearly_over_and_back_came_in_and_went_out() -> None:
    assert directions(walked(heights(-2, 0.3, -2))) == ["in", "out"]


@pytest.mark.parametrize("y", [TOP - 30, BOTTOM + 30])
def test_somebody_who_walks_round_the_end_is_not_counted(y: float) -> None:
    assert walked(heights(-2, 2, y=y)) == []


def test_somebody_who_went_in_round_the_end_and_out_through_it_is_counted_out() -> None:
    assert directions(walked([*heights(-1, 1, y=TOP - 40), *heights(1, -1)])) == ["out"]


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(-0.03, 0.03), st.sampled_from([4.0, 8.0, 15.0]))
def test_who_stands_on_the_line_is_not_counted(seed: int, at: float, fps: float) -> None:
    sway = [at + 0.01 * (-1) ** turn for turn in range(40)]
    assert walked(heights(*sway), fps=fps, seed=seed) == []


def test_a_track_that_was_never_confirmed_is_never_counted() -> None:
    floor, seen = watch(), []
    for number, (tracks, at_ns) in enumerate(Crowd(people=[Person(places=heights(-2, 2))]).pictures()):
        seen += floor.take([Track(number=number, box=track.box, state="tentative") for track in tracks], at_ns)
    assert [each for each in seen if isinstance(each, Crossed)] == []


def test_the_steps_before_it_was_confirmed_count_once_it_is() -> None:
    assert directions(walked(heights(-0.15, 2), fps=4)) == ["in"]


def test_somebody_who_appears_between_the_bands_on_the_far_side_came_over_it() -> None:
    assert directions(walked(heights(-0.05, 2), fps=10, jitter=0)) == ["in"]
    assert directions(walked(heights(0.05, 2), fps=10, jitter=0)) == []


def test_somebody_who_vanishes_just_behind_the_line_went_over_it() -> None:
    for ends, told in ((-0.09, ["out"]), (0.02, [])):
        person = Person(places=heights(2, ends), speed=0.4)
        assert directions(counted(Crowd(people=[person], fps=15, jitter=0))) == told


@pytest.mark.parametrize("gap_s", [1.0, 1.4, 1.9])
def test_somebody_who_crosses_unseen_is_counted_once(gap_s: float) -> None:
    crossed_s = 2 / 0.8
    person = Person(places=heights(-2, 2.5), hidden=[(crossed_s - gap_s / 2, crossed_s + gap_s / 2)])
    ((direction, at_ns),) = counted(Crowd(people=[person], fps=5))
    assert direction == "in"
    assert at_ns == pytest.approx(S + crossed_s * S, abs=0.3 * S)


@pytest.mark.parametrize("renamed_at", [-0.3, -0.08, -0.02, 0.0, 0.02, 0.08, 0.12, 0.3])
def test_a_new_number_near_the_line_is_still_one_person(renamed_at: float) -> None:
    person = Person(places=heights(-2, 2), renamed_s=[(2 + renamed_at) / 0.8])
    assert directions(counted(Crowd(people=[person], fps=10))) == ["in"]


def test_two_people_side_by_side_are_two() -> None:
    assert directions(walked(heights(-2, 2, y=MIDDLE - 40), heights(-2, 2, y=MIDDLE + 40))) == ["in", "in"]


def test_two_people_who_pass_each_other_in_the_door_are_one_in_and_one_out() -> None:
    assert sorted(directions(walked(heights(-2, 2), heights(2, -2)))) == ["in", "out"]


def test_every_line_counts_for_itself() -> None:
    back = Line(name="back", a=(0.25, TOP / HEIGHT), b=(0.25, BOTTOM / HEIGHT), inside=(0.5, 0.5), entrance=False)
    floor, seen = watch(DOOR, back), []
    for tracks, at_ns in Crowd(people=[Person(places=heights(-2, 2.5))]).pictures():
        seen += floor.take(tracks, at_ns)
    assert [(each.line, each.direction) for each in seen if isinstance(each, Crossed)] == [("door", "in"), ("back", "out")]


@pytest.mark.parametrize("turned", [0, 1])
def test_in_is_where_inside_is_however_the_line_was_drawn(turned: int) -> None:
    a, b = ((0.2, 0.9), (0.9, 0.7))[:: 1 - 2 * turned]
    line = Line(name="door", a=a, b=b, inside=(0.5, 0.3))
    person = Person(places=[(320, 355), (320, 200)])
    assert directions(counted(Crowd(people=[person]), line)) == ["in"]


def test_nobody_goes_on_over_a_gap_in_the_pictures() -> None:
    floor = watch()
    outside, inside = (Person(places=heights(x, x + 1)).at(0) for x in (-1, 1))
    assert outside is not None
    assert inside is not None
    for second, (x, y) in enumerate([outside] * 3 + [inside] * 3):
        track = Track(number=1, box=(x - 15, y - TALL, x + 15, y), state="confirmed")
        assert not [each for each in floor.take([track], S * (second + 60 * (second >= 3))) if isinstance(each, Crossed)]


Leg = tuple[float, bool]
LEGS = st.lists(st.tuples(st.floats(1.1, 2.0), st.booleans()), min_size=1, max_size=4)


def path(lane: float, legs: Iterable[Leg], *, inside: bool) -> tuple[list[Place], int]:
    """Back and forth over the line, or beyond its upper end where a leg says so, and how often through it."""
    places, through = heights(1.1 if inside else -1.1, y=lane), 0
    for far, around in legs:
        y = TOP - 60 if around else lane
        x = X + (far if inside else -far) * TALL
        places += [(places[-1][0], y), (x, y)]
        inside, through = not inside, through + (not around)
    return places, through


PEOPLE = st.lists(st.tuples(LEGS, st.booleans(), st.floats(0.4, 1.2), st.floats(0, 3)), min_size=1, max_size=4)


@settings(max_examples=40)
@given(PEOPLE, st.sampled_from([4.0, 5.0, 10.0, 15.0]), st.floats(0, 0.2), st.integers(0, 10**6))
def test_any_crowd_is_counted_as_it_was(
    people: list[tuple[list[Leg], bool, float, float]], fps: float, missed: float, seed: int
) -> None:
    made, truth = [], 0
    for number, (legs, inside, speed, begins_s) in enumerate(people):
        places, through = path(TOP + 35 + 30 * number, legs, inside=inside)
        made.append(Person(places=places, speed=speed, begins_s=begins_s))
        truth += through
    assert len(counted(Crowd(people=made, fps=fps, missed=missed, seed=seed))) == truth


@settings(max_examples=15)
@given(PEOPLE, st.sampled_from([5.0, 10.0]), st.integers(0, 10**6))
def test_any_crowd_that_is_found_is_followed_and_counted(
    people: list[tuple[list[Leg], bool, float, float]], fps: float, seed: int
) -> None:
    made, truth = [], 0
    for number, (legs, inside, speed, begins_s) in enumerate(people):
        places, through = path(TOP + 20 + 40 * number, [(far, False) for far, _ in legs], inside=inside)
        made.append(Person(places=places, speed=speed, begins_s=begins_s + 15 * number))  # who hides whom is the tracker's test
        truth += through
    tracks, floor, seen = Tracks(fps, high=0.5, low=0.1, width_px=WIDTH, height_px=HEIGHT), watch(), []
    for shown, at_ns in Crowd(people=made, fps=fps, seed=seed).pictures():
        found = [findings.Person(box=each.box, score=0.9) for each in shown if each.state != "lost"]
        seen += floor.take(tracks.take(found, at_ns), at_ns)
    assert sum(isinstance(each, Crossed) for each in [*seen, *floor.end(at_ns)]) == truth


@settings(max_examples=40)
@given(LEGS, st.floats(0.4, 1.2), st.lists(st.floats(1, 12), max_size=3), st.integers(0, 10**6))
def test_one_person_under_many_numbers_is_counted_as_one(
    legs: list[Leg], speed: float, renamed_s: list[float], seed: int
) -> None:
    places, through = path(MIDDLE, legs, inside=False)
    person = Person(places=places, speed=speed, renamed_s=sorted(renamed_s))
    assert len(counted(Crowd(people=[person], fps=8, seed=seed))) == through
