"""A tag reader and price labels in a running box: seen on its board, drawn on request, found again after they were gone."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
from PIL import Image

from drivers.sim.llrp_reader import LlrpReaderSim
from drivers.sim.openepaperlink import AccessPointSim

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
MILK = "00000211B1C2D3E4"
DEVICES = """
[device.rfid-1]
driver = "rfid/llrp"
host = "127.0.0.1"
port = {reader}
report_ms = 200
[device.labels-1]
driver = "labels/openepaperlink"
host = "127.0.0.1"
port = {point}
"""


def picture() -> str:
    """A small JPEG in base64."""
    file = io.BytesIO()
    Image.new("RGB", (152, 152), (255, 255, 255)).save(file, "JPEG")
    return base64.b64encode(file.getvalue()).decode()


async def drawn(box: Any, label: str) -> tuple[int, str]:
    """Status and detail of the answer to a request over the control socket."""
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    asked = {"command": "draw-label", "label": label, "jpeg": picture()}
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post("http://box/api/devices/labels-1/commands", json=asked) as answer,
    ):
        return answer.status, (await answer.json(content_type=None)).get("detail", "")


async def test_tags_and_labels_live_in_a_box(run_box: RunBox) -> None:
    async with LlrpReaderSim() as reader, AccessPointSim() as point:
        label = point.add(MILK)
        reader.put("3005FB63AC1F3841EC880467")
        async with run_box(DEVICES.format(reader=reader.port, point=point.port)) as box:
            await box.device("rfid-1", "up")
            await box.device("labels-1", "up")
            assert await drawn(box, MILK) == (200, f"label {MILK} has fetched it")
            assert base64.b64encode(label.picture).decode() == picture()
            status, why = await drawn(box, "0000000000000001")
            assert (status, why[:51]) == (409, "the access point knows no label 0000000000000001: p")
            began = reader.heard.count(22)
            reader.hang_up()
            await box.until("/api/devices", lambda _: reader.heard.count(22) > began)
            box.process.terminate()
            assert await box.ends() == 0
        assert reader.heard[-1] == 14  # CLOSE_CONNECTION: a box that ends leaves the reader to the next client
