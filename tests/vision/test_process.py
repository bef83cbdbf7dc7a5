"""The shipped inference process, its models and all, on a real clip through a real camera; and how it stands beside others."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from drivers.cameras.camera import Camera
from drivers.cameras.video_file import VideoFileSettings, capture
from drivers.wires.pictures import Pictures
from edge.status import Board
from edge.vision.eyes import Eyes
from edge.vision.layout import Body, Layout, Zone
from edge.vision.process import PROGRAM, Program, started
from edge.vision.words import Beat, Queued
from tests.media import clip, folder_with
from tests.vision.conftest import Counted

Until = Callable[[Callable[[], bool]], Awaitable[None]]
WITHIN_S = 60.0
WHOLE = Zone(name="street", kind="queue", corners=((0, 0), (1, 0), (1, 1), (0, 1)))


def program(models_dir: Path, detector: str = "auto") -> Program:
    return Program(detector=detector, models_dir=models_dir, threads=1)


async def first_beat(models_dir: Path, detector: str) -> tuple[Beat, psutil.Process]:
    """What a process says that has tried to load its models."""
    async with started(program(models_dir, detector)) as (line, process), asyncio.timeout(WITHIN_S):
        while True:
            for said in await line.hear():
                if isinstance(said, Beat) and said.inferences:
                    shape = psutil.Process(process.pid)
                    assert_stands_back(shape)
                    return said, shape


def assert_stands_back(process: psutil.Process) -> None:
    """Orders come first."""
    assert process.nice() >= min(19, psutil.Process().nice() + 5)
    assert os.sched_getscheduler(process.pid) == os.SCHED_BATCH
    assert int(Path(f"/proc/{process.pid}/oom_score_adj").read_text()) >= 500


async def test_people_are_found_on_a_clip(until: Until) -> None:
    models, video = folder_with("yolox-nano"), clip("vtest.avi")
    settings = VideoFileSettings(path=video, width_px=640, height_px=480, fps=5)
    pictures, counted = Pictures(), Counted()

    async def layouts() -> Body:
        return Body(cameras={"cam-door": Layout(zones=(WHOLE,))})

    async def play(camera: Camera) -> None:
        async with camera, aclosing(camera.readings()) as readings:  # type: ignore[type-var]
            async for _ in readings:
                pass

    eyes = Eyes(names=("cam-door",), fps=5, program=program(models), pictures=pictures, board=Board(), layouts=layouts)
    tasks = [
        asyncio.ensure_future(play(Camera("cam-door", settings, lambda: capture(settings), str(video), pictures))),
        asyncio.ensure_future(eyes.run(counted)),
    ]
    try:
        await until(lambda: any(isinstance(each, Queued) and each.length for each in counted.seen) or tasks[1].done())
        shown = eyes.cameras()["cam-door"]
        assert shown.state == "watched"
        assert shown.figures.processed > 0
        assert eyes.inferences()["people"].state == "on"
        assert eyes.inferences()["people"].ms > 0
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_no_model_is_told_and_the_process_lives(tmp_path: Path) -> None:
    beat, shape = await first_beat(tmp_path, "yolox-nano")
    people = beat.inferences["people"]
    assert people.state == "off"
    assert "storebox models fetch yolox-nano" in people.problem
    assert not shape.is_running()


async def test_a_damaged_model_is_told_and_the_process_lives(tmp_path: Path) -> None:
    (tmp_path / "yolox_nano_416x416.onnx").write_bytes(b"\0" * 3_660_092)
    beat, _ = await first_beat(tmp_path, "yolox-nano")
    assert beat.inferences["people"].state == "off"
    assert "SHA-256" in beat.inferences["people"].problem


@pytest.mark.parametrize(("said", "words"), [(b"", b"the box is gone"), (b"\xff" * 4, b"4294967295 bytes is announced")])
def test_a_process_whose_box_is_gone_ends(tmp_path: Path, said: bytes, words: bytes) -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, *PROGRAM, str(theirs.fileno()), "auto", str(tmp_path), "1"]
    with ours, subprocess.Popen(command, pass_fds=(theirs.fileno(),), stderr=subprocess.PIPE) as process:
        theirs.close()
        ours.sendall(said)
        if not said:
            ours.close()
        _, told = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 0
    assert words in told
