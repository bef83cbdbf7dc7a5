"""The box's side of the mirrors' process, with cameras whose rings the test fills."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from drivers.wires.pictures import Pictures
from edge.mirror import makeup as makeup_file
from edge.mirror.makeup import Makeup
from edge.status import Board

PROGRAM = ("-P", str(Path(__file__).with_name("made_up.py")))


@dataclass
class Painting:
    """A box that paints ``mirrors``."""

    makeup: Makeup
    mirrors: dict[str, str]
    running: asyncio.Task[Any]
    problem: list[str] = field(default_factory=list)

    @property
    def board(self) -> Board:
        return self.makeup.board


Paints = Callable[..., AbstractAsyncContextManager[Painting]]


@pytest.fixture
def painting(pictures: Pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paints:
    """``async with painting() as box:`` mirror-1 with cam-1; ``models="none"``: the process finds no model."""
    monkeypatch.setattr(makeup_file, "BEATS_WITHIN_S", 60.0)  # a busy machine is no hang
    monkeypatch.setattr(makeup_file, "LOOK_S", 0.02)

    @asynccontextmanager
    async def run(*, models: str = "all", problem: str = "") -> AsyncIterator[Painting]:
        mirrors, problems = {"mirror-1": "cam-1"}, [problem]
        makeup = Makeup(
            mirrors=lambda: mirrors,
            models_dir=tmp_path / models,
            pictures=pictures,
            board=Board(),
            program=PROGRAM,
            model_problem=lambda _models_dir: problems[0],
        )
        box = Painting(makeup, mirrors, asyncio.ensure_future(makeup.run()), problems)
        try:
            yield box
        finally:
            box.running.cancel()
            await asyncio.gather(box.running, return_exceptions=True)

    return run
