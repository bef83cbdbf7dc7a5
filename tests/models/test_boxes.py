"""Of many boxes around one person one is left, the surest."""

from __future__ import annotations

import numpy as np

from models.boxes import overlaps, surest

PERSON = (10.0, 10.0, 30.0, 70.0)


def test_overlap_is_what_two_share_of_what_both_cover() -> None:
    others = np.array([PERSON, (20, 10, 40, 70), (30, 10, 50, 70), (100, 100, 110, 110)])
    assert overlaps(np.array(PERSON), others).tolist() == [1, 1 / 3, 0, 0]


def test_the_surest_comes_first() -> None:
    boxes = np.array([(100, 10, 120, 70), PERSON])
    assert [person.score for person in surest(boxes, np.array([0.25, 0.75]), 640, 360)] == [0.75, 0.25]


def test_a_box_of_no_width_in_the_picture_is_nobody() -> None:
    boxes = np.array([(-40, 10, -20, 70), (639.5, 10, 700, 70), PERSON])
    assert [person.box for person in surest(boxes, np.array([0.9, 0.8, 0.7]), 640, 360)] == [PERSON]


def test_nothing_found_is_nobody() -> None:
    assert surest(np.zeros((0, 4)), np.zeros(0), 640, 360) == []
