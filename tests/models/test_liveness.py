"""A head of few points that turns and blinks, and flat pictures of it that are turned, tilted and moved."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from models.landmarks import Found
from models.liveness import BLINK_WITHIN_NS, GAP_NS, TURNS, WITHIN_NS, Challenge, Move, Refused, drawn, pose
from tests.models.acted_head import BLINK, FRAME_NS, LEFT, ORDER, REST, RIGHT, acted, head, printed


def shown(faces: list[NDArray[np.float32]], moves: tuple[Move, ...] = ORDER) -> Challenge:
    challenge = Challenge(moves)
    for number, points in enumerate(faces):
        challenge.take(Found(faces=1, points=points), number * FRAME_NS)
    return challenge


def test_a_head_that_does_as_asked_passes() -> None:
    challenge = shown(acted(ORDER))
    assert challenge.passed
    assert challenge.asked is None
    assert challenge.refused is None


def test_it_is_passed_only_when_the_face_looks_here_again() -> None:
    turned_away = [*REST, *LEFT[:3]]
    assert not shown(turned_away, (Move.TURN_LEFT,)).passed
    assert shown([*turned_away, *LEFT[3:]], (Move.TURN_LEFT,)).passed


def test_who_goes_away_after_the_last_move_has_not_passed() -> None:
    challenge = shown([*REST, *LEFT[:3]], (Move.TURN_LEFT,))
    challenge.take(Found(faces=0, points=None), 6 * FRAME_NS)
    assert challenge.refused is Refused.FACE_LOST


def test_a_face_that_rests_is_waited_for_before_and_after_each_move() -> None:
    challenge, waited = Challenge((Move.TURN_LEFT,)), []
    for number, points in enumerate([*REST, *LEFT]):
        found = Found(faces=1, points=points)
        waited.append(challenge.rests(found))
        challenge.take(found, number * FRAME_NS)
    assert waited == [True] * 3 + [False] * 4 + [True, False]
    assert not challenge.rests(Found(faces=2, points=head()))


def test_a_picture_that_is_not_fit_is_no_rest() -> None:
    challenge = Challenge((Move.TURN_LEFT,))
    for number in range(5):
        challenge.take(Found(faces=1, points=head()), number * FRAME_NS, fit=False)
    assert (challenge.begun, challenge.asked, challenge.refused) == (False, None, None)
    for number in range(5, 8):
        challenge.take(Found(faces=1, points=head()), number * FRAME_NS)
    assert (challenge.begun, challenge.asked) == (True, Move.TURN_LEFT)


def test_one_move_is_asked_for_at_a_time_and_only_from_rest() -> None:
    asked = [shown(acted(ORDER)[:pictures]).asked for pictures in range(len(acted(ORDER)))]
    assert asked[:3] == [None, None, None]
    assert asked[3] == Move.TURN_LEFT
    assert [after for before, after in pairwise(asked) if after and before is None] == list(ORDER)


@pytest.mark.parametrize(
    "wrong",
    [(Move.TURN_RIGHT, *ORDER[1:]), (ORDER[0], Move.TURN_LEFT), (*ORDER[:2], Move.TURN_LEFT)],
    ids=["the other side", "a turn for a blink", "the last"],
)
def test_a_film_that_moves_in_another_order_is_refused(wrong: tuple[Move, ...]) -> None:
    challenge = shown(acted(wrong))
    assert challenge.refused is Refused.OTHER_TURN
    assert not challenge.passed


@pytest.mark.parametrize("move", list(Move))
def test_a_print_that_is_turned_tilted_and_moved_does_nothing(move: Move) -> None:
    angles = [*range(0, 50, 5), *range(45, -50, -5), *range(-45, 5, 5)]
    waved = [printed(each, tilted=each / 2, by=each) for each in angles] + [printed(0, tilted=each) for each in angles]
    challenge = shown(waved, (move,))
    assert challenge.refused is Refused.TOO_SLOW


@pytest.mark.parametrize("tilted", [-40, 20, 40])
def test_a_sheet_that_is_tilted_keeps_its_eyes_open(tilted: float) -> None:
    assert pose(printed(0, tilted=tilted)).opening == pytest.approx(pose(head()).opening, rel=0.1)


def test_a_turn_to_the_persons_left_counts_as_left() -> None:
    assert pose(head(25)).turn > 0.25
    assert pose(head(-25)).turn < -0.25


def test_eyes_that_stay_shut_are_no_blink() -> None:
    shut = [head(lids=0.03)] * (BLINK_WITHIN_NS // FRAME_NS + 2)
    challenge = shown([*REST, *shut, *BLINK[-2:]], (Move.BLINK,))
    assert not challenge.passed
    assert challenge.asked is Move.BLINK


def test_lids_that_narrow_while_the_head_turns_are_no_blink() -> None:
    challenge = shown([*REST, head(15, 0.05), head(15, 0.2), head(0)], (Move.BLINK,))
    assert challenge.asked is Move.BLINK


def test_who_does_nothing_is_too_slow() -> None:
    challenge = shown([head()] * (WITHIN_NS // FRAME_NS + 5))
    assert challenge.refused is Refused.TOO_SLOW


def test_a_face_that_was_away_is_not_the_same_face() -> None:
    challenge = shown(REST)
    challenge.take(Found(faces=1, points=head()), 2 * FRAME_NS + GAP_NS + 1)
    assert challenge.refused is Refused.FACE_LOST


def test_a_picture_without_a_face_ends_it() -> None:
    challenge = shown(REST)
    challenge.take(Found(faces=0, points=None), 3 * FRAME_NS)
    assert challenge.refused is Refused.FACE_LOST


def test_nobody_may_stand_beside() -> None:
    challenge = shown(REST)
    challenge.take(Found(faces=2, points=head()), 3 * FRAME_NS)
    assert challenge.refused is Refused.SEVERAL_FACES


def test_what_was_refused_stays_refused() -> None:
    challenge = shown([*acted((Move.TURN_RIGHT,)), *acted(ORDER)])
    assert challenge.refused is Refused.OTHER_TURN


def test_who_blinks_unasked_goes_on() -> None:
    assert shown([*REST, *BLINK, *LEFT, *BLINK, *RIGHT, *REST, *BLINK, *RIGHT]).passed


def test_turns_to_both_sides_and_a_blink_are_drawn_in_every_order() -> None:
    orders = {drawn(Random(seed)) for seed in range(2000)}
    assert len(orders) == (2**TURNS - 2) * (TURNS + 1)
    assert all(moves.count(Move.BLINK) == 1 for moves in orders)
    assert all({Move.TURN_LEFT, Move.TURN_RIGHT} <= set(moves) for moves in orders)
