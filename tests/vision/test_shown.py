"""What a technician sees of a camera: boxes, and no face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.vision.shown import WIDEST_PX, Drawn, head_of, render

WIDTH, HEIGHT = 640, 360
STILL = np.zeros((9, 16), bool)


@pytest.fixture
def noise() -> NDArray[np.uint8]:
    """A picture of details everywhere: what is pixelated loses them."""
    coarse = np.random.default_rng(7).integers(0, 256, (HEIGHT // 4, WIDTH // 4, 3)).astype(np.uint8)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST).astype(np.uint8)


def seen(jpeg: bytes) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.uint8)


def detail(picture: NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> float:
    """How much a pixel differs from the one four pixels on, where the noise has another colour."""
    part = picture[top:bottom, left:right].astype(float)
    return float(np.abs(part[:, 4:] - part[:, :-4]).mean())


def test_the_head_of_everyone_followed_has_no_detail_and_the_rest_of_the_picture_has(noise: NDArray[np.uint8]) -> None:
    box = (200.0, 100.0, 280.0, 320.0)
    shown = seen(render(noise, [Drawn(box=box, number=4, state="confirmed")], [], STILL))
    assert detail(shown, 206, 104, 274, 150) < detail(noise, 206, 104, 274, 150) / 3
    assert detail(shown, 400, 104, 600, 300) > detail(noise, 400, 104, 600, 300) / 1.5


def test_one_who_may_be_a_person_is_hidden_without_being_marked(noise: NDArray[np.uint8]) -> None:
    shown = seen(render(noise, [], [(200.0, 100.0, 280.0, 320.0)], STILL))
    assert detail(shown, 206, 104, 274, 150) < detail(noise, 206, 104, 274, 150) / 3
    assert detail(shown, 206, 200, 274, 300) > detail(noise, 206, 200, 274, 300) / 1.5


def test_what_moves_is_hidden_although_nobody_was_found_there(noise: NDArray[np.uint8]) -> None:
    moving = STILL.copy()
    moving[4, 8] = True
    shown = seen(render(noise, [], [], moving))
    assert detail(shown, 320, 160, 360, 200) < detail(noise, 320, 160, 360, 200) / 2
    assert detail(shown, 20, 20, 200, 100) > detail(noise, 20, 20, 200, 100) / 1.5


def test_all_is_hidden_until_it_is_known_what_stands_still(noise: NDArray[np.uint8]) -> None:
    shown = seen(render(noise, [], [], None))
    assert detail(shown, 0, 0, WIDTH, HEIGHT) < detail(noise, 0, 0, WIDTH, HEIGHT) / 2


@pytest.mark.parametrize(
    ("box", "head"),
    [
        ((200.0, 100.0, 280.0, 340.0), (188, 89, 292, 172)),
        ((100.0, 200.0, 300.0, 360.0), (70, 176, 330, 360)),
        ((-40.0, -20.0, 40.0, 200.0), (0, 0, 52, 52)),
        ((700.0, 10.0, 760.0, 200.0), (691, 1, 640, 64)),
    ],
    ids=["standing", "close to the camera", "half outside", "outside"],
)
def test_where_a_head_may_be(box: tuple[float, float, float, float], head: tuple[int, int, int, int]) -> None:
    assert head_of(box, WIDTH, HEIGHT) == head


def test_people_who_are_half_outside_or_outside_break_nothing(noise: NDArray[np.uint8]) -> None:
    boxes = [(-40.0, -20.0, 40.0, 200.0), (700.0, 10.0, 760.0, 200.0), (10.0, 10.0, 10.5, 10.5)]
    people = [Drawn(box=box, number=1, state="lost") for box in boxes]
    assert seen(render(noise, [*people, Drawn(box=boxes[0], number=2, state="staff")], boxes, STILL)).shape == (HEIGHT, WIDTH, 3)


def test_a_large_picture_is_made_small_enough_for_a_telephone() -> None:
    large = np.zeros((1080, 1920, 3), np.uint8)
    assert seen(render(large, [Drawn(box=(0, 0, 100, 300), number=1, state="confirmed")], [], STILL)).shape[1] == WIDEST_PX


def test_the_picture_itself_stays_as_it_is(noise: NDArray[np.uint8]) -> None:
    before = noise.copy()
    render(noise, [Drawn(box=(200, 100, 280, 320), number=4, state="confirmed")], [], np.ones((9, 16), bool))
    assert np.array_equal(noise, before)
