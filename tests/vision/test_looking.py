"""One camera in the inference process, its ring a real one: every picture is accounted for, what stands still tells nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from drivers.wires.picture_ring import RingReader
from drivers.wires.pictures import Pictures
from edge.vision.layout import Layout, Line
from edge.vision.looking import STILL_NS, Looking
from edge.vision.words import Crossed, Visited, Watch
from tests.vision.made_up import GONE, NOBODY, SOMEBODY, MadeUpEye, MadeUpModels

if TYPE_CHECKING:
    from tests.ring_cameras import RingCamera

    Opens = Callable[..., RingCamera]

DOOR = Layout(lines=(Line(name="door", a=(0.1, 0.5), b=(0.9, 0.5), inside=(0.5, 0.9)),))
STAFF = Layout(lines=(Line(name="yard", a=(0.1, 0.5), b=(0.9, 0.5), inside=(0.5, 0.9), entrance=False),))


class Models(MadeUpModels):
    """Keeps the eyes that were made."""

    def __init__(self, models_dir: str = "all") -> None:
        super().__init__(models_dir)
        self.eyes: list[MadeUpEye] = []

    def eye(self, asked: Watch, size: tuple[int, int]) -> MadeUpEye | None:
        eye = super().eye(asked, size)
        self.eyes += [] if eye is None else [eye]
        return eye


def watch(layout: Layout = DOOR) -> Watch:
    return Watch(camera="cam-door", layout=layout, fps=5)


@pytest.fixture
def models() -> Models:
    return Models()


@pytest.fixture
def camera(ring_camera: Opens) -> RingCamera:
    return ring_camera()


@pytest.fixture
def reader(pictures: Pictures) -> Callable[[], RingReader]:
    """A reader of the camera's ring of now."""
    return lambda: RingReader(pictures.rings["cam-door"].raw_fd)


@pytest.fixture
def looking(camera: RingCamera, reader: Callable[[], RingReader], models: Models) -> Looking:
    return Looking(watch(), reader(), models, time.monotonic_ns())


def look(looking: Looking) -> list[object]:
    picture = looking.take()
    return [] if picture is None else list(looking.look(picture))


def test_the_newest_picture_is_looked_at_and_the_others_are_skipped(camera: RingCamera, looking: Looking):
    assert not looking.has_news
    assert looking.take() is None
    for _ in range(3):
        camera.show(SOMEBODY)
    assert looking.has_news
    (crossed,) = look(looking)
    assert isinstance(crossed, Crossed)
    assert (crossed.camera, crossed.line) == ("cam-door", "door")
    assert not looking.has_news
    figures = looking.figures
    assert (figures.pictures, figures.processed, figures.skipped, figures.still, figures.people) == (3, 1, 2, 0, 1)
    assert figures.newest_ns == crossed.at_ns
    assert looking.is_followed


def test_looks_without_a_turn_are_starved_and_pictures_that_never_came_are_not(camera: RingCamera, looking: Looking):
    for _ in range(4):
        camera.show(SOMEBODY)
    look(looking)
    looking.missed(2)
    assert (looking.figures.skipped, looking.figures.starved) == (1, 2)
    camera.show(SOMEBODY)
    look(looking)
    looking.missed(5)
    assert look(looking) == []
    looking.missed(5)
    assert (looking.figures.skipped, looking.figures.starved) == (1, 2)


def test_a_picture_that_wants_nothing_costs_no_inference(camera: RingCamera, looking: Looking):
    camera.show(NOBODY)
    assert look(looking) == []
    assert (looking.figures.processed, looking.figures.still, looking.figures.people) == (0, 1, 0)
    assert looking.figures.newest_ns > 0
    assert not looking.is_followed


def test_who_has_gone_is_followed_no_more(camera: RingCamera, looking: Looking):
    for code in (SOMEBODY, GONE):
        camera.show(code)
        look(looking)
    assert not looking.is_followed
    assert looking.figures.people == 0


def test_the_same_picture_again_is_not_watched(camera: RingCamera, looking: Looking):
    camera.show(SOMEBODY)
    look(looking)
    newest_ns = looking.figures.newest_ns
    for _ in range(3):
        camera.show(SOMEBODY, same=True)
        assert look(looking) == []
    assert (looking.figures.processed, looking.figures.still) == (1, 3)
    assert looking.figures.newest_ns == newest_ns


@pytest.mark.parametrize("comes", [True, False])
def test_pictures_that_stand_still_end_what_was_going_on(camera: RingCamera, looking: Looking, models: Models, comes: bool):
    camera.show(SOMEBODY)
    look(looking)
    newest_ns = looking.figures.newest_ns
    assert looking.tire(newest_ns + STILL_NS) == []
    if comes:
        camera.show(SOMEBODY, same=True)
        look(looking)
    assert looking.tire(newest_ns + STILL_NS + 1) == [Visited(camera="cam-door", zone="all", dwell_ms=1, at_ns=newest_ns)]
    assert looking.tire(newest_ns + 9 * STILL_NS) == []
    assert looking.figures.people == 0
    camera.show(SOMEBODY, same=True)
    assert look(looking) == []
    camera.show(SOMEBODY)
    assert len(look(looking)) == 1
    assert [eye.ended for eye in models.eyes] == [True, False]


def test_a_picture_of_another_length_is_none(camera: RingCamera, looking: Looking):
    camera.show(SOMEBODY, length=100)
    assert look(looking) == []
    assert (looking.figures.pictures, looking.figures.skipped, looking.figures.processed) == (1, 1, 0)


def test_another_ring_keeps_who_is_followed(
    camera: RingCamera, looking: Looking, models: Models, reader: Callable[[], RingReader]
):
    camera.show(SOMEBODY)
    look(looking)
    camera.reopen()
    assert looking.follow(watch(STAFF), reader()) == []
    camera.show(SOMEBODY)
    (crossed,) = look(looking)
    assert isinstance(crossed, Crossed)
    assert crossed.line == "yard"
    assert len(models.eyes) == 1
    assert looking.figures.pictures == 2
    assert not looking.is_door


def test_another_size_is_another_eye(camera: RingCamera, looking: Looking, models: Models, reader: Callable[[], RingReader]):
    camera.show(SOMEBODY)
    look(looking)
    camera.reopen((128, 72))
    (ended,) = looking.follow(watch(), reader())
    assert isinstance(ended, Visited)
    camera.show(SOMEBODY)
    look(looking)
    assert [eye.size for eye in models.eyes] == [(64, 36), (128, 72)]
    looking.close()


def test_without_a_model_pictures_are_skipped_and_shown(camera: RingCamera, reader: Callable[[], RingReader]):
    blind = Looking(watch(), reader(), Models("none"), time.monotonic_ns())
    camera.show(SOMEBODY)
    picture = blind.take()
    assert picture is not None
    assert blind.look(picture) == []
    assert (blind.figures.skipped, blind.figures.newest_ns) == (1, 0)
    assert blind.shown(picture) == b"shown 64"
    assert blind.end() == []


def test_a_ring_that_is_closed_by_its_camera_is_read_on(camera: RingCamera, looking: Looking):
    """Its memory goes with the last who holds it."""
    camera.show(SOMEBODY)
    descriptor = os.dup(0)
    camera.reopen()
    os.close(descriptor)
    assert len(look(looking)) == 1
