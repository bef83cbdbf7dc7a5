"""Where people stay is warm, by as much as they stayed, on the floor when it is known; a gap in the pictures warms nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.vision.heat import CELL_MM, COLUMNS, ROWS
from edge.vision.layout import FloorMark, FloorPlan, Layout, Zone
from edge.vision.watch import FloorWatch
from edge.vision.words import Heated
from models.findings import Track
from tests.vision.walking import HEIGHT, WIDTH, Crowd, Person, S

PLAN = FloorPlan(width_mm=5_100, height_mm=4_000)
SQUARE = (((0.2, 0.5), (0, 0)), ((0.8, 0.5), (5_000, 0)), ((1.0, 1.0), (5_000, 4_000)), ((0.0, 1.0), (0, 4_000)))
MARKS = tuple(FloorMark(picture=seen, floor_mm=lain) for seen, lain in SQUARE)


def track(x: float, y: float, number: int = 1) -> Track:
    return Track(number=number, box=(x - 15, y - 100, x + 15, y), state="confirmed")


def heated(watch: FloorWatch, pictures: Sequence[tuple[Sequence[Track], float]]) -> list[Heated]:
    seen = [each for tracks, at_s in pictures for each in watch.take(tracks, S + round(at_s * S))]
    return [each for each in [*seen, *watch.end(S + round(pictures[-1][1] * S))] if isinstance(each, Heated)]


def test_who_stands_warms_the_cell_where_their_feet_are() -> None:
    watch = FloorWatch("cam-1", Layout(), WIDTH, HEIGHT)
    (told,) = heated(watch, [([track(325, 275)], picture / 5) for picture in range(26)])
    assert (told.camera, told.grid, told.columns, told.rows, told.cell_mm) == ("cam-1", "picture", COLUMNS, ROWS, 0)
    assert told.cells == ((27 * COLUMNS + 32, 5_000),)


def test_heat_is_told_every_ten_seconds_and_never_twice() -> None:
    watch = FloorWatch("cam-1", Layout(), WIDTH, HEIGHT)
    told = heated(watch, [([track(325, 275)], picture / 3) for picture in range(100)])
    assert [round((each.at_ns - S) / S) for each in told] == [10, 20, 30, 33]
    assert sum(ms for each in told for _, ms in each.cells) == 33_000


def test_where_nobody_is_nothing_is_told() -> None:
    assert heated(FloorWatch("cam-1", Layout(), WIDTH, HEIGHT), [((), second) for second in range(60)]) == []


def test_a_gap_between_two_pictures_is_a_second_at_most() -> None:
    watch = FloorWatch("cam-1", Layout(), WIDTH, HEIGHT)
    told = heated(watch, [([track(325, 275)], at_s) for at_s in (0.0, 0.2, 4.2, 64.2, 64.4)])
    assert [ms for each in told for _, ms in each.cells] == [200 + 1_000, 200]


@pytest.mark.parametrize(
    ("at", "floor_mm"), [((0.2, 0.5), (0, 0)), ((0.5, 1.0), (2_500, 4_000)), ((0.999, 0.999), (5_000, 4_000)), ((0.3, 0.6), None)]
)
def test_with_marks_the_cells_are_those_of_the_floor(at: tuple[float, float], floor_mm: tuple[int, int] | None) -> None:
    watch = FloorWatch("cam-1", Layout(floor=MARKS), WIDTH, HEIGHT, PLAN)
    feet = (at[0] * WIDTH + 2, at[1] * HEIGHT + 1)
    (told,) = heated(watch, [([track(*feet)], picture / 5) for picture in range(6)])
    assert (told.grid, told.columns, told.rows, told.cell_mm) == ("floor", 21, 16, CELL_MM)
    ((cell, ms),) = told.cells
    assert ms == 1_000
    if floor_mm is not None:
        row, column = divmod(cell, told.columns)
        assert abs(column - floor_mm[0] // CELL_MM) <= 1
        assert abs(row - floor_mm[1] // CELL_MM) <= 1


@pytest.mark.parametrize("at", [(0.5, 0.3), (0.02, 0.55), (0.98, 0.55)])
def test_who_is_beside_the_plan_or_at_the_horizon_warms_nothing(at: tuple[float, float]) -> None:
    watch = FloorWatch("cam-1", Layout(floor=MARKS), WIDTH, HEIGHT, PLAN)
    assert heated(watch, [([track(at[0] * WIDTH, at[1] * HEIGHT)], picture / 5) for picture in range(6)]) == []


def test_without_a_plan_marks_give_no_floor() -> None:
    watch = FloorWatch("cam-1", Layout(floor=MARKS), WIDTH, HEIGHT)
    (told,) = heated(watch, [([track(325, 275)], picture / 5) for picture in range(6)])
    assert told.grid == "picture"


def test_staff_warms_nothing_once_they_are_known() -> None:
    back = Zone(name="back", kind="staff", corners=((0, 0), (1, 0), (1, 1), (0, 1)))
    watch = FloorWatch("cam-1", Layout(zones=(back,)), WIDTH, HEIGHT)
    told = heated(watch, [([track(325, 275)], picture / 5) for picture in range(150)])
    assert sum(ms for each in told for _, ms in each.cells) == pytest.approx(5_000, abs=400)


@settings(max_examples=20)
@given(st.integers(1, 5), st.sampled_from([4.0, 7.0, 15.0]), st.floats(0, 0.2), st.integers(0, 10**6))
def test_all_heat_together_is_the_time_that_people_were_there(count: int, fps: float, missed: float, seed: int) -> None:
    people = [Person(places=[(20, 100 + 50 * number), (620, 100 + 50 * number)], begins_s=number) for number in range(count)]
    watch = FloorWatch("cam-1", Layout(), WIDTH, HEIGHT)
    cells: Counter[int] = Counter()
    at_ns = 0
    for tracks, at_ns in Crowd(people=people, fps=fps, missed=missed, seed=seed).pictures():
        for told in watch.take(tracks, at_ns):
            cells.update(dict(told.cells) if isinstance(told, Heated) else {})
    for told in watch.end(at_ns):
        cells.update(dict(told.cells) if isinstance(told, Heated) else {})
    assert cells.total() == pytest.approx(count * 600 / 80 * 1_000, abs=count * (1_000 + 4_000 / fps))
