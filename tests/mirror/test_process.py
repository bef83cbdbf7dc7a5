"""The shipped process of the mirrors with its model: how it stands beside others, and what it says without one."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from drivers.wires.picture_ring import RingReader, make_ring
from edge.child import child
from edge.mirror.makeup import PROGRAM
from edge.mirror.words import SPEECH, Beat, Fill, Open, Present
from tests.media import folder_with
from tests.mirror.made_up import NOBODY

if TYPE_CHECKING:
    from tests.ring_cameras import RingCamera

    Opens = Callable[..., RingCamera]

WITHIN_S = 60.0


def assert_stands_back(process: psutil.Process) -> None:
    """Orders come first, and mirrors before the counting."""
    own = psutil.Process().nice()
    assert min(19, own + 1) <= process.nice() < max(20, own + 5)
    assert os.sched_getscheduler(process.pid) == os.sched_getscheduler(0)
    assert int(Path(f"/proc/{process.pid}/oom_score_adj").read_text()) >= 500


def assert_loads_no_more_than_it_needs(process: psutil.Process) -> None:
    """It draws no plots and records no sound; its memory is the shop's."""
    mapped = [each.path for each in process.memory_maps()]
    assert any("/mediapipe/" in path for path in mapped)
    assert not [path for path in mapped if any(word in path for word in ("/matplotlib/", "portaudio", "/scipy/"))]


async def test_a_face_is_looked_for_and_the_picture_comes_out(ring_camera: Opens) -> None:
    models, camera = folder_with("face-landmarker"), ring_camera(size=(320, 240))
    out = make_ring("painted", slot_bytes=320 * 240, width_px=320, height_px=240)
    reader = RingReader(out)
    try:
        async with child(PROGRAM, (str(models),), SPEECH) as (line, process), asyncio.timeout(WITHIN_S):
            await line.say(Open(mirror="mirror-1"), camera.raw_fd)
            await line.say(Fill(mirror="mirror-1"), out)
            heard: list[object] = []
            while not (reader.newest_sequence and any(isinstance(each, Present) for each in heard)):
                camera.show(NOBODY)
                heard += await line.hear()
            shape = psutil.Process(process.pid)
            assert_stands_back(shape)
            (told,) = [each for each in heard if isinstance(each, Present)]
            assert (told.faces, told.problem) == (0, "no-face")
            assert_loads_no_more_than_it_needs(shape)
        assert not shape.is_running()
    finally:
        reader.close()
        os.close(out)


async def test_no_model_is_told_and_the_process_lives(ring_camera: Opens, tmp_path: Path) -> None:
    camera = ring_camera()
    async with child(PROGRAM, (str(tmp_path),), SPEECH) as (line, process), asyncio.timeout(WITHIN_S):
        await line.say(Open(mirror="mirror-1"), camera.raw_fd)
        problem = ""
        while not problem:
            problem = "".join(said.problem for said in await line.hear() if isinstance(said, Beat))
        assert "storebox models fetch face-landmarker" in problem
        assert process.returncode is None


@pytest.mark.parametrize(("said", "words"), [(b"", b"the box is gone"), (b"\xff" * 4, b"4294967295 bytes is announced")])
def test_a_process_whose_box_is_gone_ends(tmp_path: Path, said: bytes, words: bytes) -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, *PROGRAM, str(theirs.fileno()), str(tmp_path)]
    with ours, subprocess.Popen(command, pass_fds=(theirs.fileno(),), stderr=subprocess.PIPE) as process:
        theirs.close()
        ours.sendall(said)
        if not said:
            ours.close()
        _, told = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 0
    assert words in told
