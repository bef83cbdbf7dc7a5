"""An AR mirror: shoppers step in front of it, try shades, touch the glass, and go. It shows what the box asks it to.

storebox sim mirror/kiosk --broker 127.0.0.1:1883 --box box-1 --device mirror-1 --password-file FILE
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from typing import Self

from drivers.sim.mqtt_commands import device_arguments, run_device
from drivers.sim.mqtt_device import MqttDevice, Told
from drivers.sim.orders import Orders


class MirrorKioskSim:
    """``session`` is the visit that goes on, or the last."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        box: str,
        device: str,
        password: str,
        window: int = 1,
        tell: Callable[[Told], None] | None = None,
    ) -> None:
        description = {"kind": "mirror", "model": "mirror simulator", "firmware": "1", "properties": {"message": {}, "touch": {}}}
        self.session = ""
        self.mqtt = MqttDevice(
            address, box=box, device=device, password=password, description=description, window=window, tell=tell
        )
        self.mqtt.settable.add("message")

    async def __aenter__(self) -> Self:
        await self.mqtt.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.mqtt.__aexit__(*exc)

    def begin(self) -> str:
        """Somebody steps in front of it; returns the name of the visit."""
        self.session = f"v-{uuid.uuid4().hex[:8]}"
        self.mqtt.event("began", session=self.session)
        return self.session

    def end(self) -> str:
        """They leave."""
        return self.mqtt.event("ended", session=self.session)

    def try_shade(self, sku: str, shown_ms: int = 5_000, intensity: int = 60) -> str:
        """A shade was on the face for so long."""
        return self.mqtt.event("tried", session=self.session, sku=sku, ms=shown_ms, intensity=intensity)

    def touch(self, x: int, y: int) -> None:
        """A finger, in thousandths from the upper left corner; sent once, whether it arrives or not."""
        told = json.dumps({"session": self.session, "x": x, "y": y}).encode()
        self.mqtt.raw("state/touch", told, qos=0)


ORDERS: Orders = {
    "begin": ("", lambda mirror: mirror.begin()),
    "end": ("", lambda mirror: mirror.end()),
    "try": ("SKU [MS] [INTENSITY]", lambda mirror, sku, ms="5000", part="60": mirror.try_shade(sku, int(ms), int(part))),
    "touch": ("X Y", lambda mirror, x, y: mirror.touch(int(x), int(y))),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a mirror until a signal or ``quit``."""
    parser = device_arguments("mirror/kiosk", ORDERS)
    return run_device(parser, argv, ORDERS, lambda _given, login: MirrorKioskSim(**login))
