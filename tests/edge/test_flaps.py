"""A device that comes and goes is told of four times in ten minutes, and no change is left out of the count."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.flaps import LINES, WINDOW_S, Flaps


def test_each_change_is_told_once() -> None:
    flaps = Flaps()
    signs = [(1, True), (2, False), (3, False), (4, True), (5, True), (6, False)]
    assert [flaps.sign(now, up=up) for now, up in signs] == [0, 1, 0, 1, 0, 1]


def test_what_was_not_told_is_counted_and_told_later() -> None:
    flaps = Flaps()
    assert [flaps.sign(now, up=now % 2 == 1) for now in range(10)] == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert flaps.sign(WINDOW_S - 1, up=False) == 0
    assert flaps.sign(WINDOW_S, up=False) == 7
    assert flaps.sign(WINDOW_S, up=False) == 0


@given(st.lists(st.tuples(st.floats(0, 5_000), st.booleans()), max_size=80).map(sorted))
def test_no_ten_minutes_hold_more_and_no_change_is_lost(signs: list[tuple[float, bool]]) -> None:
    flaps = Flaps()
    told = [(now, flaps.sign(now, up=up)) for now, up in signs]
    lines = [now for now, changes in told if changes]
    for start in lines:
        assert sum(start <= now < start + WINDOW_S for now in lines) <= LINES
    states = [True, *(up for _, up in signs)]
    last = signs[-1] if signs else (0.0, True)
    left = flaps.sign(last[0] + WINDOW_S, up=last[1])
    assert sum(changes for _, changes in told) + left == sum(one != other for one, other in pairwise(states))
