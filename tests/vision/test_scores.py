"""Claims about how the box's count is compared with the truth."""

from __future__ import annotations

from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.vision.scores import DwellScore, PeopleScore, score_crossings, score_dwells, score_people
from edge.vision.truth import Certainty, TrueCount, TrueCrossing, TrueDwell
from edge.vision.words import Crossed, Visited

S = 1_000_000_000
Direction = Literal["in", "out"]


def true(frame: int, direction: Direction = "in") -> TrueCrossing:
    return TrueCrossing(frame=frame, direction=direction)


def told(frame: float, direction: Direction = "in", fps: float = 10) -> Crossed:
    return Crossed(camera="clip", line="line", direction=direction, at_ns=round(frame / fps * S))


def visit(entry: float, leave: float) -> Visited:
    return Visited(camera="clip", zone="zone", dwell_ms=round((leave - entry) * 100), at_ns=round(leave / 10 * S))


def dwell(entry: int, leave: int, certainty: Certainty = "sure") -> TrueDwell:
    return TrueDwell(entry_frame=entry, exit_frame=leave, certainty=certainty)


def test_eight_frames_at_ten_a_second_are_the_same_crossing_and_nine_are_not() -> None:
    assert score_crossings([true(50)], [told(58)], 10).matched == 1
    assert score_crossings([true(50)], [told(42)], 10).matched == 1
    score = score_crossings([true(50)], [told(59)], 10)
    assert (score.matched, score.missed, score.extra, score.doubled) == (0, (true(50),), (true(59),), 0)


def test_the_frames_allowed_grow_with_the_rate_of_the_clip() -> None:
    assert score_crossings([true(150)], [told(170, fps=25)], 25).matched == 1
    assert score_crossings([true(150)], [told(171, fps=25)], 25).matched == 0


def test_another_direction_is_another_crossing() -> None:
    score = score_crossings([true(50, "in")], [told(50, "out")], 10)
    assert (score.matched, score.precision, score.recall, score.f1, score.net_error) == (0, 0.0, 0.0, 0.0, 0.0)
    assert (score.truth_in, score.truth_out, score.counted_in, score.counted_out) == (1, 0, 0, 1)


def test_precision_recall_and_net_error_are_what_they_are_elsewhere() -> None:
    score = score_crossings([true(10), true(30), true(60), true(90)], [told(11), told(31), told(61), told(150), told(200)], 10)
    assert (score.truth, score.counted, score.matched) == (4, 5, 3)
    assert (score.precision, score.recall, score.f1, score.net_error) == (0.6, 0.75, 0.6667, 0.25)


def test_who_is_counted_twice_is_told() -> None:
    score = score_crossings([true(50)], [told(50), told(55)], 10)
    assert (score.matched, score.doubled, score.extra) == (1, 1, (true(55),))


def test_two_who_come_together_are_each_matched_once() -> None:
    assert score_crossings([true(50), true(56)], [told(48), told(57)], 10).matched == 2
    assert score_crossings([true(50), true(56)], [told(55), told(62)], 10).matched == 2


def test_nobody_counted_where_nobody_was_is_no_mistake() -> None:
    score = score_crossings([], [], 10)
    assert (score.precision, score.recall, score.f1, score.net_error) == (1.0, 1.0, 1.0, 0.0)


def test_people_are_compared_in_the_picture_next_to_the_labelled_frame() -> None:
    assert score_people([TrueCount(frame=7, total=3), TrueCount(frame=20, total=1)], {6: 1, 10: 9, 20: 1}) == PeopleScore(
        frames=2, mae=1.0
    )


def test_without_labelled_frames_there_is_no_error_of_people() -> None:
    assert score_people([], {0: 4}) == PeopleScore(frames=0, mae=None)


def test_a_dwell_is_compared_with_the_visit_that_agrees_best() -> None:
    true_dwells = [dwell(0, 200, "likely"), dwell(50, 80), dwell(100, 130)]
    assert score_dwells(true_dwells, [visit(0, 200), visit(52, 80), visit(100, 136)], 10) == DwellScore(
        truth=2, matched=2, mae_s=0.4
    )


def test_a_visit_that_was_not_seen_is_not_matched() -> None:
    assert score_dwells([dwell(50, 80)], [visit(90, 120)], 10) == DwellScore(truth=1, matched=0, mae_s=None)
    assert score_dwells([dwell(50, 80)], [], 10) == DwellScore(truth=1, matched=0, mae_s=None)
    assert score_dwells([], [visit(1, 2)], 10) == DwellScore(truth=0, matched=0, mae_s=None)


CROSSINGS = st.lists(st.tuples(st.integers(0, 200), st.sampled_from(["in", "out"])), max_size=8)


@settings(max_examples=40)
@given(CROSSINGS, CROSSINGS)
def test_whatever_is_counted_the_figures_add_up(some: list[tuple[int, Direction]], others: list[tuple[int, Direction]]) -> None:
    truth, counted = [true(*each) for each in some], [told(*each) for each in others]
    score = score_crossings(truth, counted, 10)
    assert score.matched + len(score.missed) == score.truth == len(some)
    assert score.matched + len(score.extra) == score.counted == len(others)
    assert score.matched == score_crossings([true(*each) for each in others], [told(*each) for each in some], 10).matched
    assert 0 <= score.f1 <= 1
