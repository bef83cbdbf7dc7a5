"""Hot-plug in a running box: a device that had failed while plugged in is back as soon as it is plugged in anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.sim.mt_sics import MtSicsSim

RunBox = Callable[..., Any]
BACK_WITHIN_S = 3.0
PATIENCE_S = 15.0
"""So long it is silent that the next try would be in about ten seconds."""


@pytest.mark.faults
async def test_a_silent_device_is_tried_at_once_when_its_plug_is_pulled_and_put_back(run_box: RunBox, tmp_path: Path) -> None:
    settings = f'[device.scale-1]\ndriver = "scale/mt-sics"\nport = "{tmp_path}/a"\nsilent_after_ms = 500\n'
    async with MtSicsSim(link=tmp_path / "a") as scale, run_box(settings) as box:
        await box.device("scale-1", "up")
        scale.mute = True
        await box.device("scale-1", "silent")
        await asyncio.sleep(PATIENCE_S)
        scale.unplug()
        scale.mute = False
        await asyncio.sleep(1.5)  # a hand does not do it faster
        scale.plug()
        began = time.monotonic()
        await box.device("scale-1", "up")
        assert time.monotonic() - began < BACK_WITHIN_S


async def test_a_running_box_says_what_it_sees(run_box: RunBox) -> None:
    async with run_box("[discovery]\nenabled = false\n") as box:
        seen = await box.until("/api/discoveries", lambda answer: isinstance(answer, list))
        assert all(each.keys() == {"what", "name", "address", "settings", "probe"} for each in seen)
