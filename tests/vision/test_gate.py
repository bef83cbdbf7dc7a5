"""Claims about what moves in a picture, and about what only seems to."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.vision.gate import Gate
from models.findings import Box

WIDTH, HEIGHT = 640, 360
S = 1_000_000_000
Picture = NDArray[np.uint8]


def shop(seed: int = 1) -> Picture:
    """Shelves, a floor, edges everywhere."""
    chance = np.random.default_rng(seed)
    blocks = chance.integers(40, 200, (HEIGHT // 20, WIDTH // 20), dtype=np.uint8)
    return np.kron(blocks, np.ones((20, 20), dtype=np.uint8)).astype(np.uint8)


def with_person(picture: Picture, left: int, top: int, *, wide: int = 30, tall: int = 90) -> Picture:
    there = picture.copy()
    there[top : top + tall, left : left + wide] = 255 - there[top : top + tall, left : left + wide] // 2
    return there


def noisy(picture: Picture, seed: int, spread: float) -> Picture:
    noise = np.random.default_rng(seed).normal(0, spread, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def gate() -> Gate:
    gate = Gate(WIDTH, HEIGHT)
    for number in range(5):
        gate.moved(shop(), number * S // 5)
    return gate


def holds(boxes: list[Box], x: float, y: float) -> bool:
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in boxes)


def test_the_first_picture_is_all_of_it_new() -> None:
    assert Gate(WIDTH, HEIGHT).moved(shop(), 0) == [(0, 0, WIDTH, HEIGHT)]


def test_a_still_shop_is_still(gate: Gate) -> None:
    assert gate.moved(shop(), 2 * S) == []


def test_a_person_moves_where_they_are(gate: Gate) -> None:
    moved = gate.moved(with_person(shop(), 300, 150), 2 * S)
    assert holds(moved, 315, 195)
    assert not holds(moved, 100, 100)


def test_a_person_far_away_moves_too(gate: Gate) -> None:
    assert holds(gate.moved(with_person(shop(), 300, 150, wide=14, tall=36), 2 * S), 307, 168)


def test_noise_of_the_night_does_not_move(gate: Gate) -> None:
    for number in range(20):
        assert gate.moved(noisy(shop(), number, 8), 2 * S + number * S // 5) == []


@pytest.mark.parametrize("brighter", [0.8, 0.9, 1.1, 1.25])
def test_light_that_flickers_does_not_move(gate: Gate, brighter: float) -> None:
    assert gate.moved((shop() * brighter).clip(0, 255).astype(np.uint8), 2 * S) == []


@pytest.mark.parametrize("shaken", [(1, 0), (0, 2), (-2, 1), (3, 0)])
def test_a_camera_that_shakes_does_not_move(gate: Gate, shaken: tuple[int, int]) -> None:
    assert gate.moved(np.roll(shop(), shaken, axis=(1, 0)), 2 * S) == []


def test_light_that_is_switched_on_is_all_of_it_new_once(gate: Gate) -> None:
    lit = shop(seed=2)
    assert gate.moved(lit, 2 * S) == [(0, 0, WIDTH, HEIGHT)]
    assert gate.moved(lit, 2 * S + S // 5) == []


def test_a_parked_trolley_becomes_background(gate: Gate) -> None:
    parked = with_person(shop(), 300, 150)
    moved = [gate.moved(parked, (2 + second) * S) for second in range(60)]
    assert moved[5]
    assert not moved[-1]


def test_time_that_stands_still_or_goes_back_teaches_nothing(gate: Gate) -> None:
    for _ in range(200):
        assert gate.moved(with_person(shop(), 300, 150), 0)
