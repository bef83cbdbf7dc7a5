"""People on a real clip before a real box: a technician draws, the process counts, minutes are told, hours are shown."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.media import clip, folder_with

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
SPEED = 60
"""A minute of the shop in a second, a quarter of an hour in 15."""

SETTINGS = """
[device.cam-door]
driver = "camera/video-file"
path = "{clip}"
width_px = 640
height_px = 480
[vision]
cameras = ["cam-door"]
models_dir = "{models}"
"""
LAYOUT: dict[str, Any] = {
    "lines": [{"name": "street", "a": [0.898, 0.417], "b": [0.898, 0.868], "inside": [0.65, 0.55]}],
    "zones": [{"name": "lawn", "corners": [[0.3, 0.3], [0.98, 0.3], [0.98, 0.98], [0.3, 0.98]]}],
    "floor": [],
}


async def draw(box: Any) -> None:
    """As the page of the technician does."""
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    address = "http://box/api/vision/cameras/cam-door/layout"
    async with aiohttp.ClientSession(connector=connector) as control, control.put(address, json=LAYOUT) as answer:
        assert answer.status == 200, await answer.text()


def recorded(box: Any) -> list[tuple[str, dict[str, Any]]]:
    """Every event of a box that has ended."""
    db = sqlite3.connect(box.folder / "data" / "journal.db")
    rows = db.execute("SELECT type, data FROM events ORDER BY sequence").fetchall()
    db.close()
    return [(type_, msgspec.json.decode(data)) for type_, data in rows]


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_visitors_of_a_real_clip_are_in_the_journal_and_in_the_figures(run_box: RunBox) -> None:
    settings = SETTINGS.format(clip=clip("vtest.avi"), models=folder_with("yolox-nano"))
    clock = ["--simulated-clock", f"2026-03-02T12:00:00+08:00,{SPEED},{time.monotonic_ns() // 1_000_000}"]
    async with run_box(settings, options=clock) as box:
        await box.until("/api/vision", lambda told: told)
        await draw(box)
        days = "first=2026-03-02&last=2026-03-03"
        told = await box.until(f"/api/footfall?{days}", lambda told: told["lines"] and told["zones"])
        heat = await box.until(f"/api/heat?camera=cam-door&{days}", lambda told: told.get("cells"))
        assert (heat["grid"], heat["cameras"]) == ("picture", ["cam-door"])
        (line,) = {(each["camera"], each["line"], each["entrance"]) for each in told["lines"]}
        assert line == ("cam-door", "street", True)
        box.process.terminate()
        assert await box.ends() == 0
        events = recorded(box)
        assert [data["camera"] for type_, data in events if type_ == "storebox.zones.changed"] == ["cam-door"]
        counted = [data for type_, data in events if type_ == "storebox.footfall.counted"]
        assert sum(data["in"] + data["out"] for data in counted) >= sum(
            each["entered"] + each["departed"] for each in told["lines"]
        )
        assert {data["business_day"] for data in counted} == {"2026-03-02"}
        watched = [data for type_, data in events if type_ == "storebox.camera.watched"]
        assert sum(data["watched_ms"] for data in watched) > 1_000
        assert any(data["entrance"] for data in watched)
