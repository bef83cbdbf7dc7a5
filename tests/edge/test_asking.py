"""What a running box answers when it is asked for something that it cannot do now: the reason, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp

from drivers.sim.mt_sics import MtSicsSim

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
DEVICES = """
[device.scale-1]
driver = "scale/mt-sics"
port = "{port}"
[device.scale-9]
driver = "scale/mt-sics"
port = "/dev/serial/by-id/nobody"
"""


async def told(box: Any, path: str, asked: dict[str, object]) -> tuple[int, str]:
    """Status and detail of the answer to a POST over the control socket."""
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    async with aiohttp.ClientSession(connector=connector) as session, session.post(f"http://box{path}", json=asked) as answer:
        return answer.status, (await answer.json(content_type=None)).get("detail", "")


async def test_a_device_says_why_it_cannot(run_box: RunBox, tmp_path: Path) -> None:
    async with MtSicsSim(link=tmp_path / "scale") as scale, run_box(DEVICES.format(port=scale.port)) as box:
        await box.device("scale-1", "up")
        await box.device("scale-9", "gone")
        assert await told(box, "/api/devices/scale-1/commands", {"command": "tare"}) == (200, "S      0.000 kg")
        assert await told(box, "/api/devices/scale-1/commands", {"command": "set-property", "property": "a", "value": "b"}) == (
            409,
            "scale-1 cannot set-property; it can: tare, zero, clear-tare",
        )
        status, problem = await told(box, "/api/devices/scale-9/commands", {"command": "tare"})
        assert (status, problem[:62]) == (409, "scale-9 is not connected: no port /dev/serial/by-id/nobody: is")


async def test_a_box_without_a_cloud_cannot_be_claimed(run_box: RunBox) -> None:
    async with run_box() as box:
        await box.until("/api/status", lambda status: status["ready"])
        assert await told(box, "/api/claims", {"code": "ABCD-EFGH"}) == (
            422,
            "this box has no cloud: set [cloud] url, then claim again",
        )
