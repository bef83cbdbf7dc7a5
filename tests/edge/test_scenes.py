"""Scenes in a running box: lamps of two makers at a real broker obey, are read back, and are asked again when they are back."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest
from joserfc.jwk import OKPKey

from drivers.ambience.homie import HomieSettings
from drivers.ambience.shelly_2 import Shelly2Settings
from drivers.foreign_access import foreign_of
from drivers.sim.homie import HomieSim
from drivers.sim.shelly_2 import Shelly2Sim
from sync.documents import DOCUMENT_TYP
from sync.signatures import public_text, sign

if TYPE_CHECKING:
    from tests.conftest import Mosquitto

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
KEY = OKPKey.generate_key("Ed25519", private=True)
SPEED = 60
"""A minute of the shop is a second: nobody waits a real minute for a lamp that is away."""

SCENES = {
    "fallback": "night",
    "scenes": [
        {
            "name": name,
            "names": {"zh": name, "en": name},
            "wants": [
                {"device": "lamp-1", "property": "light/power", "value": power},
                {"device": "lamp-1", "property": "light/brightness", "value": "80"},
                {"device": "plug-1", "property": "switch:0.output", "value": power},
            ],
        }
        for name, power in (("night", "false"), ("lively", "true"))
    ],
    "safety": [{"device": "lamp-1", "property": "light/label", "value": "fire", "scene": "lively"}],
    "samples": [{"device": "lamp-1", "property": "sensor/temperature", "zone": "front"}],
}
SETTINGS = """
[mqtt]
port = {port}
password_file = "{password}"
[cloud]
signing_key_file = "{key}"
[device.lamp-1]
driver = "ambience/homie"
[device.plug-1]
driver = "ambience/shelly-2"
"""


@pytest.fixture
def broker(broker_at: Callable[..., Mosquitto]) -> Mosquitto:
    """A broker that knows both lamps."""
    foreign: dict[str, Any] = {"lamp-1": HomieSettings(), "plug-1": Shelly2Settings()}
    mosquitto = broker_at(foreign=foreign_of(foreign))
    mosquitto.start()
    return mosquitto


def settings(broker: Mosquitto, folder: Path) -> str:
    """A box that believes documents which ``KEY`` signed."""
    (folder / "key").write_text(public_text(KEY))
    return SETTINGS.format(port=broker.port, password=broker.password_file("storebox"), key=folder / "key")


def simulated_clock() -> list[str]:
    """Noon in Shanghai, and a fast clock."""
    return ["--simulated-clock", f"2026-03-02T12:00:00+08:00,{SPEED},{time.monotonic_ns() // 1_000_000}"]


async def call(box: Any, method: str, path: str, **body: Any) -> dict[str, Any]:
    """The answer over the control socket."""
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.request(method, f"http://box{path}", **body) as answer,
    ):
        said: dict[str, Any] = await answer.json(content_type=None)
        assert answer.status < 400, said
        return said


async def adopt(box: Any, kind: str, body: dict[str, Any]) -> None:
    """Bring a signed document."""
    since = "2026-03-01T00:00:00Z"
    payload = {"kind": kind, "version": 1, "issued_at": since, "not_before": since, "body": body}
    jws = sign(msgspec.json.encode(payload), KEY, typ=DOCUMENT_TYP)
    await call(box, "POST", "/api/documents", data=jws, headers={"Content-Type": "application/jose"})


def holds(scene: str, outcome: str) -> Callable[[dict[str, Any]], bool]:
    return lambda shown: (shown["scene"], shown["outcome"]) == (scene, outcome)


async def test_scenes_live_in_a_box(run_box: RunBox, broker: Mosquitto, tmp_path: Path) -> None:
    at, passwords = (broker.host, broker.port), broker.password
    async with (
        HomieSim(at, device="lamp-1", password=passwords("lamp-1")) as lamp,
        Shelly2Sim(at, prefix="plug-1", password=passwords("plug-1")) as plug,
        run_box(settings(broker, tmp_path), options=(clock := simulated_clock())) as box,
    ):
        await box.device("lamp-1", "up")
        await box.device("plug-1", "up")
        await adopt(box, "scenes", SCENES)
        await box.until("/api/scenes", holds("night", "reached"))
        assert lamp.values["lamp-1"]["light/brightness"] == "80"

        await call(box, "POST", "/api/scenes/lively", json={"minutes": 600})
        shown = await box.until("/api/scenes", holds("lively", "reached"))
        assert shown["trigger"] == "manual"
        assert (lamp.values["lamp-1"]["light/power"], plug.status["switch:0"]["output"]) == ("true", True)

        await plug.station.unplug()
        await box.device("plug-1", "gone")
        await call(box, "DELETE", "/api/scenes")
        shown = await box.until("/api/scenes", holds("night", "partial"))
        assert [each["state"] for each in shown["result"]][:2] == ["reached", "reached"]
        await box.until("/api/scenes", lambda shown: shown["result"][2]["state"] == "waiting")
        assert plug.status["switch:0"]["output"] is True
        plug.station.plug()
        await box.until("/api/scenes", holds("night", "reached"))
        assert plug.status["switch:0"]["output"] is False

        lamp.turn("light/label", "fire")
        shown = await box.until("/api/scenes", holds("lively", "reached"))
        assert (shown["trigger"], shown["calls"][0]["source"]) == ("safety", "lamp-1/light/label")
        lamp.turn("light/label", "")
        await box.until("/api/scenes", holds("night", "reached"))

        lamp.slow = True
        await call(box, "POST", "/api/scenes/lively", json={"minutes": 600})
        await box.until("/api/scenes", lambda shown: shown["result"][0]["state"] == "accepted")
        lamp.turn("light/power", "true")
        await box.until("/api/scenes", holds("lively", "reached"))

        events = await box.ask("/api/events?limit=500")
        minutes = [event["data"]["minute"] for event in events if event["type"] == "storebox.environment.sampled"]
        assert len(minutes) == len(set(minutes)) > 1, "one a minute"
        began = [event for event in events if event["type"] == "storebox.scene.began"]
        jobs = await box.ask("/api/jobs?limit=500")
        assert {job["state"] for job in jobs if job["by"] == "scenes"} <= {"confirmed", "accepted", "dismissed"}, (
            "nobody need look"
        )

    async with run_box(settings(broker, tmp_path), options=clock) as box:
        shown = await box.until("/api/scenes", lambda shown: shown["scene"] == "lively")
        assert shown["trigger"] == "manual"
        events = await box.until("/api/events?limit=500", lambda events: events[0]["type"] == "storebox.environment.sampled")
        assert [event for event in events if event["type"] == "storebox.scene.began"] == began, "a restart begins nothing anew"
