"""The loop of the process that reads faces, turn by turn: rings, key and templates are real, the line and the models are not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import psutil
import pytest

from drivers.wires.picture_ring import make_ring
from edge.faces import run as run_file
from edge.faces.words import (
    Beat,
    Cancel,
    Close,
    Enrol,
    Identify,
    Matched,
    Open,
    Unenrolled,
    Unmatched,
)
from tests.faces.made_up import ANN, BO, DARK, NOBODY, SMALL, STRANGER, TWO

if TYPE_CHECKING:
    from tests.faces.conftest import Bench
    from tests.ring_cameras import RingCamera

    Opens = Callable[..., RingCamera]

WHO = Identify(request="r-1", camera="cam-1", within_ms=20_000)
LEARN_ANN = {"template": "t-ann", "member": "m-ann"}


def test_a_member_is_named_when_three_pictures_agree(bench: Bench, kiosk: RingCamera) -> None:
    bench.ask(WHO)
    before_ns = time.monotonic_ns()
    bench.show(kiosk, ANN, ANN)
    assert bench.of(Matched) == []
    bench.show(kiosk, ANN, ANN)
    (said,) = bench.of(Matched)
    assert (said.request, said.member, said.template, said.score_permille) == ("r-1", "m-ann", "t-ann", 1000)
    assert before_ns <= said.picture_ns <= time.monotonic_ns()
    assert bench.steps == ["looking"]
    assert "m-ann" not in repr(bench.sight.reader)


def test_what_was_taken_before_somebody_asked_is_not_looked_at(bench: Bench, kiosk: RingCamera) -> None:
    kiosk.show(ANN)
    bench.ask(WHO)
    bench.loop.turn()
    assert bench.sight.reader is not None
    assert bench.sight.reader.given == []


def test_no_camera_is_read_unless_somebody_asks(bench: Bench, kiosk: RingCamera) -> None:
    bench.show(kiosk, ANN, BO, STRANGER)
    assert bench.sight.reader is not None
    assert bench.sight.reader.given == []


def test_a_stranger_is_nobody_and_nothing_of_them_is_left(bench: Bench, kiosk: RingCamera) -> None:
    bench.ask(WHO)
    bench.show(kiosk, *[STRANGER] * 6)
    assert bench.of(Unmatched) == [Unmatched(request="r-1", why="stranger")]
    assert bench.sight.reader is not None
    assert len(bench.sight.reader.given) == 5
    assert not any(each.values.any() for each in bench.sight.reader.given)


def test_a_thousand_strangers_are_nobody_and_the_memory_stays_as_it_is(bench: Bench, kiosk: RingCamera) -> None:
    process, sizes = psutil.Process(), []
    for number in range(1000):
        bench.ask(Identify(request=f"r-{number}", camera="cam-1", within_ms=20_000))
        bench.show(kiosk, *[STRANGER] * 5)
        if number in {200, 999}:
            sizes.append(process.memory_info().rss)
    assert [each.why for each in bench.of(Unmatched)] == ["stranger"] * 1000
    assert bench.of(Matched) == []
    assert sizes[1] - sizes[0] < 8 << 20


def test_pictures_that_disagree_are_unsure(bench: Bench, kiosk: RingCamera) -> None:
    bench.ask(WHO)
    bench.show(kiosk, ANN, BO)
    assert bench.of(Unmatched) == [Unmatched(request="r-1", why="unsure")]


def test_what_keeps_a_face_from_being_read_is_told_when_it_changes(bench: Bench, kiosk: RingCamera) -> None:
    bench.ask(WHO)
    bench.show(kiosk, NOBODY, NOBODY, SMALL, TWO, TWO, DARK, ANN, ANN, ANN)
    assert bench.steps == ["no-face", "too-small", "several-faces", "too-dark", "looking"]
    assert len(bench.of(Matched)) == 1, "a picture that cannot be read has no vote"


def test_a_request_ends_in_time(bench: Bench, kiosk: RingCamera) -> None:
    bench.ask(Identify(request="r-1", camera="cam-1", within_ms=0))
    assert bench.of(Unmatched) == [Unmatched(request="r-1", why="timeout")]


def test_a_camera_has_one_request_at_a_time(bench: Bench, kiosk: RingCamera) -> None:
    bench.ask(WHO)
    bench.ask(Identify(request="r-2", camera="cam-1", within_ms=20_000))
    bench.ask(Enrol(request="e-1", camera="cam-1", member="m-cy", template="t-cy", within_ms=20_000))
    assert bench.of(Unmatched) == [Unmatched(request="r-2", why="busy")]
    assert bench.of(Unenrolled) == [Unenrolled(request="e-1", why="busy")]
    bench.show(kiosk, ANN, ANN, ANN)
    bench.ask(Identify(request="r-3", camera="cam-1", within_ms=20_000))
    bench.show(kiosk, BO, BO, BO)
    assert [(each.request, each.member) for each in bench.of(Matched)] == [("r-1", "m-ann"), ("r-3", "m-bo")]


def test_two_screens_are_asked_at_once(bench: Bench, kiosk: RingCamera, ring_camera: Opens) -> None:
    other = ring_camera("cam-2")
    bench.open(other, "cam-2")
    bench.ask(WHO)
    bench.ask(Identify(request="r-2", camera="cam-2", within_ms=20_000))
    for _ in range(4):
        bench.show(kiosk, ANN)
        bench.show(other, BO)
    assert {each.request: each.member for each in bench.of(Matched)} == {"r-1": "m-ann", "r-2": "m-bo"}


def test_a_camera_that_is_not_open_is_gone(bench: Bench, kiosk: RingCamera) -> None:
    bench.ask(Identify(request="r-1", camera="cam-9", within_ms=20_000))
    bench.ask(WHO)
    bench.ask(Close(camera="cam-1"))
    bench.ask(Close(camera="cam-1"))
    assert [each.why for each in bench.of(Unmatched)] == ["camera-gone", "camera-gone"]
    bench.ask(WHO)
    assert bench.of(Unmatched)[-1].why == "camera-gone"


def test_a_camera_that_is_opened_anew_goes_on(bench: Bench, kiosk: RingCamera, ring_camera: Opens) -> None:
    bench.ask(WHO)
    bench.show(kiosk, ANN)
    again = ring_camera("cam-1")
    bench.open(again)
    bench.show(again, ANN, ANN)
    assert len(bench.of(Matched)) == 1


def test_nobody_waits_any_more(bench: Bench, kiosk: RingCamera) -> None:
    bench.ask(WHO)
    bench.show(kiosk, ANN, ANN)
    bench.ask(Cancel(request="r-1"))
    bench.ask(Cancel(request="r-1"))
    bench.show(kiosk, ANN)
    assert bench.of(Unmatched) == [Unmatched(request="r-1", why="cancelled")]
    assert bench.of(Matched) == []


def test_what_is_no_picture_is_not_looked_at(bench: Bench, kiosk: RingCamera) -> None:
    bench.ask(WHO)
    kiosk.show(ANN, length=17)
    bench.loop.turn()
    assert bench.of(Matched) == []
    assert bench.steps == []


def test_what_is_no_ring_is_left_alone_and_told(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    empty = os.memfd_create("nothing")
    odd = make_ring("odd", slot_bytes=96, width_px=7, height_px=8)
    try:
        bench.ask(Open(camera="cam-1", kind="kiosk"), empty)
        bench.ask(Open(camera="cam-1", kind="mirror"), odd)
    finally:
        os.close(empty)
        os.close(odd)
    assert capsys.readouterr().err.splitlines() == [
        "Open of cam-1 is left alone: this is no ring of pictures: it is too short",
        "Open of cam-1 is left alone: pictures of 7 x 8 cannot be I420",
    ]
    bench.ask(WHO)
    assert bench.of(Unmatched)[-1].why == "camera-gone"


def test_a_model_that_is_missing_for_enrolment_alone_is_told(bench: Bench, kiosk: RingCamera) -> None:
    bench.ask(Enrol(request="e-1", camera="cam-1", member="m-cy", template="t-cy", within_ms=20_000))
    assert bench.of(Unenrolled) == [Unenrolled(request="e-1", why="off")]
    assert bench.steps == ["loading"]
    loading, told = bench.of(Beat)[-2:]
    assert (loading.loading, told.loading) == (True, False)
    assert "storebox models fetch" in told.no_enrolment
    assert told.problem == ""
    bench.ask(WHO)
    bench.show(kiosk, ANN, ANN, ANN)
    assert len(bench.of(Matched)) == 1


def test_a_box_that_does_not_read_is_not_filled_with_beats(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_file, "BEAT_NS", 0)
    bench.line.is_read = False
    bench.loop.turn()
    bench.loop.turn()
    assert bench.line.said == []
    bench.line.is_read = True
    bench.loop.turn()
    (beat,) = bench.of(Beat)
    assert (beat.loading, beat.templates, beat.rss_bytes) == (False, 0, 7)


def test_it_sleeps_while_nobody_asks(bench: Bench, kiosk: RingCamera) -> None:
    bench.loop.turn()
    assert bench.line.waits[-1] > run_file.POLL_S
    bench.ask(WHO)
    bench.loop.turn()
    assert bench.line.waits[-1] <= run_file.POLL_S
