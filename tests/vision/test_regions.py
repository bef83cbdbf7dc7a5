"""Claims about which parts of a picture a detector is given."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.vision.regions import Regions, joined
from models.findings import Box, Person, Track

S = 1_000_000_000
WHOLE = (0, 0, 640, 360)
WIDE = (0, 0, 1280, 720)


def walker(box: Box) -> Track:
    return Track(number=1, box=box, state="confirmed")


def looked(width_px: int = 640, height_px: int = 360) -> Regions:
    """All of the picture has just been looked at."""
    regions = Regions(width_px, height_px)
    regions.to_look_at((), (), 0)
    return regions


def within(box: Box, region: tuple[int, int, int, int]) -> bool:
    return region[0] <= box[0] and region[1] <= box[1] and box[2] <= region[2] and box[3] <= region[3]


def test_the_first_look_is_at_all_of_it() -> None:
    regions = Regions(640, 360)
    assert regions.due(0)
    assert regions.to_look_at((), (), 0) == [WHOLE]


def test_one_person_is_looked_at_closely() -> None:
    [part] = looked().to_look_at((), [walker((300, 150, 330, 240))], S)
    assert within((280, 120, 350, 260), part)
    assert part[2] - part[0] < 300


def test_what_moves_is_looked_at_with_who_is_followed() -> None:
    [part] = looked().to_look_at([(400, 160, 420, 200)], [walker((300, 150, 330, 240))], S)
    assert within((300, 150, 420, 240), part)


def test_people_everywhere_are_looked_at_in_all_of_it() -> None:
    everywhere = [walker((20, 20, 50, 110)), walker((600, 250, 630, 340))]
    assert looked().to_look_at((), everywhere, S) == [WHOLE]


def test_a_wide_picture_with_people_at_both_ends_is_looked_at_in_two_parts() -> None:
    ends = [walker((20, 300, 50, 390)), walker((1200, 350, 1230, 440)), walker((1100, 350, 1130, 440))]
    parts = looked(1280, 720).to_look_at((), ends, S)
    assert len(parts) == 2
    assert all(any(within(track.box, part) for part in parts) for track in ends)


def test_a_wide_picture_full_of_people_is_looked_at_in_all_of_it_or_in_two_parts() -> None:
    crowd = [walker((x, 300, x + 30, 390)) for x in range(20, 1240, 100)]
    assert len(looked(1280, 720).to_look_at((), crowd, S)) <= 2


def test_all_of_it_is_due_again_after_two_seconds_beside_the_part() -> None:
    regions, person = looked(), [walker((300, 150, 330, 240))]
    assert WHOLE not in regions.to_look_at((), person, S)
    assert not regions.due(S)
    assert regions.due(2 * S)
    assert regions.to_look_at((), person, 2 * S)[-1] == WHOLE
    assert not regions.due(3 * S)


BOXES = st.tuples(st.floats(-50, 1300), st.floats(-50, 740), st.floats(1, 300), st.floats(1, 500)).map(
    lambda at: (at[0], at[1], at[0] + at[2], at[1] + at[3])
)


@settings(max_examples=50)
@given(st.lists(BOXES, max_size=8), st.sampled_from([(640, 360), (1280, 720), (384, 288), (100, 50)]))
def test_parts_lie_in_the_picture_and_hold_all_that_does(boxes: list[Box], size: tuple[int, int]) -> None:
    width, height = size
    inside = [box for box in boxes if box[0] < width and box[1] < height and box[2] > 0 and box[3] > 0]
    parts = looked(width, height).to_look_at(inside, (), S)
    assert 1 <= len(parts) <= 2
    for left, top, right, bottom in parts:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for box in inside:
        cut = max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3])
        assert any(within(cut, part) for part in parts)


def test_people_of_a_part_are_told_in_the_picture() -> None:
    [person] = looked().uncut((192, 96, 416, 288), [Person(box=(50, 40, 80, 130), score=0.7)])
    assert person == Person(box=(242, 136, 272, 226), score=0.7)


@pytest.mark.parametrize("box", [(0, 40, 30, 130), (50, 1, 80, 90), (195, 40, 223, 130), (50, 100, 80, 191)])
def test_whom_an_edge_of_a_part_cuts_is_left_out(box: Box) -> None:
    assert looked().uncut((192, 96, 416, 288), [Person(box=box, score=0.7)]) == []


def test_whom_the_edge_of_the_picture_cuts_stays() -> None:
    person = Person(box=(0, 0, 30, 130), score=0.7)
    assert looked().uncut((0, 0, 224, 192), [person]) == [person]


def test_who_is_found_in_both_parts_is_one_person() -> None:
    one, same, other = (Person(box=box, score=0.7) for box in ((10, 10, 40, 100), (12, 8, 41, 103), (60, 10, 90, 100)))
    assert joined([one], [same, other]) == [one, other]
    assert joined([], [one]) == [one]
    assert joined([one], []) == [one]
