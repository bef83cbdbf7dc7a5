"""Heat is short on the line, adds up in the tables and comes back as the map of a day, of a week, of a camera, of the floor."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.shop.footfall.heat_code import add, encode
from edge.shop.footfall.heat_map import HeatMap, heat_map
from edge.shop.footfall.telling import tell
from edge.vision.counting import Counting
from edge.vision.words import Heated
from tests.shop.footfall.conftest import DAY, mapped

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

AT = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
COLUMNS, ROWS = 64, 36


@given(st.dictionaries(st.integers(0, 10_000_000), st.integers(1, 10_000_000)))
def test_every_grid_comes_back_as_it_was(tenths: dict[int, int]) -> None:
    found = dict[int, int]()
    add(encode(tenths), found)
    assert found == tenths
    add(encode(tenths), found)
    assert found == {cell: 2 * each for cell, each in tenths.items()}


@pytest.mark.parametrize(("tenths", "said"), [({}, ""), ({4: 15, 5: 3}, "BA8AAw"), ({0: 127, 128: 128}, "AH9_gAE"), ({3: 0}, "")])
def test_the_code_is_the_described_one(tenths: dict[int, int], said: str) -> None:
    assert encode(tenths) == said


def test_the_map_of_the_floor_is_of_all_cameras_that_see_it(floor: Floor) -> None:
    for event in (
        mapped({0: 5, 11: 7}, hour=8),
        mapped({0: 5}, hour=9),
        mapped({0: 1, 2: 3}, hour=9, camera="cam-2"),
        mapped({1: 9}, hour=9, camera="cam-3", grid="picture"),
        mapped({0: 90}, day="2026-03-02", hour=9),
    ):
        event.apply(floor.db)
    found = heat_map(floor.db, DAY, DAY)
    assert found == HeatMap(
        grid="floor",
        columns=4,
        rows=3,
        cell_mm=250,
        until=f"{DAY}T00:09Z",
        cameras=("cam-1", "cam-2"),
        hours=2,
        hottest=11,
        cells=((0, 11), (2, 3), (11, 7)),
    )
    week = heat_map(floor.db, "2026-02-24", "2026-03-02")
    assert week is not None
    assert (week.hottest, week.hours) == (101, 3)
    one = heat_map(floor.db, DAY, DAY, "cam-3")
    assert one is not None
    assert (one.grid, one.cells) == ("picture", ((1, 9),))
    assert heat_map(floor.db, "2026-01-01", "2026-01-31") is None
    assert heat_map(floor.db, DAY, DAY, "cam-9") is None


def test_after_a_change_of_the_grid_the_newest_is_shown(floor: Floor) -> None:
    mapped({0: 5}, hour=8, grid="picture").apply(floor.db)
    mapped({0: 3}, hour=9).apply(floor.db)
    found = heat_map(floor.db, DAY, DAY, "cam-1")
    assert found is not None
    assert (found.grid, found.cells) == ("floor", ((0, 3),))


def walk(chance: np.random.Generator) -> Counter[int]:
    """One visitor before one camera: from the door to five places, half a minute at each, and out; milliseconds by cell.

    Looked at five times a second; feet are known to within a cell.
    """
    heat, at = Counter[int](), (0.95, 0.6)
    stops = [(chance.uniform(0.1, 0.9), chance.uniform(0.4, 0.95)) for _ in range(5)]
    for stop in [*stops, (0.95, 0.6)]:
        steps = max(1, round(math.dist(at, stop) * 40))
        looks = steps + int(chance.integers(50, 250))
        share = np.minimum(1.0, np.arange(looks) / steps)
        x = at[0] + share * (stop[0] - at[0]) + chance.normal(0, 0.006, looks)
        y = at[1] + share * (stop[1] - at[1]) + chance.normal(0, 0.008, looks)
        cells = np.minimum(ROWS - 1, (y * ROWS).astype(int)) * COLUMNS + np.minimum(COLUMNS - 1, (x * COLUMNS).astype(int))
        for cell, times in zip(*np.unique(cells, return_counts=True), strict=True):
            heat[int(cell)] += 200 * int(times)
        at = stop
    return heat


def test_a_day_of_heat_of_four_cameras_takes_less_than_two_megabytes(floor: Floor) -> None:
    """Open for 14 of the 24 hours, 30 visitors before each camera every hour: 1 680 walks through the shop."""
    chance, counting, said, given_ms = np.random.default_rng(5), Counting(), 0, 0
    for minute in range(24 * 60):
        now = AT + timedelta(minutes=minute)
        counting.turn(now)
        if minute % 2 == 0 and 9 <= minute // 60 < 23:
            cells = walk(chance)
            given_ms += cells.total()
            whole = Heated(
                camera="cam-1", grid="picture", columns=COLUMNS, rows=ROWS, cell_mm=0, cells=tuple(cells.items()), at_ns=0
            )
            counting.take(whole, now)
        while (counts := counting.first()) is not None:
            said += sum(len(msgspec.json.encode(event)) + 600 for event in floor.ask(tell(counts), now))  # 600 of the envelope
    assert 4 * said < 2_000_000, said
    found = heat_map(floor.db, "2026-02-28", "2026-03-02", "cam-1")
    assert found is not None
    assert given_ms - 100 * COLUMNS * ROWS < sum(tenths for _, tenths in found.cells) * 100 <= given_ms
