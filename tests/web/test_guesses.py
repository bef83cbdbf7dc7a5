"""What counts as one source, and what happens when there are too many of them."""

from __future__ import annotations

import pytest

from edge.web.guesses import MOST_SOURCES, Guesses, source_of


@pytest.mark.parametrize(
    ("remote", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_source_is_what_one_machine_owns(remote: str, source: str) -> None:
    assert source_of(remote) == source


def test_the_hour_slides() -> None:
    now = 0.0
    guesses = Guesses(per_hour=2, clock=lambda: now)
    assert guesses.wait_s("a") == 0
    now = 1800.0
    assert guesses.wait_s("a") == 0
    assert guesses.wait_s("a") == 1800
    now = 3600.0
    assert guesses.wait_s("a") == 0
    assert guesses.wait_s("a") == 1800


def test_with_too_many_sources_the_new_ones_share_an_allowance() -> None:
    guesses = Guesses(per_hour=3, clock=lambda: 0.0)
    for number in range(MOST_SOURCES):
        guesses.wait_s(f"source {number}")
    assert [guesses.wait_s(f"late {number}") == 0 for number in range(5)] == [True, True, True, False, False]
    assert guesses.wait_s("source 0") == 0


def test_sources_of_the_last_hour_are_forgotten() -> None:
    now = 0.0
    guesses = Guesses(per_hour=1, clock=lambda: now)
    for number in range(MOST_SOURCES):
        guesses.wait_s(f"source {number}")
    now = 3601.0
    assert guesses.wait_s("late") == 0
    assert guesses.wait_s("later") == 0
