"""Cameras without a lens: rings as a camera's process fills them, written by the test; and the eyes of a box that look there."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from drivers.wires.picture_ring import RingReader, RingWriter, make_ring
from drivers.wires.pictures import Pictures, Rings
from edge.status import Board
from edge.vision import eyes as eyes_file
from edge.vision.eyes import Eyes
from edge.vision.layout import Body, Layout, Line
from edge.vision.process import Program
from edge.vision.words import CameraFigures, Seen

SIZE = 64, 36
PROGRAM = ("-P", str(Path(__file__).with_name("made_up.py")))
DOOR = Layout(lines=(Line(name="door", a=(0.1, 0.5), b=(0.9, 0.5), inside=(0.5, 0.9)),))


class RingCamera:
    """A camera that is open while its rings are in ``pictures``."""

    def __init__(self, name: str, pictures: Pictures, size: tuple[int, int] = SIZE) -> None:
        self._name, self._pictures, self._count = name, pictures, 0
        self.open(size)

    def open(self, size: tuple[int, int] = SIZE) -> None:
        """New rings, as with each opening of a camera."""
        width_px, height_px = size
        self.length = width_px * height_px * 3 // 2
        self.raw_fd = make_ring(self._name, slot_bytes=self.length, width_px=width_px, height_px=height_px)
        self._writer, self._reader = RingWriter(self.raw_fd), RingReader(self.raw_fd)
        self._rings = self._pictures.rings[self._name] = Rings(raw_fd=self.raw_fd, raw=self._reader, jpeg=None)

    def show(self, code: int, *, same: bool = False, length: int | None = None) -> None:
        """A picture of one grey, which is the code; no two are the same unless ``same``."""
        self._count += not same
        grey = bytearray([code]) * (self.length * 2 // 3)
        grey[-4:] = self._count.to_bytes(4)
        room = self._writer.room
        room[: self.length] = bytes(grey) + bytes([128]) * (self.length // 3)
        self._writer.publish(self.length if length is None else length, time.monotonic_ns())

    def close(self) -> None:
        """It is gone."""
        if self._pictures.rings.get(self._name) is self._rings:
            del self._pictures.rings[self._name]
        self._reader.close()
        self._writer.close()
        os.close(self.raw_fd)

    def reopen(self, size: tuple[int, int] = SIZE) -> None:
        """Gone, and there again."""
        self.close()
        self.open(size)


@dataclass
class Counted:
    """What the box was told."""

    seen: list[Seen] = field(default_factory=list)
    looks: list[Mapping[str, CameraFigures]] = field(default_factory=list)

    def take(self, seen: Seen) -> None:
        self.seen.append(seen)

    def look(self, cameras: Mapping[str, CameraFigures]) -> None:
        self.looks.append(cameras)


@dataclass
class Watching:
    """A box that counts. ``body`` is what its cameras are to look at; ``failed`` what ended it."""

    eyes: Eyes
    counted: Counted
    body: Body
    running: asyncio.Task[Any]

    @property
    def board(self) -> Board:
        return self.eyes.board


@pytest.fixture
def pictures() -> Pictures:
    return Pictures()


@pytest.fixture
def ring_camera(pictures: Pictures) -> Iterator[Callable[..., RingCamera]]:
    """Makes cameras that are open, and closes them with the test."""
    made: list[RingCamera] = []

    def make(name: str = "cam-door", size: tuple[int, int] = SIZE) -> RingCamera:
        made.append(RingCamera(name, pictures, size))
        return made[-1]

    yield make
    for camera in made:
        camera.close()


Watches = Callable[..., AbstractAsyncContextManager[Watching]]


@pytest.fixture
def watching(pictures: Pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watches:
    """``async with watching("cam-door") as box:``: its process runs; ``models="none"``: without a model."""
    monkeypatch.setattr(eyes_file, "BEATS_WITHIN_S", 60.0)  # a busy machine is no hang

    @asynccontextmanager
    async def run(*names: str, models: str = "all", program: tuple[str, ...] = PROGRAM) -> AsyncIterator[Watching]:
        async def layouts() -> Body:
            return box.body

        eyes = Eyes(
            names=names,
            fps=15,
            program=Program(words=program, detector="auto", models_dir=tmp_path / models, threads=1),
            pictures=pictures,
            board=Board(),
            layouts=layouts,
        )
        counted = Counted()
        running = asyncio.ensure_future(eyes.run(counted))
        box = Watching(eyes, counted, Body(cameras=dict.fromkeys(names, DOOR)), running)
        try:
            yield box
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    return run
