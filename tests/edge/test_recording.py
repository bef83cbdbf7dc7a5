"""A wire is recorded through the running box; what may name a person is never recorded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from config.schema import Plugged
from drivers.ambience.music_mpd import MpdSettings
from drivers.catalogue import installed
from drivers.contract import Driver
from drivers.scales.mt_sics import MtSicsSettings
from drivers.sim.mt_sics import MtSicsSim
from edge import recording
from edge.recording import CannotRecord, Recorder, Recording

RunBox = Callable[..., Any]


class Shop:
    """What Recorder sees of edge.devices.Devices: which devices there are, and their reels."""

    def __init__(self, **plugged: Plugged) -> None:
        from drivers.wires.tape import Reel

        self._plugged = {name.replace("_", "-"): each for name, each in plugged.items()}
        self._reels = {name: Reel() for name in self._plugged}
        self.reel = self._reels.__getitem__

    def plugged(self) -> dict[str, Plugged]:
        return self._plugged

    def driver_of(self, name: str) -> Driver | None:
        return installed().driver(self._plugged[name].driver) if name in self._plugged else None


def recorder(**plugged: Plugged) -> Recorder:
    return Recorder(devices=Shop(**plugged), version="1.2.3")  # type: ignore[arg-type]


SCALE = Plugged(driver="scale/mt-sics", settings=MtSicsSettings(port="/dev/none", baud=4800))


async def lines_of(tape: Recording) -> list[dict[str, Any]]:
    return [json.loads(line) for lines in [part async for part in tape.lines(0.0)] for line in lines.splitlines()]


async def test_a_recording_tells_what_was_said_when_and_with_which_settings() -> None:
    shop = recorder(scale_1=SCALE)
    with shop.recording("scale-1") as tape:
        reel = shop.devices.reel("scale-1")
        reel.said(b"SI\r\n")
        reel.heard(b"\x02\xb1", "event/pick")
        header, *passed = await lines_of(tape)
    assert shop.devices.reel("scale-1").tape is None
    assert header.pop("began_at")
    assert header == {
        "recording": 1,
        "device": "scale-1",
        "driver": "scale/mt-sics",
        "settings": {"port": "/dev/none", "baud": 4800},
        "source": "storebox 1.2.3",
    }
    assert [{key: value for key, value in each.items() if key != "t_ms"} for each in passed] == [
        {"way": "said", "text": "SI\r\n"},
        {"way": "heard", "topic": "event/pick", "hex": "02b1"},
    ]


async def test_a_reader_that_falls_behind_is_told_how_much_it_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_LINES", 3)
    tape = Recording(header={})
    for _ in range(5):
        tape.heard(b"x")
    told = await lines_of(tape)
    assert [line.get("text") for line in told[1:4]] == ["x"] * 3
    assert told[4]["lost"] == 2


def test_a_device_is_recorded_once_at_a_time() -> None:
    shop = recorder(scale_1=SCALE)
    with (
        shop.recording("scale-1"),
        pytest.raises(CannotRecord, match="scale-1 is being recorded already: end that"),
        shop.recording("scale-1"),
    ):
        pass


def test_a_device_that_is_just_being_opened_anew_is_recorded_later() -> None:
    with (
        pytest.raises(CannotRecord, match="scale-1 is being opened anew: record it in a moment"),
        recorder().recording("scale-1"),
    ):
        pass


@pytest.mark.parametrize("driver", [name for name in installed().names if not name.startswith(("scale/", "shelf/"))])
def test_a_wire_that_may_name_a_person_is_never_recorded(driver: str) -> None:
    kind = installed().driver(driver).kind
    if kind in recording.RECORDED_KINDS:
        assert kind not in {"scanner", "terminal", "payment", "tap", "till", "printer", "camera", "mirror"}
        return
    shop = recorder(it=Plugged(driver=driver, settings=None))
    with (
        pytest.raises(CannotRecord, match=f"it is a {kind}: its wire may carry payment codes, card numbers"),
        shop.recording("it"),
    ):
        pass


def test_a_password_that_passes_the_wire_is_not_recorded(tmp_path: Path) -> None:
    settings = MpdSettings(host="192.0.2.1", password_file=tmp_path / "password")
    shop = recorder(music=Plugged(driver="music/mpd", settings=settings))
    with pytest.raises(CannotRecord, match="music logs in by its setting password_file"), shop.recording("music"):
        pass


async def test_a_running_box_records_what_a_scale_and_the_box_say(run_box: RunBox, tmp_path: Path) -> None:
    settings = f'[device.scale-1]\ndriver = "scale/mt-sics"\nport = "{tmp_path}/a"\n'
    async with MtSicsSim(link=tmp_path / "a") as scale, run_box(settings) as box:
        await box.device("scale-1", "up")
        connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
        async with aiohttp.ClientSession(connector=connector) as session:
            recorded = await read(session, scale)
    assert recorded[0]["driver"] == "scale/mt-sics"
    assert {"way": "said", "text": "SI\r\n"} in [{key: each[key] for key in ("way", "text")} for each in recorded[1:]]
    assert any("1.250 kg" in each["text"] for each in recorded[1:] if each["way"] == "heard")


async def read(session: aiohttp.ClientSession, scale: Any) -> list[dict[str, Any]]:
    """Record until the weight on the pan has passed the wire, while the scale is unplugged once."""
    recorded: list[dict[str, Any]] = []
    async with asyncio.timeout(60), session.get("http://box/api/devices/scale-1/recording?seconds=60") as answer:
        assert answer.content_type == "application/x-ndjson"
        scale.unplug()
        scale.put(1250)
        scale.plug()
        async for line in answer.content:
            recorded.append(json.loads(line))
            if "1.250 kg" in recorded[-1].get("text", ""):
                break
    return recorded
