"""Points that stand still are still; points that move are followed; another face begins anew."""

from __future__ import annotations

import numpy as np

from edge.mirror.one_euro import OneEuro

FRAME_NS = 33_000_000
SCALE = 150.0


def test_a_still_face_trembles_less_than_half_as_much() -> None:
    noise = np.random.default_rng(7).normal(0, 0.6, (120, 478, 3)).astype(np.float32)
    steady = OneEuro()
    smoothed = np.array([steady.take(points + 300, SCALE, at * FRAME_NS) for at, points in enumerate(noise)])
    assert smoothed[30:].std(axis=0).mean() < 0.5 * noise[30:].std(axis=0).mean()


def test_a_fast_point_is_followed_within_two_pictures() -> None:
    steady, places = OneEuro(), np.arange(40, dtype=np.float32) * 15
    taken = [steady.take(np.full((478, 3), place, np.float32), SCALE, at * FRAME_NS) for at, place in enumerate(places)]
    assert abs(taken[-1][0, 0] - places[-1]) < 2 * 15


def test_the_first_points_and_those_after_a_loss_are_taken_as_they_are() -> None:
    steady, points = OneEuro(), np.full((478, 3), 100, np.float32)
    assert (steady.take(points, SCALE, 0) == 100).all()
    steady.reset()
    assert (steady.take(points + 50, SCALE, FRAME_NS) == 150).all()


def test_a_pause_begins_anew() -> None:
    steady, points = OneEuro(), np.full((478, 3), 100, np.float32)
    steady.take(points, SCALE, 0)
    assert (steady.take(points + 50, SCALE, 500_000_000) == 150).all()


def test_another_face_is_not_pulled_over_from_the_one_before() -> None:
    steady, points = OneEuro(), np.full((478, 3), 100, np.float32)
    steady.take(points, SCALE, 0)
    assert (steady.take(points + 400, SCALE, FRAME_NS) == 500).all()


def test_a_time_that_stands_still_changes_nothing() -> None:
    steady, points = OneEuro(), np.full((478, 3), 100, np.float32)
    steady.take(points, SCALE, FRAME_NS)
    assert (steady.take(points + 9, SCALE, FRAME_NS) == 100).all()
