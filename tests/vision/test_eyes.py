"""The box and its inference process, which is a real one with models made up: what is seen is told, and no fault of it stays."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import psutil
import pytest

from edge.child import MIND_S, ProcessFailed
from edge.parts import Parts
from edge.vision import eyes as eyes_file
from edge.vision.layout import Body, Layout, Line
from edge.vision.words import Crossed, Visited
from sync.disk import JournalUnavailable
from tests.vision.made_up import DEADLY, ENDLESS, GARBLED, NOBODY, SOMEBODY

if TYPE_CHECKING:
    from drivers.wires.picture_ring import RingReader
    from tests.ring_cameras import RingCamera
    from tests.vision.conftest import Watches, Watching

    Opens = Callable[..., RingCamera]
    Until = Callable[[Callable[[], bool]], Awaitable[None]]

WITHIN_S = 60.0
EXIT = Layout(lines=(Line(name="exit", a=(0.1, 0.5), b=(0.9, 0.5), inside=(0.5, 0.9)),))

KILLED = (
    "the inference process has ended by signal 9 (SIGKILL: somebody killed it, or the kernel for want of memory);"
    " it is started again"
)


async def shown_until(camera: RingCamera, code: int, holds: Callable[[], object]) -> None:
    """Fifty pictures a second, until something holds."""
    async with asyncio.timeout(WITHIN_S):
        while not holds():
            camera.show(code)
            await asyncio.sleep(0.02)


def crossings(box: Watching, line: str) -> list[Crossed]:
    return [each for each in box.counted.seen if isinstance(each, Crossed) and each.line == line]


def visits(box: Watching) -> list[Visited]:
    return [each for each in box.counted.seen if isinstance(each, Visited)]


def children() -> list[psutil.Process]:
    """The inference processes of this test."""
    found = []
    for each in psutil.Process().children():
        try:
            is_ours = any("made_up.py" in word for word in each.cmdline())
        except psutil.Error:
            continue
        if is_ours and each.status() != psutil.STATUS_ZOMBIE:
            found.append(each)
    return found


async def fails(box: Watching) -> str:
    async with asyncio.timeout(WITHIN_S):
        with pytest.raises(ProcessFailed) as caught:
            await box.running
    return str(caught.value)


async def test_what_visitors_do_is_told_and_each_camera_is_shown(ring_camera: Opens, watching: Watches):
    began_ns = time.monotonic_ns()
    camera = ring_camera()
    async with watching("cam-door", "cam-till") as box:
        await shown_until(camera, SOMEBODY, lambda: len(crossings(box, "door")) >= 3 and box.eyes.cameras()["cam-door"].fps_in)
        door, till = box.eyes.cameras()["cam-door"], box.eyes.cameras()["cam-till"]
        assert (door.state, door.problem, door.width_px, door.height_px) == ("watched", "", 64, 36)
        assert door.figures.processed > 0
        assert door.figures.people == 1
        assert (till.state, till.problem) == ("waiting", "it is not open")
        assert box.eyes.inferences()["people"].state == "on"
        assert box.counted.looks[-1].keys() == {"cam-door"}
        assert box.eyes.crossings("cam-door", began_ns) == crossings(box, "door")
        assert box.eyes.crossings("cam-door", time.monotonic_ns()) == []
        assert box.eyes.crossings("cam-till", began_ns) == []
        assert box.board.vision is not None
        assert (box.board.vision.state, box.board.vision.restarts) == ("on", 0)
        assert box.board.vision.rss_bytes > 1_000_000


async def test_a_camera_that_is_opened_anew_is_watched_on_and_shown_on(ring_camera: Opens, watching: Watches, until: Until):
    camera = ring_camera()
    async with watching("cam-door") as box:
        await shown_until(camera, SOMEBODY, lambda: crossings(box, "door"))
        live = await live_picture(box, camera)
        camera.reopen()
        before = len(crossings(box, "door"))
        await shown_until(camera, SOMEBODY, lambda: len(crossings(box, "door")) > before)
        assert not visits(box), "its tracks go on"

        camera.reopen((128, 72))
        await shown_until(camera, SOMEBODY, lambda: box.eyes.cameras()["cam-door"].width_px == 128)
        assert visits(box), "another picture: its tracks have ended"
        other = box.eyes.live("cam-door")
        assert other is not None
        assert other is not live
        await shown_until(camera, SOMEBODY, lambda: other.newest_sequence >= 1)

        box.body = Body(cameras={"cam-door": EXIT})
        await shown_until(camera, SOMEBODY, lambda: crossings(box, "exit"))

        before = len(visits(box))
        del box.eyes.pictures.rings["cam-door"]
        await until(lambda: len(visits(box)) > before)
        await until(lambda: box.eyes.cameras()["cam-door"].problem == "it is not open")


async def live_picture(box: Watching, camera: RingCamera) -> RingReader:
    """It comes while somebody looks, of a camera that counts."""
    assert box.eyes.live("cam-attic") is None
    ring = box.eyes.live("cam-door")
    assert ring is not None
    await shown_until(camera, SOMEBODY, lambda: ring.newest_sequence >= 2)
    picture = ring.newest()
    assert picture is not None
    assert picture.data == b"shown 64"
    assert box.eyes.live("cam-door") is ring
    return ring


async def test_without_a_journal_the_last_layout_counts_and_a_box_that_stops_hears_what_was_going_on(
    ring_camera: Opens, watching: Watches, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(eyes_file, "LEAVES_WITHIN_S", WITHIN_S)
    camera = ring_camera()
    async with watching("cam-door") as box:
        await shown_until(camera, SOMEBODY, lambda: crossings(box, "door"))
        asked: list[int] = []

        async def closed() -> Body:
            asked.append(1)
            raise JournalUnavailable("the disk is gone")

        box.eyes.layouts = closed
        await shown_until(camera, SOMEBODY, lambda: asked)
        before = len(crossings(box, "door"))
        await shown_until(camera, SOMEBODY, lambda: len(crossings(box, "door")) > before)

        box.running.cancel()
        async with asyncio.timeout(WITHIN_S):
            await asyncio.wait([box.running])
        assert box.running.cancelled()
        assert [type(each) for each in box.counted.seen[-1:]] == [Visited]
        assert children() == []


async def test_no_model_is_an_alarm_and_cameras_are_blind(ring_camera: Opens, watching: Watches):
    camera = ring_camera()
    async with watching("cam-door", models="none") as box:
        await shown_until(camera, SOMEBODY, lambda: box.eyes.cameras()["cam-door"].state == "blind")
        assert box.eyes.cameras()["cam-door"].problem == "fetch it: storebox models fetch"
        assert box.board.alarms == {"people inference": "fetch it: storebox models fetch"}
        assert box.counted.seen == []


async def test_a_killed_process_is_started_again_and_goes_on(ring_camera: Opens, watching: Watches):
    camera = ring_camera()
    async with watching("cam-door") as box, asyncio.TaskGroup() as group:
        box.running.cancel()
        await asyncio.wait([box.running])
        box.board.alarms.clear()
        part = Parts(board=box.board, group=group).start("vision", lambda: box.eyes.run(box.counted))
        await shown_until(camera, SOMEBODY, lambda: crossings(box, "door"))
        (first,) = children()
        first.kill()
        await shown_until(camera, SOMEBODY, lambda: "vision" in box.board.alarms)
        assert box.board.alarms["vision"] == KILLED
        before = len(crossings(box, "door"))
        await shown_until(camera, SOMEBODY, lambda: len(crossings(box, "door")) > before)
        (second,) = children()
        assert second.pid != first.pid
        await shown_until(camera, NOBODY, lambda: "vision" not in box.board.alarms)
        assert box.board.vision is not None
        assert box.board.vision.restarts == 1
        part.cancel()


async def test_a_process_that_hangs_is_killed(ring_camera: Opens, watching: Watches, monkeypatch: pytest.MonkeyPatch):
    camera = ring_camera()
    async with watching("cam-door") as box:
        await shown_until(camera, SOMEBODY, lambda: crossings(box, "door"))
        (process,) = children()
        monkeypatch.setattr(eyes_file, "BEATS_WITHIN_S", 3.0)
        beats = len(box.counted.looks)
        await shown_until(camera, SOMEBODY, lambda: len(box.counted.looks) > beats)
        os.kill(process.pid, signal.SIGSTOP)
        assert await fails(box) == "the inference process has not beaten in time: it hangs, is killed and started again"
        assert not process.is_running()


async def test_a_model_that_hangs_stops_the_beat(ring_camera: Opens, watching: Watches, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(eyes_file, "BEATS_WITHIN_S", 3.0)
    camera = ring_camera()
    async with watching("cam-door") as box:
        showing = asyncio.ensure_future(shown_until(camera, ENDLESS, lambda: False))
        assert "has not beaten in time" in await fails(box)
        showing.cancel()
        assert children() == []


async def test_a_box_that_stood_still_itself_kills_nobody(watching: Watches):
    async with watching("cam-door") as box:
        box.running.cancel()
        box.eyes._wait(2 * MIND_S)
        minding = asyncio.ensure_future(box.eyes._patience.mind())
        await asyncio.sleep(0)
        time.sleep(4 * MIND_S)  # noqa: ASYNC251 - the whole box
        for _ in range(5):
            await asyncio.sleep(0)
        assert not minding.done(), "what the process said meanwhile is read first"
        async with asyncio.timeout(WITHIN_S):
            with pytest.raises(ProcessFailed):
                await minding


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (DEADLY, KILLED),
        (GARBLED, "a word of 4294967295 bytes is announced; 1048576 are taken; it is started again"),
    ],
)
async def test_a_process_that_dies_or_raves_is_ended(ring_camera: Opens, watching: Watches, code: int, problem: str):
    camera = ring_camera()
    async with watching("cam-door") as box:
        showing = asyncio.ensure_future(shown_until(camera, code, lambda: False))
        assert await fails(box) == problem
        showing.cancel()
        assert children() == []
        assert box.eyes.cameras()["cam-door"].problem == problem


async def test_a_process_that_leaks_is_ended(watching: Watches, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(eyes_file, "MOST_BYTES", 1)
    async with watching("cam-door") as box:
        problem = await fails(box)
        assert problem.startswith("the inference process takes ")
        assert problem.endswith(" MiB: it leaks, is killed and started again")


async def test_a_machine_without_memory_says_so(watching: Watches, monkeypatch: pytest.MonkeyPatch):
    async def refuse(*_words: object, **_how: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    async with watching("cam-door") as box:
        assert (
            await fails(box) == "the inference process cannot be started (Cannot allocate memory): is the machine out of memory?"
        )


async def test_the_process_is_started_anew_for_other_models_and_that_is_no_failure(ring_camera: Opens, watching: Watches):
    camera = ring_camera()
    async with watching("cam-door") as box:
        await shown_until(camera, SOMEBODY, lambda: crossings(box, "door"))
        (first,) = children()
        box.eyes.renew()
        await shown_until(camera, SOMEBODY, lambda: [each for each in children() if each.pid != first.pid])
        before = len(crossings(box, "door"))
        await shown_until(camera, SOMEBODY, lambda: len(crossings(box, "door")) > before)
        assert not box.running.done()
        assert "vision" not in box.board.alarms
