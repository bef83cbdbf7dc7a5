"""The loop of the mirrors' process, turn by turn: rings are real, the line and the painter are not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drivers.wires.picture_ring import RingReader, make_ring
from edge.mirror import run as run_file
from edge.mirror.run import Loop
from edge.mirror.words import Asked, Beat, Close, Fill, Open, Present, Said, Wear
from models.manifest import ModelUnusable
from tests.made_up_line import MadeUpLine
from tests.mirror.made_up import NOBODY, SOMEBODY, TWO, MadeUpPainter

if TYPE_CHECKING:
    from tests.ring_cameras import RingCamera

    Opens = Callable[..., RingCamera]


class Bench:
    """A loop that a test turns. ``problem``: no painter can be made."""

    def __init__(self) -> None:
        self.line, self.painters, self.problem = MadeUpLine[Asked, Said](), list[MadeUpPainter](), ""
        self.loop = Loop(self.line, self._paint, lambda: 7)

    def _paint(self, width_px: int, height_px: int) -> MadeUpPainter:
        if self.problem:
            raise ModelUnusable(self.problem)
        self.painters.append(MadeUpPainter(width_px, height_px))
        return self.painters[-1]

    def ask(self, word: Asked, ring: int | None = None) -> None:
        self.line.asked.append((word, None if ring is None else os.dup(ring)))
        self.loop.turn()

    def show(self, camera: RingCamera, code: int, length: int | None = None) -> None:
        camera.show(code, length=length)
        self.loop.turn()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.loop.close()


@pytest.fixture
def out() -> Iterator[int]:
    descriptor = make_ring("painted", slot_bytes=64 * 36, width_px=64, height_px=36)
    yield descriptor
    os.close(descriptor)


def test_the_newest_picture_is_painted_and_the_ones_before_are_skipped(bench: Bench, ring_camera: Opens, out: int):
    camera = ring_camera()
    bench.ask(Open(mirror="mirror-1"), camera.raw_fd)
    bench.ask(Fill(mirror="mirror-1"), out)
    camera.show(NOBODY)
    camera.show(NOBODY)
    bench.show(camera, SOMEBODY)
    with closing(RingReader(out)) as reader:
        assert reader.newest_sequence == 1
        picture = reader.newest()
        assert picture is not None
        assert picture.data.startswith(b"\xff\xd8"), "a JPEG"
    assert [(each.faces, each.problem) for each in bench.line.of(Present)] == [(1, "")]
    bench.show(camera, SOMEBODY)
    assert len(bench.line.of(Present)) == 1, "told when it changes"
    bench.show(camera, TWO)
    assert bench.line.of(Present)[-1].problem == "two-faces"
    bench.line.said.clear()
    bench.loop._beat(time.monotonic_ns())
    (beat,) = bench.line.of(Beat)
    assert (beat.rss_bytes, beat.problem, beat.mirrors["mirror-1"].skipped) == (7, "", 2)


def test_a_picture_that_is_cut_off_is_left_out(bench: Bench, ring_camera: Opens):
    camera = ring_camera()
    bench.ask(Open(mirror="mirror-1"), camera.raw_fd)
    bench.show(camera, SOMEBODY, length=17)
    assert bench.line.of(Present) == []


def test_a_mirror_before_which_nobody_stands_rests(bench: Bench, ring_camera: Opens, out: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("edge.mirror.mirroring.RESTS_AFTER_NS", 0)
    monkeypatch.setattr("edge.mirror.mirroring.REST_NS", 3_600_000_000_000)
    camera = ring_camera()
    bench.ask(Open(mirror="mirror-1"), camera.raw_fd)
    bench.ask(Fill(mirror="mirror-1"), out)
    for _ in range(3):
        bench.show(camera, NOBODY)
    monkeypatch.setattr("edge.mirror.mirroring.REST_NS", 0)
    with closing(RingReader(out)) as reader:
        rested = reader.newest_sequence
        bench.show(camera, NOBODY)
        assert reader.newest_sequence == rested + 1


def test_a_model_that_cannot_be_used_is_told_and_looked_for_again(
    bench: Bench, ring_camera: Opens, monkeypatch: pytest.MonkeyPatch
):
    camera = ring_camera()
    bench.problem = "fetch it"
    bench.ask(Open(mirror="mirror-1"), camera.raw_fd)
    loading, told = bench.line.of(Beat)[-2:]
    assert (loading.loading, told.loading, told.problem, told.mirrors) == (True, False, "fetch it", {})
    bench.problem = ""
    bench.loop.turn()
    assert bench.painters == [], "not before a minute"
    bench.loop._load_ns = 0
    bench.loop.turn()
    assert len(bench.painters) == 1
    assert bench.line.of(Beat)[-1].problem == ""


def test_what_is_closed_or_opened_anew_is_let_go_of(bench: Bench, ring_camera: Opens, out: int):
    camera = ring_camera()
    bench.ask(Open(mirror="mirror-1"), camera.raw_fd)
    bench.ask(Open(mirror="mirror-1"), camera.raw_fd)
    assert [each.closed for each in bench.painters] == [True, False]
    bench.ask(Fill(mirror="mirror-1"), out)
    bench.ask(Fill(mirror="mirror-1"), out)
    bench.ask(Close(mirror="mirror-1"))
    bench.ask(Close(mirror="mirror-1"))
    bench.ask(Wear(mirror="mirror-1"))
    bench.ask(Fill(mirror="mirror-1"), out)
    assert [each.closed for each in bench.painters] == [True, True]
    assert 0 <= bench.line.waits[-1] <= 1


def test_what_is_no_ring_is_left_alone_and_told(bench: Bench, capsys: pytest.CaptureFixture[str]):
    empty = os.memfd_create("nothing")
    odd = make_ring("odd", slot_bytes=96, width_px=7, height_px=8)
    try:
        bench.ask(Open(mirror="mirror-1"), empty)
        bench.ask(Open(mirror="mirror-1"), odd)
    finally:
        os.close(empty)
        os.close(odd)
    assert capsys.readouterr().err.splitlines() == [
        "Open of mirror-1 is left alone: this is no ring of pictures: it is too short",
        "Open of mirror-1 is left alone: pictures of 7 x 8 cannot be I420",
    ]


def test_a_box_that_does_not_read_is_not_filled_with_beats(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run_file, "BEAT_NS", 0)
    bench.line.is_read = False
    bench.loop.turn()
    assert bench.line.said == []
    bench.line.is_read = True
    bench.loop.turn()
    assert len(bench.line.of(Beat)) == 1
