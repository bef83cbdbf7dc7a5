"""A camera that answers ONVIF's question is listed with the lines of a network camera, its path left to the technician."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import pytest

from config.schema import Discovery as Settings
from drivers.cameras import onvif
from edge.discovery import network as network_module
from edge.discovery.discovery import settings_text
from edge.discovery.network import Network
from tests.drivers.cameras.test_onvif import LOOPBACK, Listens, answer, match, responder  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from tests.edge.discovery.test_network import Until


async def test_a_camera_is_listed_with_its_host(responder: Listens, until: Until, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(network_module, "ASK_MS", 600)
    async with responder(lambda message: [answer(match(), message=message)]) as (_, port):
        monkeypatch.setattr(onvif, "discover", partial(onvif.discover, port=port))
        network = Network(settings=Settings(interface=LOOPBACK), quiet_start_s=0.0)
        task = asyncio.create_task(network.run())
        try:
            await until(lambda: network.cameras != ())
        finally:
            task.cancel()
            await asyncio.wait([task])
    (found,) = network.cameras
    assert (found.what, found.name, found.address) == ("camera", "Front door", "192.168.1.20")
    assert settings_text(found, ()) == '[device.camera-1]\ndriver = "camera/rtsp"\nurl = "rtsp://192.168.1.20/…"'
