"""Of all ways to pair rows with columns the cheapest is taken, whatever the shape and the sign."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.pairs import cheapest_pairs

COSTS = st.floats(-1e3, 1e3) | st.sampled_from([0.0, 1.0, 1e3, 1e6])


@st.composite
def tables(draw: st.DrawFn) -> NDArray[np.float64]:
    rows, columns = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    return np.array(draw(st.lists(COSTS, min_size=rows * columns, max_size=rows * columns))).reshape(rows, columns)


def least(cost: NDArray[np.float64]) -> float:
    """By trying all."""
    short = cost if cost.shape[0] <= cost.shape[1] else cost.T
    ways = permutations(range(short.shape[1]), short.shape[0])
    return min(sum(float(short[row, column]) for row, column in enumerate(way)) for way in ways)


@settings(max_examples=100)
@given(tables())
def test_no_other_way_is_cheaper_and_nothing_is_taken_twice(cost: NDArray[np.float64]) -> None:
    rows, columns = cheapest_pairs(cost)
    assert len(rows) == len(set(rows.tolist())) == len(set(columns.tolist())) == min(cost.shape)
    assert float(cost[rows, columns].sum()) == pytest.approx(least(cost), abs=1e-6)


def test_the_cheapest_of_all_is_left_to_somebody_else_when_both_gain() -> None:
    rows, columns = cheapest_pairs(np.array([[2.0, 9.0, 9.0], [1.0, 9.0, 3.0]]))
    assert (rows.tolist(), columns.tolist()) == ([0, 1], [0, 2])


def test_thirty_who_all_want_the_same_are_sorted_out() -> None:
    """Of products the sum is least when the largest go with the smallest."""
    rows, columns = cheapest_pairs(np.outer(np.arange(30.0), np.arange(30.0)))
    assert dict(zip(rows.tolist(), columns.tolist(), strict=True)) == {row: 29 - row for row in range(30)}


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nothing_belongs_to_nothing(shape: tuple[int, int]) -> None:
    rows, columns = cheapest_pairs(np.zeros(shape))
    assert (rows.tolist(), columns.tolist()) == ([], [])
