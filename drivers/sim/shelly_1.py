"""A Shelly of the first generation: a relay with a meter, a white channel and a shutter.

storebox sim ambience/shelly-1 --broker 127.0.0.1:1883 --device shelly1-a1 --password-file FILE

Commands on standard input: ``press`` (of its switch), ``unplug``, ``plug``. Written from shelly-api-docs.shelly.cloud.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Self

from drivers.sim.foreign import BUTTON, Station, run


class Shelly1Sim:
    """``deaf``: it does nothing that it is told. ``overloaded``: its relay falls off as soon as it is on."""

    def __init__(self, address: tuple[str, int], *, device: str, password: str, login: str = "") -> None:
        self.deaf = self.overloaded = False
        self.base = f"shellies/{device}"
        self.relay, self.pos = "off", 0
        self.white: dict[str, Any] = {"ison": False, "brightness": 40, "source": "mqtt"}
        self.station = Station(
            address,
            login=login or device,
            password=password,
            listens=[f"{self.base}/{tail}" for tail in ("command", "+/+/command", "+/+/command/pos", "+/+/set")],
            hear=self._obey,
            greet=self._greet,
            will=(f"{self.base}/online", b"false"),
        )

    async def __aenter__(self) -> Self:
        await self.station.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.station.__aexit__(*exc)

    def press(self) -> None:
        """Somebody presses the switch."""
        self.relay = "off" if self.relay == "on" else "on"
        self.tell()

    def tell(self) -> None:
        """Everything, as it does every half minute."""
        said = {"relay/0": self.relay, "relay/0/power": "12.50", "roller/0/pos": str(self.pos), "temperature": "41.3"}
        said["white/0/status"] = json.dumps(self.white)
        for tail, value in said.items():
            self.station.say(f"{self.base}/{tail}", value.encode())

    def _greet(self) -> None:
        self.station.say(f"{self.base}/online", b"true", retain=True)
        self.station.say(f"{self.base}/announce", json.dumps({"id": self.base, "model": "SHSW-1"}).encode())

    def _obey(self, topic: str, payload: bytes) -> None:
        words = payload.decode()
        match topic.removeprefix(f"{self.base}/"):
            case "command" if words == "update":
                self.tell()
            case _ if self.deaf:
                return
            case "relay/0/command":
                self.relay = "overpower" if self.overloaded and words == "on" else words
            case "roller/0/command/pos":
                self.pos = int(words)
            case "white/0/set":
                asked = json.loads(words)
                self.white |= {"ison": asked["turn"] == "on"} if "turn" in asked else asked
        self.tell()


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim ambience/shelly-1``."""
    return run(
        "ambience/shelly-1",
        lambda at: Shelly1Sim(at.address, device=at.device, login=at.login, password=at.password),
        BUTTON,
        argv,
        device="shelly1-a1",
    )
