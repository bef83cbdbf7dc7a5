"""A part may fail five times in ten minutes; then it is given up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.budget import FAILURES, WINDOW_S, Budget


def test_the_fifth_failure_in_ten_minutes_spends_the_budget() -> None:
    budget = Budget()
    assert [budget.spend(now) for now in (0, 1, 2, 3, 599)] == [False, False, False, False, True]


def test_failures_far_apart_never_spend_the_budget() -> None:
    budget = Budget()
    assert not any(budget.spend(now * WINDOW_S / (FAILURES - 1)) for now in range(100))


def test_a_refilled_budget_is_whole_again() -> None:
    budget = Budget()
    for now in range(FAILURES - 1):
        budget.spend(now)
    budget.refill()
    assert not budget.spend(FAILURES)


@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=60).map(sorted))
def test_the_budget_is_spent_exactly_when_five_failures_share_a_window(times: list[float]) -> None:
    budget = Budget()
    for index, now in enumerate(times):
        recent = [then for then in times[: index + 1] if then > now - WINDOW_S]
        assert budget.spend(now) == (len(recent) >= FAILURES)
