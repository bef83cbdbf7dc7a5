"""What is said of a camera that is to count, and how many pictures a second it brings."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from drivers.room_readings import CameraSeen
from drivers.wires.pictures import Pictures
from edge.status import DeviceStatus
from edge.vision.camera_state import camera_shown
from edge.vision.live import HIDE_AFTER_S, Live
from edge.vision.rates import Rate, Rates
from edge.vision.words import Beat, CameraFigures, Inference

if TYPE_CHECKING:
    from tests.ring_cameras import RingCamera

    Opens = Callable[..., RingCamera]

NOW_NS = 100_000_000_000
GONE = DeviceStatus(
    device="cam-door",
    kind="camera",
    driver="camera/rtsp",
    state="gone",
    since=datetime(2026, 11, 21, tzinfo=UTC),
    problem="192.168.1.20 does not answer: is it on and cabled?",
    reopened=7,
)
SEEN = CameraFigures(pictures=10, processed=5, newest_ns=NOW_NS - 1)
PEOPLE = Inference(model="yolox-nano", state="on")


def seen(picture: Any) -> CameraSeen:
    size = {"width_px": 64, "height_px": 36}
    return CameraSeen(device="cam-door", at=GONE.since, monotonic_ms=1, picture=picture, fps=5.0, frames=9, skipped=0, **size)


def shown(pictures: Pictures, **changes: Any) -> tuple[str, str]:
    known = {"device": None, "figures": SEEN, "rate": Rate(came=5.0, seen=5.0), "people": PEOPLE, "now_ns": NOW_NS}
    camera = camera_shown(rings=pictures.rings.get("cam-door"), **(known | changes))
    return camera.state, camera.problem


def test_a_camera_that_is_not_watched_says_why(pictures: Pictures, ring_camera: Opens):
    assert shown(pictures, device=GONE) == ("waiting", GONE.problem)
    assert shown(pictures) == ("waiting", "it is not open")
    ring_camera()
    assert shown(pictures, device=GONE) == ("watched", "")
    assert shown(pictures, figures=None) == ("waiting", "the inference process does not look at it yet")
    assert shown(pictures, rate=Rate()) == ("waiting", "no picture comes from it")
    assert shown(pictures, device=GONE, rate=Rate()) == ("waiting", GONE.problem), "it is tried again, and its rings are there"
    stands = CameraFigures(pictures=10, newest_ns=NOW_NS - 6_000_000_000)
    assert shown(pictures, figures=stands) == (
        "waiting",
        "its picture stands still, so nobody is counted: is the camera frozen?",
    )
    assert shown(pictures, figures=stands, device=replace(GONE, reading=seen("black"))) == (
        "waiting",
        "its picture is black, so nobody is counted: is it dark there, or the lens covered?",
    )
    assert "frozen" in shown(pictures, figures=stands, device=replace(GONE, reading=seen("frozen")))[1]
    off = Inference(model="yolox-nano", state="off", problem="fetch it")
    assert shown(pictures, people=off, figures=stands) == ("blind", "fetch it")


def test_a_camera_says_its_size_and_how_often_it_was_opened(pictures: Pictures, ring_camera: Opens):
    ring_camera()
    rate = Rate(came=9.96, seen=5.04, skipped=4.92)
    rings = pictures.rings["cam-door"]
    camera = camera_shown(device=GONE, rings=rings, figures=SEEN, rate=rate, people=None, now_ns=NOW_NS)
    assert (camera.width_px, camera.height_px, camera.reopened) == (64, 36, 7)
    assert (camera.fps_in, camera.fps_processed, camera.fps_skipped) == (10.0, 5.0, 4.9)


def beat(seconds: float, **figures: int) -> Beat:
    return Beat(at_ns=int(seconds * 1e9), inferences={}, cameras={"cam-door": CameraFigures(**figures)})


def test_rates_are_those_of_the_last_five_seconds():
    rates = Rates()
    assert rates.take(beat(0)) == {"cam-door": Rate()}
    for second in range(1, 10):
        told = rates.take(beat(second, pictures=10 * second, processed=4 * second, still=second, skipped=5 * second))
        assert told == {"cam-door": Rate(came=10.0, seen=5.0, skipped=5.0)}
    for second in range(10, 15):
        told = rates.take(beat(second, pictures=90, processed=36, still=9, skipped=45))
    assert told == {"cam-door": Rate()}


def test_figures_that_begin_anew_are_no_rate():
    rates = Rates()
    rates.take(beat(0, pictures=1000))
    assert rates.take(beat(1, pictures=3)) == {"cam-door": Rate()}
    assert rates.take(beat(2, pictures=13)) == {"cam-door": Rate(came=10.0)}, "a camera that was opened anew"
    rates.clear()
    assert rates.take(beat(2, pictures=5)) == {"cam-door": Rate()}
    assert rates.take(beat(3, pictures=5, starved=2, skipped=1)) == {"cam-door": Rate(skipped=3.0)}


def test_a_live_ring_is_kept_as_long_as_somebody_asks():
    now = [0.0]
    live = Live(clock=lambda: now[0])
    reader = live.look("cam-door", (64, 36))
    assert (reader.ring.width_px, reader.ring.height_px, reader.ring.slot_bytes) == (64, 36, 64 * 36)
    now[0] = HIDE_AFTER_S - 1
    assert live.look("cam-door", (64, 36)) is reader
    now[0] = 2 * HIDE_AFTER_S - 2
    assert live.wanted().keys() == {"cam-door"}
    now[0] += 1
    assert live.wanted() == {}
    assert reader.newest_sequence == 0, "who still holds it can still read it"
    assert live.look("cam-door", (64, 36)) is not reader
    other = live.wanted()["cam-door"]
    assert live.look("cam-door", (128, 72)) is not other.reader
    assert os.fstat(other.descriptor).st_size > 0, "the process may still be told of it"
    newest = live.wanted()["cam-door"]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(other.descriptor)
    now[0] += HIDE_AFTER_S
    assert live.wanted() == {}
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(newest.descriptor)
