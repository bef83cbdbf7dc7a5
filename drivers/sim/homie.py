"""A lamp that speaks Homie 5: on and off, brightness in steps of five, a colour, a mode, a name, a temperature.

storebox sim ambience/homie --broker 127.0.0.1:1883 --device lamp-1 --password-file FILE

Commands on standard input: ``turn PROPERTY VALUE`` (somebody turns a knob), ``unplug``, ``plug``, ``disconnect``, ``remove``.
Written from the Homie convention 5.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Self

from drivers.sim.foreign import PLUG, Station, run
from drivers.sim.orders import Orders

NODES = {
    "light": {
        "properties": {
            "power": {"datatype": "boolean", "settable": True},
            "brightness": {"datatype": "integer", "format": "0:100:5", "unit": "%", "settable": True},
            "color": {"datatype": "color", "format": "rgb", "settable": True},
            "mode": {"datatype": "enum", "format": "warm,cold", "settable": True},
            "label": {"datatype": "string", "settable": True},
        }
    },
    "sensor": {"properties": {"temperature": {"datatype": "float", "unit": "°C"}}},
}


class HomieSim:
    """``slow``: it accepts what it is asked (``$target``) and never gets there. ``deaf``: it does not even accept.

    With ``children`` it is the root device of others, which have the same nodes and speak through it.
    """

    def __init__(
        self, address: tuple[str, int], *, device: str, password: str, login: str = "", children: Sequence[str] = ()
    ) -> None:
        self.slow = self.deaf = False
        self.version = 1
        self.device, self.children = device, tuple(children)
        first = {"light/power": "false", "light/brightness": "40", "light/color": "rgb,255,200,0", "light/mode": "warm"}
        self.values = {id_: {**first, "light/label": "", "sensor/temperature": "21.5"} for id_ in (device, *children)}
        self.station = Station(
            address,
            login=login or device,
            password=password,
            listens=[f"homie/5/{id_}/+/+/set" for id_ in self.values],
            hear=self._obey,
            greet=self.describe,
            will=(f"homie/5/{device}/$state", b"lost"),
        )

    async def __aenter__(self) -> Self:
        await self.station.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.station.__aexit__(*exc)

    def describe(self) -> None:
        """Say what it is: first ``init``, then everything, then ``ready``."""
        for id_, values in self.values.items():
            self.say(id_, "$state", "init")
            family = {"children": list(self.children)} if id_ == self.device else {"root": self.device, "parent": self.device}
            self.say(id_, "$description", json.dumps({"homie": "5.0", "version": self.version, "nodes": NODES, **family}))
            for name, value in values.items():
                self.say(id_, name, value)
            self.say(id_, "$state", "ready")

    def say(self, id_: str, tail: str, value: str) -> None:
        """Publish, retained; an empty string is one zero byte."""
        self.station.say(f"homie/5/{id_}/{tail}", value.encode() or b"\x00", retain=True)

    def turn(self, name: str, value: str) -> None:
        """Somebody turns a knob at the lamp itself."""
        self.values[self.device][name] = value
        self.say(self.device, name, value)

    def remove(self) -> None:
        """Taken out of service: the retained state is taken back."""
        self.station.say(f"homie/5/{self.device}/$state", b"", retain=True)

    def _obey(self, topic: str, payload: bytes) -> None:
        _, _, id_, node, name, _ = topic.split("/")
        value = "" if payload == b"\x00" else payload.decode()
        if self.deaf:
            return
        if name == "brightness":
            value = str(round(int(value) / 5) * 5)
        self.station.say(f"homie/5/{id_}/{node}/{name}/$target", payload, retain=True)
        if not self.slow:
            self.values[id_][f"{node}/{name}"] = value
            self.say(id_, f"{node}/{name}", value)


ORDERS: Orders = {
    "turn": ("PROPERTY VALUE", lambda sim, name, *value: sim.turn(name, " ".join(value))),
    "disconnect": ("", lambda sim: sim.say(sim.device, "$state", "disconnected")),
    "remove": ("", lambda sim: sim.remove()),
    **PLUG,
}


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim ambience/homie``."""
    return run(
        "ambience/homie",
        lambda at: HomieSim(at.address, device=at.device, login=at.login, password=at.password),
        ORDERS,
        argv,
        device="lamp-1",
    )
