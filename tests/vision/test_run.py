"""The loop of the inference process, turn by turn: what it says and when, with rings that are real and a line that is not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drivers.wires.picture_ring import RingReader, make_ring
from edge.childhood import resident_bytes
from edge.vision import run as run_file
from edge.vision.layout import Layout
from edge.vision.run import Loop
from edge.vision.words import Asked, Beat, Crossed, Hide, Said, Show, Unwatch, Visited, Watch
from tests.made_up_line import MadeUpLine
from tests.vision.made_up import SOMEBODY, MadeUpModels

if TYPE_CHECKING:
    from tests.ring_cameras import RingCamera

    Opens = Callable[..., RingCamera]

WATCH = Watch(camera="cam-door", layout=Layout(), fps=15)
SHOW = Show(camera="cam-door")


class Bench:
    """A loop that a test turns."""

    def __init__(self, models: str = "all") -> None:
        self.line = MadeUpLine[Asked, Said]()
        self.loop = Loop(self.line, MadeUpModels(models))

    def ask(self, word: Asked, ring: int | None = None) -> None:
        self.line.asked.append((word, None if ring is None else os.dup(ring)))
        self.loop.turn()

    def show(self, camera: RingCamera, pictures: int = 1) -> None:
        """That many pictures, each looked at when it is due."""
        for _ in range(pictures):
            camera.show(SOMEBODY)
            time.sleep(0.07)
            self.loop.turn()


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def raw(ring_camera: Opens) -> tuple[RingCamera, int]:
    """An open camera and its ring."""
    camera = ring_camera()
    return camera, camera.raw_fd


@pytest.fixture
def live_ring() -> Iterator[int]:
    descriptor = make_ring("live", slot_bytes=64, width_px=64, height_px=36)
    yield descriptor
    os.close(descriptor)


def test_the_first_beats_say_that_models_are_loaded_and_then_which(bench: Bench):
    bench.loop.turn()
    first, second = bench.line.said
    assert isinstance(first, Beat)
    assert isinstance(second, Beat)
    assert (first.loading, first.inferences) == (True, {})
    assert (second.loading, second.inferences["people"].state) == (False, "on")
    assert second.rss_bytes > 1_000_000


def test_a_beat_is_sent_once_a_second_and_nobody_is_waited_for_longer(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    bench.loop.turn()
    before = len(bench.line.said)
    bench.loop.turn()
    assert len(bench.line.said) == before
    assert 0 < bench.line.waits[-1] <= 1
    monkeypatch.setattr(run_file, "BEAT_NS", 0)
    bench.loop.turn()
    assert len(bench.line.said) == before + 1


def test_a_box_that_does_not_read_is_not_filled_with_beats(bench: Bench):
    bench.line.is_read = False
    bench.loop.turn()
    assert bench.line.said == []


def test_a_new_picture_is_looked_at_and_its_camera_told_in_the_beat(
    bench: Bench, raw: tuple[RingCamera, int], monkeypatch: pytest.MonkeyPatch
):
    camera, ring = raw
    bench.loop.turn()
    bench.ask(WATCH, ring)
    assert bench.line.of(Crossed) == []
    bench.show(camera)
    assert len(bench.line.of(Crossed)) == 1
    monkeypatch.setattr(run_file, "BEAT_NS", 0)
    bench.loop.turn()
    beat = bench.line.said[-1]
    assert isinstance(beat, Beat)
    assert beat.cameras["cam-door"].processed == 1


def test_a_camera_that_is_gone_tells_what_was_going_on(bench: Bench, raw: tuple[RingCamera, int]):
    camera, ring = raw
    bench.loop.turn()
    bench.ask(WATCH, ring)
    bench.show(camera)
    bench.ask(Unwatch(camera="cam-door"))
    assert len(bench.line.of(Visited)) == 1
    bench.ask(Unwatch(camera="cam-door"))
    bench.show(camera)
    assert len(bench.line.of(Crossed)) == 1


def test_pictures_that_stand_still_end_what_was_going_on(
    bench: Bench, raw: tuple[RingCamera, int], monkeypatch: pytest.MonkeyPatch
):
    camera, ring = raw
    bench.loop.turn()
    bench.ask(WATCH, ring)
    bench.show(camera)
    monkeypatch.setattr("edge.vision.looking.STILL_NS", 0)
    monkeypatch.setattr(run_file, "BEAT_NS", 0)
    bench.loop.turn()
    assert len(bench.line.of(Visited)) == 1


def test_a_live_picture_is_shown_until_nobody_looks(bench: Bench, raw: tuple[RingCamera, int], live_ring: int):
    camera, ring = raw
    bench.loop.turn()
    bench.ask(WATCH, ring)
    bench.ask(SHOW, live_ring)
    bench.show(camera)
    with closing(RingReader(live_ring)) as reader:
        picture = reader.newest()
        assert picture is not None
        assert picture.data == b"shown 64"
        bench.ask(Hide(camera="cam-door"))
        bench.ask(Hide(camera="cam-door"))
        bench.show(camera, pictures=3)
        assert reader.newest_sequence == 1


def test_live_pictures_are_no_more_than_about_five_a_second(bench: Bench, raw: tuple[RingCamera, int], live_ring: int):
    camera, ring = raw
    bench.loop.turn()
    bench.ask(WATCH, ring)
    bench.ask(SHOW, live_ring)
    began = time.monotonic()
    bench.show(camera, pictures=8)
    seconds = time.monotonic() - began
    with closing(RingReader(live_ring)) as reader:
        assert 1 <= reader.newest_sequence <= seconds / 0.16 + 1


def test_a_live_picture_that_does_not_fit_is_left_out(bench: Bench, raw: tuple[RingCamera, int]):
    camera, ring = raw
    tiny = make_ring("live", slot_bytes=7, width_px=2, height_px=2)  # rounded up to 8: one byte is missing for "shown 1024"
    bench.loop.turn()
    bench.ask(WATCH, ring)
    bench.ask(SHOW, tiny)
    camera.reopen((1024, 36))
    bench.ask(WATCH, camera.raw_fd)
    bench.show(camera)
    assert len(bench.line.of(Crossed)) == 1
    with closing(RingReader(tiny)) as reader:
        assert reader.newest_sequence == 0
    os.close(tiny)


@pytest.mark.parametrize("word", [WATCH, SHOW])
def test_what_is_no_ring_is_left_alone_and_told(bench: Bench, word: Asked, capsys: pytest.CaptureFixture[str]):
    no_ring = os.memfd_create("no-ring")
    os.ftruncate(no_ring, 10)
    bench.loop.turn()
    bench.ask(word, no_ring)
    told = f"{type(word).__name__} of cam-door is left alone: this is no ring of pictures: it is too short\n"
    assert capsys.readouterr().err == told
    os.close(no_ring)


def test_rings_are_given_back(bench: Bench, raw: tuple[RingCamera, int], live_ring: int):
    _, ring = raw
    bench.loop.turn()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(3):
        bench.ask(WATCH, ring)
        bench.ask(SHOW, live_ring)
    bench.ask(Hide(camera="cam-door"))
    bench.ask(Unwatch(camera="cam-door"))
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_the_memory_of_a_process_is_known():
    assert 1_000_000 < resident_bytes() < 1 << 40
