"""Marks that show the floor bring every place of the picture to its place; those that do not say why."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.vision.floor import Floor, NoFloor, floor_of
from edge.vision.layout import FloorMark

Mark = tuple[tuple[float, float], tuple[int, int]]
SQUARE: tuple[Mark, ...] = (
    ((0.4, 0.4), (0, 0)),
    ((0.6, 0.4), (4_000, 0)),
    ((0.9, 0.9), (4_000, 6_000)),
    ((0.1, 0.9), (0, 6_000)),
)


def of(*marks: Mark) -> Floor:
    return floor_of([FloorMark(picture=seen, floor_mm=lain) for seen, lain in marks])


def refused(*marks: Mark) -> NoFloor:
    with pytest.raises(NoFloor) as error:
        of(*marks)
    return error.value


def near(floor: Floor, at: tuple[float, float], wanted: tuple[float, float], off_mm: float = 1.0) -> bool:
    place = floor.place(*at)
    return place is not None and math.dist(place, wanted) <= off_mm


def test_every_mark_is_where_it_was_measured() -> None:
    floor = of(*SQUARE)
    assert all(near(floor, seen, lain) for seen, lain in SQUARE)


def test_the_middle_of_the_floor_is_nearer_to_the_far_edge_of_the_picture() -> None:
    floor = of(*SQUARE)
    assert near(floor, (0.5, 0.4), (2_000, 0))
    middle = floor.place(0.5, 0.65)
    assert middle is not None
    assert middle[1] > 3_000


def test_the_horizon_is_nowhere() -> None:
    floor = of(*SQUARE)
    assert floor.place(0.5, 0.2) is None
    assert floor.place(0.5, 0.3) is not None


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0.1, 0.9), st.floats(0.35, 0.95)), min_size=1, max_size=12), st.integers(0, 10**6))
def test_more_marks_say_the_same_as_opencv(more: list[tuple[float, float]], seed: int) -> None:
    exact = of(*SQUARE)
    chance = np.random.default_rng(seed)
    marks = list(SQUARE)
    for at in more:
        place = exact.place(*at)
        assert place is not None
        x, y = np.rint(np.array(place) + chance.normal(0, 10, 2))
        marks.append((at, (int(x), int(y))))
    ours = of(*marks)
    theirs, _ = cv2.findHomography(np.array([seen for seen, _ in marks]), np.array([lain for _, lain in marks], float))
    for x, y in ((0.2, 0.8), (0.5, 0.5), (0.8, 0.9)):
        u, v, w = theirs @ (x, y, 1)
        assert near(ours, (x, y), (u / w, v / w), 60)
        assert near(ours, (x, y), exact.place(x, y) or (0, 0), 120)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_marks_are_refused(count: int) -> None:
    error = refused(*SQUARE[:count])
    assert (error.key, error.facts) == ("few", {"marks": count})
    assert str(error) == f"{count} marks are too few: give 4 to 16, far apart on the floor"


def test_marks_in_a_line_of_the_picture_are_refused() -> None:
    flat = [((0.1 * number, 0.5 + 0.001 * number), lain) for number, (_, lain) in enumerate(SQUARE, 1)]
    error = refused(*flat)
    assert error.key == "line-picture"
    wanted = "the marks are in a line, or nearly, in the picture: put four of them at the corners of a wide rectangle"
    assert str(error) == wanted


@pytest.mark.parametrize("fifth", [(), (((0.5, 0.9), (2_000, 6_000)),)])
def test_marks_of_which_three_are_in_a_line_on_the_floor_are_refused(fifth: tuple[Mark, ...]) -> None:
    lain = [(0, 0), (2_000, 10), (4_000, 0), (0, 6_000)]
    marks = [(seen, there) for (seen, _), there in zip(SQUARE, lain, strict=True)]
    if fifth:
        assert refused(*marks, *fifth).key != "line-floor"  # four others are in no line
    else:
        assert refused(*marks).key == "line-floor"


def test_a_mirrored_floor_is_refused() -> None:
    error = refused(*((seen, (4_000 - x, y)) for seen, (x, y) in SQUARE))
    assert error.key == "mirrored"
    wanted = "the floor is mirrored: measure from the plan's top left corner, x to the right and y downwards, as seen from above"
    assert str(error) == wanted


def test_marks_that_changed_places_are_refused() -> None:
    (a, first), (b, second), *rest = SQUARE
    error = refused((a, second), (b, first), *rest)
    assert error.key == "turned"
    wanted = "two marks have changed places, or one is above the horizon: go round them in the same order in both"
    assert str(error) == wanted


def test_a_mark_above_the_horizon_is_refused() -> None:
    floor = of(*SQUARE)
    assert floor.place(0.5, 0.05) is None
    assert refused(*SQUARE, ((0.5, 0.05), (2_000, 9_000))).key in {"turned", "off"}


def test_a_mark_that_contradicts_the_others_is_named() -> None:
    floor = of(*SQUARE)
    others = []
    for at in ((0.4, 0.5), (0.6, 0.5), (0.3, 0.8), (0.7, 0.8), (0.5, 0.6), (0.5, 0.85)):
        place = floor.place(*at)
        assert place is not None
        others.append((at, (round(place[0]), round(place[1]))))
    x, y = floor.place(0.5, 0.7) or (0, 0)
    wrong = ((0.5, 0.7), (round(x) + 900, round(y)))
    error = refused(*SQUARE, *others, wrong)
    assert (error.key, error.facts) == ("off", {"mark": 11})
    assert (
        str(error)
        == "the marks contradict each other, mark 11 the most: look at their places in the picture and their millimetres"
    )
