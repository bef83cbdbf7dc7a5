"""A Zigbee2MQTT bridge with a lamp and a thermometer.

storebox sim ambience/zigbee2mqtt --broker 127.0.0.1:1883 --device zigbee2mqtt --password-file FILE

Commands on standard input: ``turn NAME JSON`` (somebody uses the lamp's own switch), ``lose NAME``, ``find NAME``, ``unplug``,
``plug``. Written from zigbee2mqtt.io, "MQTT topics and messages" and "Exposes".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Self

from drivers.sim.foreign import PLUG, Station, run
from drivers.sim.orders import Orders

LAMP = "shop/lamp 1"
SENSOR = "sensor-1"
LAMP_EXPOSES: list[dict[str, Any]] = [
    {
        "type": "light",
        "features": [
            {"type": "binary", "name": "state", "property": "state", "access": 7, "value_on": "ON", "value_off": "OFF"},
            {"type": "numeric", "name": "brightness", "property": "brightness", "access": 7, "value_min": 0, "value_max": 254},
            {
                "type": "composite",
                "name": "color_xy",
                "property": "color",
                "access": 7,
                "features": [{"type": "numeric", "name": axis, "property": axis, "access": 7} for axis in "xy"],
            },
        ],
    },
    {"type": "enum", "name": "effect", "property": "effect", "access": 2, "values": ["blink", "breathe"]},
    {"type": "numeric", "name": "linkquality", "property": "linkquality", "access": 1, "unit": "lqi"},
    {"type": "binary", "name": "child_lock", "property": "child_lock", "access": 7, "value_on": True, "value_off": False},
    {
        "type": "numeric",
        "name": "setpoint",
        "property": "setpoint",
        "access": 7,
        "value_min": 5,
        "value_max": 30,
        "value_step": 0.5,
    },
]
SENSOR_EXPOSES = [{"type": "numeric", "name": "temperature", "property": "temperature", "access": 1, "unit": "°C"}]


class Zigbee2MqttSim:
    """``deaf``: lamps are told and say nothing. ``refuses``: the words with which setting fails. ``old``: bare words of state."""

    def __init__(self, address: tuple[str, int], *, login: str = "zigbee2mqtt", password: str, base: str = "zigbee2mqtt") -> None:
        self.deaf = self.old = False
        self.refuses = ""
        self.base = base
        self.online = {LAMP: True, SENSOR: True}
        self.states: dict[str, dict[str, Any]] = {
            LAMP: {"state": "OFF", "brightness": 100, "color": {"x": 0.3, "y": 0.3}, "linkquality": 88, "update": None},
            SENSOR: {"temperature": 21.5},
        }
        self.station = Station(
            address,
            login=login,
            password=password,
            listens=[f"{base}/{name}/{verb}" for name in self.states for verb in ("set", "get")],
            hear=self._obey,
            greet=self.greet,
            will=(f"{base}/bridge/state", b'{"state": "offline"}'),
        )

    async def __aenter__(self) -> Self:
        await self.station.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.station.__aexit__(*exc)

    def greet(self) -> None:
        """The bridge is up: its devices, and which of them answer."""
        self.say("bridge/state", self._state(online=True))
        exposes = {LAMP: LAMP_EXPOSES, SENSOR: SENSOR_EXPOSES}
        devices: list[dict[str, Any]] = [{"friendly_name": "Coordinator", "type": "Coordinator", "definition": None}]
        devices += [{"friendly_name": name, "type": "Router", "definition": {"exposes": one}} for name, one in exposes.items()]
        self.say("bridge/devices", json.dumps(devices))
        for name in self.states:
            self.say(f"{name}/availability", self._state(online=self.online[name]))

    def say(self, tail: str, payload: str, *, retain: bool = True) -> None:
        """Publish below the base topic."""
        self.station.say(f"{self.base}/{tail}", payload.encode(), retain=retain)

    def turn(self, name: str, **changed: Any) -> None:
        """The lamp reports a change, and only that."""
        self.states[name].update(changed)
        self.say(name, json.dumps(changed), retain=False)

    def reach(self, name: str, *, online: bool) -> None:
        """The device answers the bridge, or does not."""
        self.online[name] = online
        self.say(f"{name}/availability", self._state(online=online))

    def _state(self, *, online: bool) -> str:
        word = "online" if online else "offline"
        return word if self.old else json.dumps({"state": word})

    def _obey(self, topic: str, payload: bytes) -> None:
        name, _, verb = topic.removeprefix(f"{self.base}/").rpartition("/")
        asked: dict[str, Any] = json.loads(payload)
        if self.refuses:
            words = f"z2m: Publish '{verb}' '{next(iter(asked))}' to '{name}' failed: '{self.refuses}'"
            self.say("bridge/logging", json.dumps({"level": "error", "message": words}), retain=False)
        elif verb == "get":
            known = {key: self.states[name][key] for key in asked if key in self.states[name]}
            if known:
                self.say(name, json.dumps(known), retain=False)
        elif not self.deaf and "scene_recall" not in asked:
            if "brightness" in asked:
                asked["brightness"] = min(asked["brightness"] + 1, 254)  # as it comes back from the lamp's own scale
            self.turn(name, **asked)


def _turn(sim: Zigbee2MqttSim, *words: str) -> None:
    name, _, changed = " ".join(words).partition("{")
    sim.turn(name.strip(), **json.loads("{" + changed))


ORDERS: Orders = {
    "turn": ("NAME JSON", _turn),
    "lose": ("NAME", lambda sim, *name: sim.reach(" ".join(name), online=False)),
    "find": ("NAME", lambda sim, *name: sim.reach(" ".join(name), online=True)),
    **PLUG,
}


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim ambience/zigbee2mqtt``."""
    return run(
        "ambience/zigbee2mqtt",
        lambda at: Zigbee2MqttSim(at.address, base=at.device, login=at.login, password=at.password),
        ORDERS,
        argv,
        device="zigbee2mqtt",
    )
