"""Claims about one camera's way from pictures to what visitors did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.eye import Eye, Want
from edge.vision.layout import Layout, Line, Zone
from edge.vision.words import Crossed, Queued, Reached, Seen
from models.findings import Person, Wrist
from tests.vision.rendered_clip import FPS, HEIGHT, WIDTH, Figure, RedFigures, picture, walk

S = 1_000_000_000
DOOR = Line(name="door", a=(0.5, 0.2), b=(0.5, 0.95), inside=(0.8, 0.5))
SHELF = Zone(name="shelf", kind="shelf", corners=((0.1, 0.1), (0.45, 0.1), (0.45, 0.9), (0.1, 0.9)), shelf="shelf-1")
TILL = Zone(name="till", kind="queue", corners=((0.1, 0.5), (0.4, 0.5), (0.4, 0.99), (0.1, 0.99)))


def eye_of(layout: Layout, detector: RedFigures) -> Eye:
    return Eye("cam-1", layout, (WIDTH, HEIGHT), detector, fps=FPS)


def show(eye: Eye, figures: Sequence[Figure], frames: range) -> tuple[list[Want], list[Seen]]:
    """What it wants of each frame, and what it has seen."""
    wants: list[Want] = []
    seen: list[Seen] = []
    for frame in frames:
        shown, at_ns = picture(figures, frame), frame * S // FPS
        wants.append(eye.wants(np.asarray(cv2.cvtColor(shown, cv2.COLOR_BGR2GRAY), dtype=np.uint8), at_ns))
        seen += eye.rest(at_ns) if wants[-1] is Want.NOTHING else eye.look(shown, at_ns)
    return wants, seen


def test_somebody_who_comes_in_is_counted_once() -> None:
    eye = eye_of(Layout(lines=(DOOR,)), RedFigures())
    _, seen = show(eye, [walk((20, 200), (300, 205), 5, 45)], range(60))
    [crossed] = [each for each in seen if isinstance(each, Crossed)]
    assert (crossed.camera, crossed.line, crossed.direction) == ("cam-1", "door", "in")
    assert abs(crossed.at_ns - 2.5 * S) < S / 2


def test_an_empty_shop_is_looked_at_every_two_seconds() -> None:
    detector = RedFigures()
    wants, _ = show(eye_of(Layout(), detector), [], range(60))
    assert detector.looks == 3
    assert wants.count(Want.NOTHING) == 57


def test_who_is_followed_is_never_gated_off_however_still_they_stand() -> None:
    detector = RedFigures()
    stands = walk((100, 200), (100.1, 200), 15, 200)
    eye = eye_of(Layout(), detector)
    wants, _ = show(eye, [lambda frame: stands(frame) or walk((20, 200), (100, 200), 0, 14)(frame)], range(200))
    assert set(wants[2:]) == {Want.FOLLOW}
    assert [track.state for track in eye.tracks] == ["confirmed"]


def test_a_poster_stops_being_looked_at() -> None:
    detector = RedFigures()
    wants, seen = show(eye_of(Layout(lines=(DOOR,)), detector), [walk((100, 200), (100.1, 200), 0, 300)], range(300))
    assert wants[-1] is Want.NOTHING
    assert wants[150:].count(Want.NOTHING) > 100
    assert not [each for each in seen if isinstance(each, Crossed)]


def test_one_person_is_looked_at_in_a_part_of_the_picture() -> None:
    detector = RedFigures()
    show(eye_of(Layout(), detector), [walk((60, 200), (140, 200), 0, 30)], range(30))
    assert (WIDTH, HEIGHT) in detector.sizes
    assert sum(size != (WIDTH, HEIGHT) for size in detector.sizes) > 20


def test_what_was_found_and_where_something_moved_is_there_for_the_live_picture() -> None:
    eye = eye_of(Layout(), RedFigures())
    show(eye, [walk((60, 200), (140, 200), 0, 30)], range(20))
    assert len(eye.found) == len(eye.tracks) == 1
    assert eye.moved
    eye.end(3 * S)
    assert not eye.found
    assert not eye.moved
    assert not eye.tracks


class UnsureFigures(RedFigures):
    """Implements ``PeopleDetector`` that is never sure enough for somebody to be followed."""

    def find(self, picture: NDArray[np.uint8]) -> list[Person]:
        return [replace(person, score=self.low) for person in super().find(picture)]


def test_who_may_be_there_is_still_found_while_another_part_is_looked_at() -> None:
    detector = UnsureFigures()
    eye, figures = eye_of(Layout(), detector), [walk((30, 150), (110, 150), 0, 30), walk((295, 230), (295.1, 230), 0, 30)]
    for frame in range(30):
        show(eye, figures, range(frame, frame + 1))
        assert any(person.box[0] > 250 for person in eye.found), f"frame {frame}: a face would be shown"
    assert not eye.tracks
    assert sum(size != (WIDTH, HEIGHT) for size in detector.sizes) > 10


def test_a_queue_is_told_empty_while_nothing_is_looked_at() -> None:
    wants, seen = show(eye_of(Layout(zones=(TILL,)), RedFigures()), [], range(40))
    assert Want.NOTHING in wants
    lengths = [each.length for each in seen if isinstance(each, Queued)]
    assert len(lengths) >= 3
    assert set(lengths) == {0}


def test_another_layout_counts_from_then_on() -> None:
    eye = eye_of(Layout(), RedFigures())
    inwards = walk((20, 200), (300, 205), 0, 40)
    _, before = show(eye, [inwards], range(10))
    between = eye.relayout(Layout(lines=(DOOR,)), None)
    _, after = show(eye, [inwards], range(10, 45))
    assert [each.line for each in before + between + after if isinstance(each, Crossed)] == ["door"]


def test_staff_is_told_by_the_track() -> None:
    eye = eye_of(Layout(lines=(Line(name="badge", a=(0.5, 0.2), b=(0.5, 0.95), inside=(0.8, 0.5), staff=True),)), RedFigures())
    _, seen = show(eye, [walk((20, 200), (300, 205), 0, 40)], range(36))
    assert [eye.is_staff(track.number) for track in eye.tracks] == [True]
    assert not [each for each in seen if isinstance(each, Crossed)]


class LeftHand:
    """Implements ``WristFinder``: a hand in the upper left of whatever it is shown."""

    name = "left-hand"

    def __init__(self) -> None:
        self.shown: list[tuple[int, int]] = []

    def find(self, picture: NDArray[np.uint8]) -> list[Wrist]:
        self.shown.append((picture.shape[1], picture.shape[0]))
        return [Wrist(at=(4.0, 30.0), score=0.9)]

    def close(self) -> None:
        """Nothing to give back."""


def test_a_hand_that_reaches_into_a_shelf_is_told_and_looked_for_twice_a_second_at_most() -> None:
    eye, hand = eye_of(Layout(zones=(SHELF,)), RedFigures()), LeftHand()
    arrives, stands = walk((300, 200), (150, 200), 0, 20), walk((150, 200), (150.1, 200), 21, 80)
    figures: list[Figure] = [lambda frame: arrives(frame) or stands(frame)]
    _, before = show(eye, figures, range(40))
    eye.wrists = hand
    _, after = show(eye, figures, range(40, 60))
    assert not [each for each in before if isinstance(each, Reached)]
    assert [each.zone for each in after if isinstance(each, Reached)] == ["shelf"]
    assert 2 <= len(hand.shown) <= 4
    assert all(wide < WIDTH and tall <= HEIGHT for wide, tall in hand.shown)
