"""The clock that the shop reads: the machine's, or one that runs faster for a simulated day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edge.host.wall_clock import NoClock, WallClock


def test_the_clock_is_the_machines() -> None:
    before = datetime.now(UTC)
    assert before <= WallClock().now() <= datetime.now(UTC)


def test_a_simulated_clock_begins_where_it_is_told_and_runs_faster() -> None:
    clock = WallClock.read("2026-11-21T08:00:00+08:00,200,5000")
    assert clock.at(5_000) == datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    assert clock.at(6_000) - clock.at(5_000) == timedelta(seconds=200)
    assert clock.at(4_000) < clock.at(5_000), "what was heard before it began"


def test_two_programs_with_the_same_clock_agree() -> None:
    words = "2026-11-21T08:00:00+08:00,200,5000"
    assert WallClock.read(words).at(7_123) == WallClock.read(words).at(7_123)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("noon", "write START,SPEED,MONOTONIC_MS"),
        ("2026-11-21T08:00:00+08:00,fast,0", "write START,SPEED,MONOTONIC_MS"),
        ("2026-11-21T08:00:00,200,0", "its start needs a zone"),
        ("2026-11-21T08:00:00+08:00,0,0", "its speed is above 0 and at most 10000"),
    ],
)
def test_words_that_are_no_clock_are_refused(words: str, problem: str) -> None:
    with pytest.raises(NoClock, match=problem):
        WallClock.read(words)
