"""Claims about who is who, on rendered boxes whose owners are known; the ``trackers`` package stands beside as the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.findings import Box, Person, Track
from models.tracks import HITS, LOST_FOR_S, Tracks
from tests.models.rendered import HEIGHT, SCENES, TALL, WIDE, WIDTH, Identities, Scene, Walk, identities

S = 1_000_000_000
FPS = 10


def tracks(fps: float = FPS) -> Tracks:
    return Tracks(fps, high=0.5, low=0.1, width_px=WIDTH, height_px=HEIGHT)


def at(x: float, y: float = 250.0, score: float = 0.8) -> Person:
    return Person(box=(x - WIDE / 2, y - TALL, x + WIDE / 2, y), score=score)


def take(them: Tracks, pictures: Sequence[Sequence[Person]], fps: float = FPS, begins_s: float = 0.0) -> list[list[Track]]:
    return [them.take(people, round((begins_s + number / fps) * S)) for number, people in enumerate(pictures)]


@cache
def ours(name: str, fps: float, seed: int) -> Identities:
    them, told = tracks(fps), []
    for at_ns, found, seen in SCENES[name].pictures(fps, seed):
        told.append((seen, {track.number: track.box for track in them.take(found, at_ns) if track.state == "confirmed"}))
    return identities(told)


@cache
def oracle(name: str, fps: float, seed: int) -> Identities:
    """ByteTrack as roboflow has it, told the same thresholds, hits and patience as ours."""
    import supervision  # not above: scipy comes with it, which no other test needs
    from trackers import ByteTrackTracker

    them = ByteTrackTracker(
        lost_track_buffer=round(30 * LOST_FOR_S),  # it counts in pictures of 30 a second
        frame_rate=fps,
        track_activation_threshold=0.5,
        high_conf_det_threshold=0.5,
        minimum_consecutive_frames=HITS,
    )
    told = []
    for _, found, seen in SCENES[name].pictures(fps, seed):
        boxes = supervision.Detections(
            xyxy=np.array([person.box for person in found]).reshape(-1, 4),
            confidence=np.array([person.score for person in found]),
            class_id=np.zeros(len(found), dtype=int),
        )
        boxes = them.update(boxes)
        numbered = zip(boxes.xyxy.tolist(), (() if boxes.tracker_id is None else boxes.tracker_id.tolist()), strict=True)
        shown: dict[int, Box] = {number: (box[0], box[1], box[2], box[3]) for box, number in numbered if number >= 0}
        told.append((seen, shown))
    return identities(told)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("fps", [10, 5])
def test_identities_are_as_good_as_the_oracles(name: str, fps: int) -> None:
    mine = [ours(name, fps, seed) for seed in range(2)]
    other = [oracle(name, fps, seed) for seed in range(2)]
    assert sum(each.f1 for each in mine) >= sum(each.f1 for each in other) - 2 * 0.02
    assert sum(each.switches for each in mine) <= sum(each.switches for each in other) + 2 * 2


def test_over_all_scenes_identities_are_better_than_the_oracles() -> None:
    mine = [ours(name, fps, seed) for name in SCENES for fps in (10, 5) for seed in range(2)]
    other = [oracle(name, fps, seed) for name in SCENES for fps in (10, 5) for seed in range(2)]
    assert sum(each.f1 for each in mine) > sum(each.f1 for each in other)
    assert sum(each.switches for each in mine) < sum(each.switches for each in other)


def test_a_walker_is_one_person_from_the_third_picture_on() -> None:
    told = take(tracks(), [[at(100 + 8 * step)] for step in range(20)])
    assert {track.number for those in told for track in those} == {1}
    assert [those[0].state for those in told] == ["tentative"] * 2 + ["confirmed"] * 18


def test_a_box_follows_the_walker_closely() -> None:
    told = take(tracks(), [[at(100 + 8 * step)] for step in range(20)])
    assert told[-1][0].feet == pytest.approx((100 + 8 * 19, 250), abs=2)


def test_a_flicker_is_never_confirmed() -> None:
    told = take(tracks(), [[at(300)] if step % 3 == 0 else [] for step in range(30)])
    assert all(track.state == "tentative" for those in told for track in those)


def test_an_unsure_box_begins_no_track() -> None:
    assert take(tracks(), [[at(300, score=0.45)]] * 5) == [[]] * 5


def test_who_is_half_hidden_is_followed_by_unsure_boxes() -> None:
    walk = [[at(100 + 8 * step, score=0.8 if step < 5 or step > 12 else 0.2)] for step in range(20)]
    told = take(tracks(), walk)
    assert {those[0].state for those in told[3:]} == {"confirmed"}
    assert {those[0].number for those in told} == {1}


def test_what_is_below_the_low_threshold_is_nothing() -> None:
    told = take(tracks(), [[at(300)]] * 4 + [[at(300, score=0.05)]] * 3)
    assert [those[0].state for those in told[4:]] == ["lost"] * 3


def test_who_is_hidden_for_a_second_is_the_same_person_where_they_went() -> None:
    walk = [[at(100 + 8 * step)] if step < 8 or step > 17 else [] for step in range(25)]
    told = take(tracks(), walk)
    assert [those[0].state for those in told[8:18]] == ["lost"] * 10
    assert told[17][0].feet[0] == pytest.approx(100 + 8 * 17, abs=15)
    assert told[-1][0].number == 1


def test_who_is_hidden_for_longer_is_somebody_new_and_no_number_is_used_again() -> None:
    them = tracks()
    take(them, [[at(300)]] * 5)
    told = take(them, [[], *[[at(300)]] * 5], begins_s=0.4 + LOST_FOR_S + 0.1)
    assert told[0] == []
    assert told[-1][0].number == 2


def test_after_a_gap_nobody_is_taken_for_who_was_there_before() -> None:
    them = tracks()
    take(them, [[at(300)]] * 5)
    [track] = them.take([at(300)], round((0.4 + LOST_FOR_S + 0.1) * S))
    assert (track.number, track.state) == (2, "tentative")


def test_who_walks_out_of_the_picture_is_not_waited_for() -> None:
    them = tracks()
    take(them, [[at(540 + 10 * step)] for step in range(10)])
    told = take(them, [[], [], []], begins_s=1.0)
    assert told[-1] == []


def test_who_comes_when_another_has_left_is_another() -> None:
    them = tracks()
    take(them, [[at(540 + 10 * step)] for step in range(10)])
    told = take(them, [[], [], [], *[[at(600 - 10 * step, 252)] for step in range(5)]], begins_s=1.0)
    assert told[-1][0].number == 2


def test_two_who_are_as_near_as_bodies_can_be_are_two() -> None:
    told = take(tracks(), [[at(300), at(300 + WIDE * 0.8)]] * 5)
    assert [track.state for track in told[-1]] == ["confirmed", "confirmed"]


def test_pictures_may_come_at_any_time() -> None:
    them, told, at_ns = tracks(5), [], 0
    for step in (0.1, 0.2, 0.1, 0.5, 0.1, 0.3, 0.7, 0.2, 0.1):
        at_ns += round(step * S)
        told.append(them.take([at(100 + 80 * at_ns / S)], at_ns))
    assert {track.number for those in told for track in those} == {1}


def test_a_runner_is_followed_five_times_a_second() -> None:
    told = take(tracks(5), [[at(40 + 36 * step)] for step in range(12)], fps=5)  # 1.8 body heights, 3 m a second
    assert {track.number for those in told for track in those} == {1}


def test_nobody_is_nobody() -> None:
    assert take(tracks(), [[]] * 3) == [[]] * 3


BOXES = st.builds(
    lambda x, y, wide, tall, score: Person(box=(x, y, x + wide, y + tall), score=score),
    st.floats(0, WIDTH - 2),
    st.floats(0, HEIGHT - 2),
    st.floats(1, 200),
    st.floats(1, 300),
    st.floats(0, 1),
)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.lists(BOXES, max_size=6), st.integers(1, 3 * S)), max_size=12))
def test_whatever_a_detector_finds_tracks_stay_sound(pictures: list[tuple[list[Person], int]]) -> None:
    them, at_ns, gone, before = tracks(), 0, set[int](), set[int]()
    for people, later_ns in pictures:
        at_ns += later_ns
        told = them.take(people, at_ns)
        numbers = [track.number for track in told]
        assert len(set(numbers)) == len(numbers), "a number twice in one picture"
        gone |= before - set(numbers)
        assert not gone & set(numbers), "a number came back"
        assert sum(track.state != "lost" for track in told) <= len(people) + sum(t.state == "tentative" for t in told)
        for left, top, right, bottom in (track.box for track in told):
            assert np.isfinite([left, top, right, bottom]).all()
            assert left < right
            assert top < bottom
        before = set(numbers)


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.floats(-90, 90), st.floats(-20, 20))
def test_where_a_picture_lies_does_not_matter(seed: int, x: float, y: float) -> None:
    walk = Scene(walks=[Walk(start=(150, 230), end=(450, 240)), Walk(start=(450, 260), end=(150, 250))], missed=0.1, lasts_s=3)
    here, there = tracks(), tracks()
    for at_ns, found, _ in walk.pictures(FPS, seed):
        moved = [Person(box=_moved(person.box, x, y), score=person.score) for person in found]
        one, other = here.take(found, at_ns), there.take(moved, at_ns)
        assert [(track.number, track.state) for track in one] == [(track.number, track.state) for track in other]


def _moved(box: Box, x: float, y: float) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y
