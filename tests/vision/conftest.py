"""The eyes of a box, that look at cameras whose rings the test fills."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from drivers.wires.pictures import Pictures
from edge.status import Board
from edge.vision import eyes as eyes_file
from edge.vision.eyes import Eyes
from edge.vision.layout import Body, Layout, Line
from edge.vision.process import Program
from edge.vision.words import CameraFigures, Seen

PROGRAM = ("-P", str(Path(__file__).with_name("made_up.py")))
DOOR = Layout(lines=(Line(name="door", a=(0.1, 0.5), b=(0.9, 0.5), inside=(0.5, 0.9)),))


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
def camera_name() -> str:
    return "cam-door"


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
