"""Every mistake of a layout is told at once, with its place and what to do; what can count is left alone."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.vision.layout import Body, FloorMark, FloorPlan, Layout, Line, Zone
from edge.vision.layout_check import ZONES_MOST, body_mistakes, layout_mistakes, plan_mistakes
from edge.vision.shapes import area, crossing_edges
from edge.web.layout_words import in_words
from edge.web.words import LANGUAGES, load_words

SQUARE = ((0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4))
WORDS = load_words()


def line(**changes: Any) -> Line:
    return Line(**{"name": "door", "a": (0.9, 0.4), "b": (0.9, 0.9), "inside": (0.5, 0.5), **changes})


def zone(**changes: Any) -> Zone:
    return Zone(**{"name": "till", "corners": SQUARE, **changes})


def mark(at: tuple[float, float], floor_mm: tuple[int, int]) -> FloorMark:
    return FloorMark(picture=at, floor_mm=floor_mm)


MARKS = (mark((0.4, 0.4), (0, 0)), mark((0.6, 0.4), (4_000, 0)), mark((0.9, 0.9), (4_000, 6_000)), mark((0.1, 0.9), (0, 6_000)))
PLAN = FloorPlan(width_mm=5_000, height_mm=7_000, walls=(((0, 0), (5_000, 0)),))


def told(layout: Layout, **known: Any) -> list[tuple[str, str, str]]:
    mistakes = layout_mistakes(layout, **known)
    for language in LANGUAGES:  # every one is said in both
        assert all(in_words(mistakes, WORDS[language])) or not mistakes
    return [(mistake.path, mistake.key, mistake.text) for mistake in mistakes]


def test_what_can_count_is_left_alone() -> None:
    shelf = zone(name="fruit", kind="shelf", shelf="shelf-1")
    layout = Layout(lines=(line(), line(name="back", b=(0.1, 0.4))), zones=(zone(kind="queue"), shelf), floor=MARKS)
    assert told(layout, plan=PLAN, shelves={"shelf-1"}) == []
    assert body_mistakes(Body(cameras={"cam-1": layout}, floor=PLAN), cameras={"cam-1"}) == []
    assert told(Layout()) == []


LINE_OUTSIDE = "line door leaves the picture: draw it where the camera sees the floor, in fractions from 0 to 1"
NO_LENGTH = "line door has no length: draw it from one side of the way to the other"
INSIDE = "the inside of line door is on the line: put it on the side that people come in to"


@pytest.mark.parametrize(
    ("changes", "mistakes"),
    [
        ({"a": (0.9, -0.1)}, [("lines[0]", "line-outside", LINE_OUTSIDE)]),
        ({"inside": (1.1, 0.5)}, [("lines[0]", "line-outside", LINE_OUTSIDE)]),
        ({"b": (0.9, 0.41)}, [("lines[0]", "line-short", NO_LENGTH)]),
        ({"inside": (0.9, 0.2)}, [("lines[0].inside", "line-inside", INSIDE)]),
        ({"inside": (0.905, 0.6)}, [("lines[0].inside", "line-inside", INSIDE)]),
    ],
)
def test_a_line_that_cannot_be_crossed_is_told(changes: dict[str, Any], mistakes: list[tuple[str, str, str]]) -> None:
    assert told(Layout(lines=(line(**changes),))) == mistakes


CROSS = "cross: name its corners in the order in which one walks around it"


@pytest.mark.parametrize(
    ("corners", "path", "key", "text"),
    [
        (
            ((0.1, 0.1), (0.4, 0.4), (0.4, 0.1), (0.1, 0.4)),
            "zones[0].corners",
            "zone-crosses",
            f"edges 1 and 3 of zone till {CROSS}",
        ),
        (
            ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.3, 0.1), (0.1, 0.5)),
            "zones[0].corners",
            "zone-crosses",
            f"edges 1 and 3 of zone till {CROSS}",
        ),
        (
            (*SQUARE, (0.4, 0.1)),
            "zones[0].corners[4]",
            "zone-corners",
            "corners 2 and 5 of zone till are one place: remove one of them",
        ),
        (
            ((0.1, 0.1), (0.5, 0.1), (0.9, 0.1001)),
            "zones[0].corners",
            "zone-flat",
            "zone till has no area: draw it as large as the floor on which people stand",
        ),
        (
            ((0.1, 0.1), (1.5, 0.1), (0.9, 0.9)),
            "zones[0].corners",
            "zone-outside",
            "zone till leaves the picture: draw it where the camera sees the floor, in fractions from 0 to 1",
        ),
    ],
)
def test_a_zone_that_nobody_can_stand_in_is_told(corners: Any, path: str, key: str, text: str) -> None:
    assert told(Layout(zones=(zone(corners=corners),))) == [(path, key, text)]


def test_names_are_given_once_in_lines_and_zones() -> None:
    text = "door stands there twice: give every line and zone of a camera a name of its own"
    layout = Layout(lines=(line(), line(inside=(0.95, 0.5))), zones=(zone(name="door"),))
    assert told(layout) == [("lines[1].name", "twice", text), ("zones[0].name", "twice", text)]


def test_a_shelf_zone_names_a_shelf_that_is_there_and_no_other_does() -> None:
    zones = (
        zone(name="a", kind="shelf"),
        zone(name="b", kind="queue", shelf="shelf-1"),
        zone(name="c", kind="shelf", shelf="shelf-2"),
    )
    assert told(Layout(zones=zones), shelves={"shelf-1"}) == [
        ("zones[0].shelf", "shelf-missing", "zone a is a shelf's but does not say of which: name its device as shelf"),
        (
            "zones[1].shelf",
            "shelf-kind",
            'zone b names a shelf but is of kind queue: write kind "shelf" or leave shelf out',
        ),
        ("zones[2].shelf", "no-shelf", 'there is no shelf shelf-2 in the settings did you mean "shelf-1"?'),
    ]


def test_a_camera_has_no_more_zones_than_bits() -> None:
    zones = tuple(zone(name=f"zone-{number}") for number in range(ZONES_MOST + 1))
    assert told(Layout(zones=zones)) == [("zones", "many-zones", "33 zones are too many for one camera: leave 32")]


MIRRORED = "the floor is mirrored: measure from the plan's top left corner, x to the right and y downwards, as seen from above"


@pytest.mark.parametrize(
    ("marks", "key", "text"),
    [
        (MARKS[:3], "floor-few", "floor: 3 marks are too few: give 4 to 16, far apart on the floor"),
        (
            tuple(mark((0.1 * number, 0.5), each.floor_mm) for number, each in enumerate(MARKS, 1)),
            "floor-line-picture",
            "floor: the marks are in a line, or nearly, in the picture: put four of them at the corners of a wide rectangle",
        ),
        (
            tuple(mark(each.picture, (1_000 * number, 100)) for number, each in enumerate(MARKS, 1)),
            "floor-line-floor",
            "floor: the marks are in a line, or nearly, in the floor: put four of them at the corners of a wide rectangle",
        ),
        (
            tuple(mark(each.picture, (4_000 - each.floor_mm[0], each.floor_mm[1])) for each in MARKS),
            "floor-mirrored",
            "floor: " + MIRRORED,
        ),
        (
            (mark(MARKS[0].picture, MARKS[1].floor_mm), mark(MARKS[1].picture, MARKS[0].floor_mm), *MARKS[2:]),
            "floor-turned",
            "floor: two marks have changed places, or one is above the horizon: go round them in the same order in both",
        ),
        (
            (*MARKS, mark((0.5, 0.6), (2_900, 4_000))),
            "floor-off",
            "floor: the marks contradict each other, mark 1 the most: look at their places in the picture and their millimetres",
        ),
    ],
)
def test_marks_that_show_no_floor_are_told(marks: tuple[FloorMark, ...], key: str, text: str) -> None:
    assert told(Layout(floor=marks)) == [("floor", key, text)]


def test_a_mark_is_in_the_picture_and_on_the_plan() -> None:
    marks = (*MARKS[:2], mark((0.9, 0.9), (4_000, 7_100)), mark((-0.1, 0.9), (0, 7_100)))
    assert told(Layout(floor=marks), plan=PLAN) == [
        ("floor[2].floor_mm", "mark-off-plan", "floor mark 3 is not on the floor plan of 5000 × 7000 mm: measure it again"),
        ("floor[3].picture", "mark-outside", "floor mark 4 is outside the picture: its place is in fractions from 0 to 1"),
        ("floor[3].floor_mm", "mark-off-plan", "floor mark 4 is not on the floor plan of 5000 × 7000 mm: measure it again"),
    ]


def test_a_wall_stays_on_the_floor() -> None:
    plan = FloorPlan(width_mm=5_000, height_mm=7_000, walls=(((0, 0), (0, 7_000)), ((0, 0), (5_001, 0))))
    (mistake,) = plan_mistakes(plan)
    assert (mistake.path, mistake.key, mistake.text) == ("walls[1]", "wall-outside", "wall 2 leaves the floor")


def test_a_document_is_told_all_its_mistakes_at_once() -> None:
    wrong = Layout(lines=(line(b=(0.9, 0.4)),), zones=(zone(corners=((0.1, 0.1), (0.4, 0.4), (0.4, 0.1), (0.1, 0.4))),))
    plan = FloorPlan(width_mm=5_000, height_mm=7_000, walls=(((-1, 0), (0, 0)),))
    found = body_mistakes(Body(cameras={"cam-dor": wrong, "cam-2": wrong}, floor=plan), cameras={"cam-door", "cam-2"})
    assert [(mistake.path, mistake.key) for mistake in found] == [
        ("floor.walls[0]", "wall-outside"),
        ("cameras.cam-dor", "no-camera"),
        ("cameras.cam-dor.lines[0]", "line-short"),
        ("cameras.cam-dor.zones[0].corners", "zone-crosses"),
        ("cameras.cam-2.lines[0]", "line-short"),
        ("cameras.cam-2.zones[0].corners", "zone-crosses"),
    ]
    assert found[1].text == 'there is no camera cam-dor in [vision] of the settings did you mean "cam-door"?'
    assert all(in_words(found, WORDS["zh"]))


def test_words_are_there_for_every_mistake_and_no_other() -> None:
    source = {key.removeprefix("layout_mistake.") for key in WORDS["en"].strings if key.startswith("layout_mistake.")}
    assert len(source) == 22
    assert in_words(layout_mistakes(Layout(floor=MARKS[:2])), WORDS["zh"]) == [
        "2 个地面标记太少：请给出 4 到 16 个，彼此相距要远。"
    ]


@given(st.integers(3, 12), st.floats(0.05, 0.4), st.floats(0, 6))
def test_a_polygon_round_its_middle_crosses_nothing(count: int, radius: float, turned: float) -> None:
    around = [turned + math.tau * number / count for number in range(count)]
    corners = [(0.5 + radius * math.cos(turn), 0.5 + radius * math.sin(turn)) for turn in around]
    assert crossing_edges(corners) is None
    assert area(corners) == pytest.approx(count / 2 * radius**2 * math.sin(math.tau / count))


@settings(max_examples=50)
@given(st.permutations(range(6)))
def test_corners_out_of_order_cross(order: list[int]) -> None:
    corners = [(0.5 + 0.3 * math.cos(math.tau * each / 6), 0.5 + 0.3 * math.sin(math.tau * each / 6)) for each in order]
    in_order = {(b - a) % 6 for a, b in zip(order, [*order[1:], order[0]], strict=True)} in ({1}, {5})
    assert (crossing_edges(corners) is None) == in_order
