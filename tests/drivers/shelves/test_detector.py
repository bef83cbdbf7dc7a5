"""From samples to moves: what a hand did is found, what a hand did not do is not."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.shelves.detector import Change, Detector

SAMPLE_MS = 50


class Cell:
    """A load cell with noise, fed into a detector; ``grams`` is what really lies on it."""

    def __init__(self, unit_g: int = 330, grams: float = 6600, noise_g: float = 1.5) -> None:
        self.detector = Detector(unit_g=unit_g)
        self.grams, self.noise_g, self.t_ms = grams, noise_g, 0
        self.random = random.Random(7)
        self.changes: list[Change] = []

    def rest(self, ms: int, creep_g_s: float = 0.0) -> list[Change]:
        """Let time pass; the changes of that time."""
        before = len(self.changes)
        for _ in range(ms // SAMPLE_MS):
            self.grams += creep_g_s * SAMPLE_MS / 1000
            self.sample(self.random.gauss(self.grams, self.noise_g))
        return self.changes[before:]

    def sample(self, shown: float) -> None:
        self.t_ms += SAMPLE_MS
        change = self.detector.feed(shown, self.t_ms)
        if change is not None:
            self.changes.append(change)

    def move(self, grams: float) -> list[Change]:
        """A hand takes (below 0) or lays ``grams``, and the plate swings."""
        for share in (0.3, 1.4, 0.7, 1.1, 0.95):
            self.sample(self.grams + grams * share)
        self.grams += grams
        return self.rest(2_000)


@pytest.fixture
def cell() -> Cell:
    cell = Cell()
    cell.rest(2_000)
    return cell


def near(change: Change, kind: str, delta_g: int, off_g: int = 6) -> bool:
    return change.kind == kind and abs(change.delta_g - delta_g) <= off_g


def test_what_lies_there_when_it_is_switched_on_is_an_adjustment(cell: Cell) -> None:
    (first,) = cell.changes
    assert near(first, "adjust", 6600)
    assert first.before_g == 0


def test_a_pick_and_a_put_are_told_once_each(cell: Cell) -> None:
    (pick,) = cell.move(-330)
    (put,) = cell.move(660)
    assert near(pick, "pick", -330)
    assert near(put, "put", 660)
    assert put.before_g == pick.after_g
    assert put.returned_after_ms is None


def test_what_was_put_back_in_time_was_only_looked_at(cell: Cell) -> None:
    cell.move(-330)
    (put,) = cell.move(330)
    assert put.returned_after_ms is not None
    assert 0 < put.returned_after_ms < 10_000
    cell.move(-330)
    cell.rest(11_000)
    (late,) = cell.move(330)
    assert late.returned_after_ms is None


def test_wild_samples_move_nothing(cell: Cell) -> None:
    for _ in range(50):
        cell.sample(cell.grams + 5_000)
        cell.sample(cell.grams - 5_000)
        assert cell.rest(300) == []
    assert cell.rest(2_000) == []


def test_drift_of_a_whole_piece_over_an_hour_moves_nothing(cell: Cell) -> None:
    assert cell.rest(600_000, creep_g_s=330 / 3600) == []
    (pick,) = cell.move(-330)
    assert near(pick, "pick", -330)


def test_goods_that_never_rest_settle_nothing(cell: Cell) -> None:
    for step in range(200):
        cell.sample(cell.grams + (400 if step % 2 else -400) * (1 + step % 5))
    assert len(cell.changes) == 1


def test_a_hand_that_leans_on_the_shelf_and_goes_took_nothing(cell: Cell) -> None:
    for _ in range(10):
        cell.sample(cell.grams + 3_000 + 100 * cell.random.random() * 10)
    assert cell.rest(2_000) == []


def test_a_cell_that_was_switched_off_adjusts(cell: Cell) -> None:
    cell.detector.restart()
    cell.grams -= 990
    (change,) = cell.rest(2_000)
    assert near(change, "adjust", -990)


def test_what_changed_in_a_long_silence_is_still_a_move(cell: Cell) -> None:
    cell.t_ms += 60_000
    cell.grams -= 330
    (change,) = cell.rest(2_000)
    assert near(change, "pick", -330)


def test_a_calm_shelf_that_was_not_heard_for_a_minute_tells_nothing(cell: Cell) -> None:
    cell.t_ms += 60_000
    assert cell.rest(2_000) == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-3, 3).filter(bool), min_size=1, max_size=8), st.integers(0, 999), st.sampled_from([60, 330, 1030]))
def test_the_sum_of_all_changes_is_the_level(moves: list[int], seed: int, unit_g: int) -> None:
    cell = Cell(unit_g=unit_g, grams=20 * unit_g, noise_g=unit_g / 200)
    cell.random.seed(seed)
    cell.rest(2_000)
    for pieces in moves:
        cell.move(pieces * unit_g)
    assert sum(change.delta_g for change in cell.changes) == cell.detector.level_g
    assert all(one.after_g == two.before_g for one, two in pairwise(cell.changes))
    assert [round(change.delta_g / unit_g) for change in cell.changes[1:]] == moves


@given(st.lists(st.tuples(st.integers(-100_000, 100_000), st.integers(-5_000, 5_000)), max_size=100))
def test_any_samples_at_any_times_are_survived(samples: list[tuple[int, int]]) -> None:
    detector, t_ms = Detector(unit_g=100), 0
    for grams, later_ms in samples:
        t_ms += later_ms
        detector.feed(grams, t_ms)
