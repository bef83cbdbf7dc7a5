"""Recordings played to the drivers that made them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Protocol

import pytest

from drivers.catalogue import installed
from drivers.contract import Device
from drivers.sim.pty_port import PtyPort
from drivers.sim.replay import Replay, read_recording

SECONDS = 60
PATIENT_MS = 30_000  # a busy machine is not a silent scale


class Replays(Protocol):
    """``async with replayed(path) as device``: the driver of the recording, open at a port that plays it with its pauses."""

    def __call__(self, path: Path) -> AbstractAsyncContextManager[Device]: ...


@pytest.fixture
def replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replays:
    @asynccontextmanager
    async def play(path: Path) -> AsyncIterator[Device]:
        recorded = read_recording(path)
        driver, port = installed().driver(recorded.driver), PtyPort(tmp_path / "port")
        port.plug()
        # Asked a second time, because this process stood still, the recording would answer with what comes next.
        monkeypatch.setattr(import_module(driver.settings_class.__module__), "ANSWER_MS", PATIENT_MS, raising=False)
        patient = {"silent_after_ms": PATIENT_MS} if "silent_after_ms" in driver.settings_class.model_fields else {}
        settings = driver.settings_class(**recorded.settings | patient | {"port": str(port.link)})
        try:
            async with asyncio.timeout(SECONDS), driver.open("scale-1", settings, None) as device, asyncio.TaskGroup() as group:  # type: ignore[arg-type]
                playing = group.create_task(Replay(recorded, port).play(), name="replay")
                yield device
                playing.cancel()  # the driver asks on, and the recording has nothing more to say
        finally:
            port.unplug()

    return play
