"""A Shelly of the second generation: a switch with a meter, a dimmer and a shutter.

storebox sim ambience/shelly-2 --broker 127.0.0.1:1883 --device shellyplus1-a1 --password-file FILE

Commands on standard input: ``press`` (of its switch), ``unplug``, ``plug``. Written from shelly-api-docs.shelly.cloud.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Self

from drivers.sim.foreign import BUTTON, Station, run


class Shelly2Sim:
    """``deaf``: it answers nothing. ``jammed``: it takes calls, and nothing moves. ``status_ntf``: whole states, too."""

    def __init__(self, address: tuple[str, int], *, prefix: str, password: str, login: str = "") -> None:
        self.deaf = self.jammed = self.status_ntf = False
        self.prefix = prefix
        self.status: dict[str, dict[str, Any]] = {
            "switch:0": {
                "id": 0,
                "source": "init",
                "output": False,
                "apower": 0.0,
                "aenergy": {"total": 11.2, "by_minute": [0, 0]},
            },
            "light:0": {"id": 0, "output": True, "brightness": 50},
            "cover:0": {"id": 0, "current_pos": 0, "state": "stopped"},
            "sys": {"uptime": 12},
        }
        self.station = Station(
            address,
            login=login or prefix,
            password=password,
            listens=[f"{prefix}/rpc"],
            hear=self._obey,
            greet=lambda: self.station.say(f"{prefix}/online", b"true", retain=True),
            will=(f"{prefix}/online", b"false"),
        )

    async def __aenter__(self) -> Self:
        await self.station.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.station.__aexit__(*exc)

    def press(self) -> None:
        """Somebody presses the switch."""
        self.change("switch:0", output=not self.status["switch:0"]["output"])

    def change(self, component: str, **changed: Any) -> None:
        """A component changes, and the device tells that much of it."""
        self.status[component].update(changed)
        params = {"ts": 1732180000.1, component: {"id": 0, **changed}}
        self._say("events/rpc", {"src": self.prefix, "dst": f"{self.prefix}/events", "method": "NotifyStatus", "params": params})
        if self.status_ntf:
            self._say(f"status/{component}", self.status[component])

    def _say(self, tail: str, told: dict[str, Any]) -> None:
        self.station.say(f"{self.prefix}/{tail}", json.dumps(told).encode())

    def _obey(self, _topic: str, payload: bytes) -> None:
        call = json.loads(payload)
        if self.deaf:
            return
        answer = self._answer(call["method"], call.get("params", {}))
        told = {"id": call["id"], "src": self.prefix, "dst": call["src"], **answer}
        self.station.say(f"{call['src']}/rpc", json.dumps(told).encode())
        if "result" in answer and not self.jammed:
            self._do(call["method"], call.get("params", {}))

    def _answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "Shelly.GetStatus":
                return {"result": self.status}
            case "Switch.Set" | "Light.Set" | "Cover.GoToPosition" if params["id"] == 0:
                return {"result": {"was_on": False} if method == "Switch.Set" else None}
        return {"error": {"code": 404, "message": f"No handler for {method}"}}

    def _do(self, method: str, params: dict[str, Any]) -> None:
        match method:
            case "Switch.Set":
                if self.status["switch:0"]["output"] != params["on"]:
                    self.change("switch:0", output=params["on"])
            case "Light.Set":
                self.change(
                    "light:0", **{("output" if key == "on" else key): value for key, value in params.items() if key != "id"}
                )
            case "Cover.GoToPosition":
                self.change("cover:0", current_pos=params["pos"] - 1)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim ambience/shelly-2``."""
    return run(
        "ambience/shelly-2",
        lambda at: Shelly2Sim(at.address, prefix=at.device, login=at.login, password=at.password),
        BUTTON,
        argv,
        device="shellyplus1-a1",
    )
