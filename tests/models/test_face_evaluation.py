"""Figures on people made of directions in space, where each can be counted by hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.face_evaluation import LIKE_NOBODY, SPLITS, Compared, compare, figures, tar_at_far
from models.face_histogram import histogram
from models.face_match import THRESHOLD, threshold_among
from models.face_pictures import Album, BadPictures, album
from models.face_quality import Gated
from models.face_vectors import LENGTH, FaceVector

PEOPLE, EACH = 6, 4


def compared_of(likeness: NDArray[np.float32], people: int, gated: dict[str, int] | None = None) -> Compared:
    """All pairs of as many pictures as ``likeness`` has rows, shared evenly by the people."""
    numbers = np.repeat(np.arange(people), len(likeness) // people)
    pairs = np.stack(np.triu_indices(len(numbers), 1), axis=1)
    same = numbers[pairs[:, 0]] == numbers[pairs[:, 1]]
    pictures = tuple(Path(f"{number}.png") for number in range(len(numbers)))
    return Compared(album=Album(pictures=pictures, people=numbers, pairs=pairs, same=same), likeness=likeness, gated=gated or {})


def clear() -> NDArray[np.float32]:
    """Everybody is like themselves and like nobody else."""
    person = np.repeat(np.arange(PEOPLE), EACH)
    return np.where(person[:, None] == person, 0.9, 0.1).astype(np.float32)


def test_people_who_are_told_apart_have_the_best_figures() -> None:
    found = figures(compared_of(clear(), PEOPLE))
    assert (found.people, found.images, found.gallery, found.splits) == (PEOPLE, PEOPLE * EACH, PEOPLE // 2, SPLITS)
    assert (found.same_pairs, found.different_pairs) == (36, 240)
    assert (found.tar, found.tar_at_far_1e_2, found.tar_at_far_1e_3, found.rank_1) == (1, 1, 1, 1)
    assert (found.far, found.fpir, found.fpir_worst) == (0, 0, 0)
    assert (found.threshold, found.gallery_threshold) == (THRESHOLD, threshold_among(PEOPLE // 2))
    assert found.threshold == THRESHOLD


def test_people_who_are_all_alike_have_the_worst() -> None:
    found = figures(compared_of(np.full((24, 24), 0.9, np.float32), PEOPLE))
    assert (found.tar, found.far, found.fpir, found.fpir_worst) == (1, 1, 1, 1)
    assert (found.tar_at_far_1e_2, found.tar_at_far_1e_3) == (0, 0)
    assert found.rank_1 < 0.5


def test_a_gated_picture_is_missed_wherever_it_is_used() -> None:
    likeness = clear()
    likeness[0] = likeness[:, 0] = LIKE_NOBODY
    found = figures(compared_of(likeness, PEOPLE, {"blurred": 1}))
    assert found.tar == pytest.approx(33 / 36)
    assert found.far == 0
    assert found.gated == {"blurred": 1}
    # As one that asks it is wrong in each draw; where it was enrolled, the other three of its person are as well.
    assert 1 - 3 / 18 <= found.rank_1 <= 1 - 1 / 18


def test_two_people_who_look_alike_are_strangers_that_are_let_in() -> None:
    likeness = clear()
    likeness[:EACH, EACH : 2 * EACH] = likeness[EACH : 2 * EACH, :EACH] = 0.6
    found = figures(compared_of(likeness, PEOPLE))
    assert found.far == pytest.approx(16 / 240)
    # Whenever a split parts the two, the four pictures of one of twelve are taken for the other.
    assert found.fpir_worst == pytest.approx(4 / 12)
    assert 0 < found.fpir < found.fpir_worst
    assert found.tar_at_far_1e_3 == 1


def test_the_same_seeds_give_the_same_figures() -> None:
    likeness = np.random.default_rng(1).uniform(0, 1, (24, 24)).astype(np.float32)
    assert figures(compared_of(likeness, PEOPLE)) == figures(compared_of(likeness, PEOPLE))


def test_a_rate_is_taken_where_no_more_than_that_part_is_let_in() -> None:
    different = np.linspace(0, 0.999, 1000, dtype=np.float32)
    same = np.array((0.98, 0.985, 0.9895, 0.995), np.float32)
    # Ten of a thousand may lie above: the eleventh from above is 0.989.
    assert tar_at_far(same, different, 1e-2) == 0.5
    assert tar_at_far(same, different, 1e-3) == 0
    assert tar_at_far(same + 1, different, 1e-3) == 1


@pytest.fixture
def three(tmp_path: Path) -> Album:
    """Three pictures of two people; how bright each is is all that is on it."""
    for name, grey in (("ann/1.png", 10), ("ann/2.png", 20), ("bo/1.png", 30)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), np.full((4, 4), grey, np.uint8))
    return album(tmp_path)


def by_brightness(picture: NDArray[np.uint8]) -> FaceVector | Gated:
    if picture[0, 0, 0] == 20:
        return Gated.COVERED
    values = np.zeros(LENGTH, np.float32)
    values[int(picture[0, 0, 0])] = 1
    return FaceVector(values=values)


def test_every_picture_is_read_once_and_compared_with_every_other(three: Album) -> None:
    found = compare(three, by_brightness)
    assert found.likeness.tolist() == [[1, LIKE_NOBODY, 0], [LIKE_NOBODY] * 3, [0, LIKE_NOBODY, 1]]
    assert found.gated == {"covered": 1}
    assert found.of_pairs(same=True).tolist() == [LIKE_NOBODY]
    assert found.of_pairs(same=False).tolist() == [0, LIKE_NOBODY]
    assert "likeness" not in repr(found)


def test_where_no_face_can_be_read_nothing_is_measured(three: Album) -> None:
    with pytest.raises(BadPictures, match=r"^none of 3 pictures has a face that can be read: 3 no-face$"):
        compare(three, lambda _: Gated.NO_FACE)


def test_the_histogram_shows_both_and_the_threshold() -> None:
    png = histogram(np.full(9, 0.8, np.float32), np.full(20, 0.1, np.float32), 0.5)
    shown = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    # The middle of each bar's height, at its place on the scale of -0.5 to 1 over 720 pixels from 40 on.
    of_same, of_two, between = (shown[300, 40 + round((score + 0.5) / 1.5 * 720) + 4].astype(int) for score in (0.8, 0.1, 0.6))
    assert of_same[1] > of_same[2]
    assert of_two[2] > of_two[1]
    assert between.tolist() == [255, 255, 255]
    assert shown[300, 40 + 480].max() < 100
