"""A Tasmota plug with a relay, a dimmer, a meter and a thermometer; with ``relays`` more of them.

storebox sim ambience/tasmota --broker 127.0.0.1:1883 --device plug-1 --password-file FILE

Commands on standard input: ``press`` (somebody presses its button), ``unplug``, ``plug``. Written from tasmota.github.io.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Self

from drivers.sim.foreign import BUTTON, Station, run


class TasmotaSim:
    """``deaf``: it says nothing to what it is told. ``jammed``: it answers, and its relay does not move."""

    def __init__(self, address: tuple[str, int], *, topic: str, password: str, login: str = "", relays: int = 1) -> None:
        self.deaf = self.jammed = False
        self.topic = topic
        names = ["POWER"] if relays == 1 else [f"POWER{number}" for number in range(1, relays + 1)]
        self.state: dict[str, Any] = {**dict.fromkeys(names, "OFF"), "Dimmer": 40, "CT": 300}
        self.sensors: dict[str, Any] = {
            "Time": "2026-11-21T10:00:00",
            "ENERGY": {"Power": 12, "Total": 1.25},
            "DS18B20": {"Id": "01", "Temperature": 20.6},
            "TempUnit": "C",
        }
        self.station = Station(
            address,
            login=login or topic,
            password=password,
            listens=[f"cmnd/{topic}/+"],
            hear=self._obey,
            greet=lambda: self.say("tele", "LWT", "Online", retain=True),
            will=(f"tele/{topic}/LWT", b"Offline"),
        )

    async def __aenter__(self) -> Self:
        await self.station.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.station.__aexit__(*exc)

    def say(self, prefix: str, name: str, payload: str, *, retain: bool = False) -> None:
        """Publish."""
        self.station.say(f"{prefix}/{self.topic}/{name}", payload.encode(), retain=retain)

    def press(self) -> None:
        """Somebody presses the button of the first relay."""
        first = next(iter(self.state))
        self.state[first] = "OFF" if self.state[first] == "ON" else "ON"
        self._answer(first)

    def telemetry(self) -> None:
        """What it says by itself every five minutes."""
        self.say("tele", "STATE", json.dumps({"Uptime": "0T00:05:00", "Heap": 24, **self.state, "Wifi": {"RSSI": 74}}))
        self.say("tele", "SENSOR", json.dumps(self.sensors))

    def _answer(self, name: str) -> None:
        self.say("stat", "RESULT", json.dumps({name: self.state[name]}))
        if name.startswith("POWER"):
            self.say("stat", name, self.state[name])

    def _obey(self, topic: str, payload: bytes) -> None:
        name, words = topic.rpartition("/")[2], payload.decode()
        if self.deaf:
            return
        if name == "POWER" and name not in self.state:
            name = "POWER1"
        if name == "STATUS":
            report = {"10": {"StatusSNS": self.sensors}, "11": {"StatusSTS": self.state}}[words]
            self.say("stat", f"STATUS{words}", json.dumps(report))
        elif name not in self.state:
            self.say("stat", "RESULT", json.dumps({"Command": "Unknown"}))
        else:
            if words and not self.jammed:
                self.state[name] = words if name.startswith("POWER") else int(words)
            self._answer(name)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim ambience/tasmota``."""
    return run(
        "ambience/tasmota",
        lambda at: TasmotaSim(at.address, topic=at.device, login=at.login, password=at.password),
        BUTTON,
        argv,
        device="plug-1",
    )
