"""Proportions and their intervals, against published values and against what chance does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.shop.insight.proportions import difference, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_the_published_one(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe 1998, Statistics in Medicine 17, 857, table I, method 3."""
    found = wilson(successes, trials)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_the_interval_of_a_difference_is_the_published_one() -> None:
    """Newcombe 1998, Statistics in Medicine 17, 873, table II, method 10: 56/70 against 48/80."""
    found = difference(wilson(56, 70), wilson(48, 80))
    assert found.low == pytest.approx(0.0524, abs=5e-5)
    assert found.high == pytest.approx(0.3339, abs=5e-5)
    assert found.excludes(0.0)


def test_without_trials_nothing_is_known() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)
    assert not difference(wilson(0, 0), wilson(5, 5)).excludes(0.0)


def test_what_is_no_proportion_is_refused() -> None:
    with pytest.raises(ValueError, match="6 of 5 is no proportion: count successes among trials"):
        wilson(6, 5)


@given(st.integers(0, 10_000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_an_interval_holds_what_was_measured(counted: tuple[int, int]) -> None:
    found = wilson(*counted)
    assert 0.0 <= found.low <= found.middle + 1e-12
    assert found.middle - 1e-12 <= found.high <= 1.0
