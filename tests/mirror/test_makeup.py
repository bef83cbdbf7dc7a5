"""The box and the process of its mirrors, a real one with a made-up model: what is worn is seen, and no fault of it stays."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import psutil
import pytest

from config.schema import Plugged
from drivers.mirrors.kiosk import KioskSettings
from drivers.mirrors.page import PageSettings
from edge.child import ProcessFailed
from edge.mirror import makeup as makeup_file
from edge.mirror.makeup import Makeup, mirrors_of, model_problem
from edge.mirror.shades import Shade
from edge.mirror.words import Worn
from edge.parts import Parts
from tests.media import folder_with
from tests.mirror.made_up import DARK, DEADLY, ENDLESS, NOBODY, SOMEBODY, TWO

if TYPE_CHECKING:
    from tests.mirror.conftest import Painting, Paints
    from tests.ring_cameras import RingCamera

    Opens = Callable[..., RingCamera]
    Until = Callable[[Callable[[], bool]], Awaitable[None]]

WITHIN_S = 60.0
RED = Shade(sku="rouge-01", region="lips", srgb="#a3283c")

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


def grey(makeup: Makeup) -> int:
    """How bright the newest painted picture is; -1 while there is none."""
    ring = makeup.ring("mirror-1")
    picture = None if ring is None else ring.newest()
    if picture is None:
        return -1
    decoded = cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    return round(float(decoded.mean()))


def stands(makeup: Makeup) -> tuple[int, str]:
    present = makeup.present("mirror-1")
    return (-1, "") if present is None else (present.faces, present.problem)


def children() -> list[psutil.Process]:
    """The mirrors' processes of this test."""
    found = [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]
    return [each for each in found if any("made_up.py" in word for word in each.cmdline())]


async def fails(box: Painting) -> str:
    async with asyncio.timeout(WITHIN_S):
        with pytest.raises(ProcessFailed) as caught:
            await box.running
    return str(caught.value)


async def test_what_is_worn_is_seen_who_stands_there_is_told_and_a_camera_that_comes_back_goes_on(
    ring_camera: Opens, painting: Paints, until: Until
):
    camera = ring_camera()
    async with painting() as box:
        makeup = box.makeup
        assert makeup.ring("mirror-1") is None
        await shown_until(camera, SOMEBODY, lambda: grey(makeup) == 50)
        makeup.wear("mirror-1", [(Worn(shade=RED, intensity_percent=70),)], None)
        await shown_until(camera, SOMEBODY, lambda: grey(makeup) == 120)
        assert stands(makeup) == (1, "")
        await shown_until(camera, NOBODY, lambda: stands(makeup) == (0, "no-face"))
        await shown_until(camera, TWO, lambda: stands(makeup) == (2, "two-faces"))
        await shown_until(camera, DARK, lambda: stands(makeup) == (1, "too-dark"))
        await shown_until(camera, SOMEBODY, lambda: makeup.figures()["mirror-1"].fps > 0)
        assert makeup.figures()["mirror-1"].frame_ms > 0
        await goes_on_when_the_camera_is_back(camera, makeup, until)


async def goes_on_when_the_camera_is_back(camera: RingCamera, makeup: Makeup, until: Until) -> None:
    makeup.wear("mirror-1", [(Worn(shade=RED, intensity_percent=60),)], 500)
    await shown_until(camera, SOMEBODY, lambda: grey(makeup) == 110)
    camera.close()
    await until(lambda: makeup.ring("mirror-1") is None)
    assert makeup.present("mirror-1") is None
    camera.open((128, 72))
    await shown_until(camera, SOMEBODY, lambda: grey(makeup) == 110)
    ring = makeup.ring("mirror-1")
    assert ring is not None
    assert (ring.ring.width_px, ring.ring.height_px) == (128, 72)


async def test_a_killed_process_is_started_again_and_paints_the_same(ring_camera: Opens, painting: Paints):
    camera = ring_camera()
    async with painting() as box, asyncio.TaskGroup() as group:
        makeup = box.makeup
        box.running.cancel()
        await asyncio.wait([box.running])
        part = Parts(board=box.board, group=group).start("mirror", makeup.run)
        makeup.wear("mirror-1", [(Worn(shade=RED, intensity_percent=70),)], None)
        await shown_until(camera, SOMEBODY, lambda: grey(makeup) == 120)
        (first,) = children()
        first.kill()
        await shown_until(camera, SOMEBODY, lambda: "mirror" in box.board.alarms)
        assert box.board.alarms["mirror"] == KILLED
        assert makeup.ring("mirror-1") is None, "the page shows the camera's own pictures meanwhile"
        await shown_until(camera, SOMEBODY, lambda: grey(makeup) == 120)
        part.cancel()


async def test_the_process_is_started_anew_for_another_model_and_paints_the_same(ring_camera: Opens, painting: Paints):
    camera = ring_camera()
    async with painting() as box:
        makeup = box.makeup
        makeup.wear("mirror-1", [(Worn(shade=RED, intensity_percent=70),)], None)
        await shown_until(camera, SOMEBODY, lambda: grey(makeup) == 120)
        (first,) = children()
        assert makeup.tasks == {"face-landmarks"}
        makeup.renew()
        await shown_until(camera, SOMEBODY, lambda: [each for each in children() if each.pid != first.pid])
        await shown_until(camera, SOMEBODY, lambda: grey(makeup) == 120)
        assert not box.running.done()
        assert box.board.alarms == {}


async def test_a_picture_that_kills_the_process_ends_it(ring_camera: Opens, painting: Paints):
    camera = ring_camera()
    async with painting() as box:
        showing = asyncio.ensure_future(shown_until(camera, DEADLY, lambda: False))
        assert await fails(box) == KILLED
        showing.cancel()
        assert children() == []


@pytest.mark.parametrize("how", ["stopped", "endless"])
async def test_a_process_that_hangs_is_killed(ring_camera: Opens, painting: Paints, how: str, monkeypatch: pytest.MonkeyPatch):
    camera = ring_camera()
    async with painting() as box:
        await shown_until(camera, SOMEBODY, lambda: grey(box.makeup) == 50)
        monkeypatch.setattr(makeup_file, "BEATS_WITHIN_S", 3.0)
        (process,) = children()
        if how == "stopped":
            os.kill(process.pid, signal.SIGSTOP)
            box.makeup._patience.wait(3.0)
        showing = asyncio.ensure_future(shown_until(camera, ENDLESS, lambda: False))
        box.makeup._patience.wait(5.0)
        assert await fails(box) == "the inference process has not beaten in time: it hangs, is killed and started again"
        showing.cancel()
        assert not process.is_running()


async def test_a_process_that_leaks_is_ended(ring_camera: Opens, painting: Paints, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(makeup_file, "MOST_BYTES", 1)
    ring_camera()
    async with painting() as box:
        problem = await fails(box)
        assert problem.startswith("the mirrors' process takes ")
        assert problem.endswith(" MiB: it leaks, is killed and started again")


async def test_without_a_model_no_process_runs_and_one_alarm_says_what_to_do(ring_camera: Opens, painting: Paints, until: Until):
    camera = ring_camera()
    async with painting(problem="mirrors show no makeup: fetch it") as box:
        await until(lambda: box.board.alarms == {"makeup": "mirrors show no makeup: fetch it"})
        assert children() == []
        assert box.makeup.ring("mirror-1") is None
        box.problem[0] = ""
        await shown_until(camera, SOMEBODY, lambda: grey(box.makeup) == 50)
        assert box.board.alarms == {}
        box.mirrors.clear()
        await until(lambda: not box.makeup._painted)
        assert children() == []


async def test_a_model_that_the_process_cannot_use_is_told(ring_camera: Opens, painting: Paints):
    camera = ring_camera()
    async with painting(models="none") as box:
        told = {"makeup": "mirrors show no makeup: fetch it: storebox models fetch face-landmarker"}
        await shown_until(camera, SOMEBODY, lambda: box.board.alarms == told)
        assert box.makeup.ring("mirror-1") is None


def test_a_missing_and_a_damaged_model_say_what_to_do(tmp_path: Path):
    assert "storebox models fetch face-landmarker" in model_problem(tmp_path)
    (tmp_path / "face_landmarker.task").write_bytes(b"\0" * 3_758_596)
    assert "SHA-256" in model_problem(tmp_path)
    (tmp_path / "manifest.json").write_bytes(b"{")
    assert model_problem(tmp_path).startswith(f"mirrors show no makeup: {tmp_path}/manifest.json is damaged")
    assert model_problem(folder_with("face-landmarker")) == ""


def test_the_mirrors_are_those_on_our_own_page():
    plugged = {
        "mirror-1": Plugged(driver="mirror/page", settings=PageSettings(camera="cam-1")),
        "mirror-2": Plugged(driver="mirror/kiosk", settings=KioskSettings(camera="cam-1")),
    }
    assert mirrors_of(plugged) == {"mirror-1": "cam-1"}
