"""A person counts along, and learns how far the box can be trusted."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.vision.audit import APART_S, LONGEST_S, MOST_MARKS, Audit, compare
from edge.vision.words import Crossed
from models.pairs import cheapest_pairs

S = 1_000_000_000
BEGAN = 50 * S


def crossed(at_s: float, direction: Literal["in", "out"] = "in", line: str = "door") -> Crossed:
    return Crossed(camera="cam-1", line=line, direction=direction, at_ns=BEGAN + int(at_s * S))


@pytest.fixture
def audit() -> Audit:
    return Audit(camera="cam-1", line="door", by="li", began_ns=BEGAN)


def press(audit: Audit, at_s: float, direction: Literal["in", "out"] = "in") -> bool:
    return audit.mark(direction, BEGAN + int(at_s * S))


def test_what_both_saw_matches_and_the_rest_is_missed_or_extra(audit: Audit) -> None:
    for at_s in (10.0, 20.0, 30.0, 40.0):
        assert press(audit, at_s)
    assert press(audit, 50.0, "out")
    counted = [crossed(9.2), crossed(21.0), crossed(70.0), crossed(50.5, "out"), crossed(30.0, "out"), crossed(40.0, line="back")]
    assert compare(audit, counted, BEGAN + 100 * S) == compare(audit, counted[::-1], BEGAN + 100 * S)
    found = compare(audit, counted, BEGAN + 100 * S)
    assert (found.by_hand_in, found.by_hand_out, found.box_in, found.box_out) == (4, 1, 3, 2)
    assert (found.matched, found.missed, found.extra, found.seconds) == (3, 2, 2, 100)
    assert found.error_percent == 0.0


def test_what_the_box_counted_before_and_after_is_not_compared(audit: Audit) -> None:
    press(audit, 5.0)
    audit.ended_ns = BEGAN + 10 * S
    found = compare(audit, [crossed(-1.0), crossed(5.0), crossed(11.0)], BEGAN + 99 * S)
    assert (found.box_in, found.matched, found.seconds, found.error_percent) == (1, 1, 10, 0.0)


def test_nobody_counted_by_hand_is_no_error_of_nought(audit: Audit) -> None:
    assert compare(audit, [crossed(5.0)], BEGAN + 10 * S).error_percent is None


def test_a_count_that_is_over_takes_no_more(audit: Audit) -> None:
    assert press(audit, LONGEST_S)
    assert not press(audit, LONGEST_S + 0.1)
    audit.ended_ns = BEGAN + 5 * S
    assert not press(audit, 6.0)
    assert compare(audit, [], BEGAN + 9 * S).by_hand_in == 1


def test_a_button_that_sticks_fills_no_memory(audit: Audit) -> None:
    assert sum(press(audit, 1.0) for _ in range(MOST_MARKS + 5)) == MOST_MARKS


@settings(max_examples=60)
@given(st.lists(st.integers(0, 30), max_size=7), st.lists(st.integers(0, 30), max_size=7))
def test_as_many_pairs_are_found_as_there_can_be(by_hand: list[int], counted: list[int]) -> None:
    audit = Audit(camera="cam-1", line="door", by="li", began_ns=BEGAN)
    for at_s in by_hand:
        press(audit, at_s)
    near = np.array([[float(abs(one - other) <= APART_S) for other in counted] for one in by_hand])
    near = near.reshape(len(by_hand), len(counted))
    most = near[cheapest_pairs(-near)].sum()
    assert compare(audit, [crossed(at_s) for at_s in counted], BEGAN + 60 * S).matched == most
