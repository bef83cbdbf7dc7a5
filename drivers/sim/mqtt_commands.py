"""A simulated MQTT device as a command: one-line orders on standard input, one JSON object a line on standard output.

When standard input ends, the device stays on the wire until SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol, Self, TypeVar

from drivers.sim.broker_options import add_broker, password_in
from drivers.sim.mqtt_device import MqttDevice
from drivers.sim.orders import ON_OR_OFF, Orders, obey_until_quit, options, tell


class Sim(Protocol):
    """A whole device: what it is, and how it speaks."""

    mqtt: MqttDevice

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...


S = TypeVar("S", bound=Sim)
Login = dict[str, Any]


def _other_content(sim: Sim) -> None:
    """The id of an event that is already known, with other content."""
    id_ = sim.mqtt.event("opened", order="first")
    first = sim.mqtt.pending.pop(id_)
    sim.mqtt.raw(f"event/{first.kind}", first.payload)
    sim.mqtt.raw_event(first.kind, id_, first.payload.replace(b"first", b"second"))


MISBEHAVIOUR: Orders = {
    "mute": ("on|off", lambda sim, mute: setattr(sim.mqtt, "mute", ON_OR_OFF[mute])),
    "repeats": ("N", lambda sim, times: setattr(sim.mqtt, "repeats", int(times))),
    "other-content": ("", _other_content),
    "half-json": ("", lambda sim: sim.mqtt.raw("event/pick", b'{"id": "half", "slot": "a1", "del')),
    "long": ("BYTES", lambda sim, size: sim.mqtt.event("pick", padding="x" * int(size))),
    "bad-id": ("", lambda sim: sim.mqtt.raw("event/pick", b'{"id": "+/#\\u0000"}')),
    "clock-ahead": ("SECONDS", lambda sim, seconds: setattr(sim.mqtt, "clock_ahead", timedelta(seconds=float(seconds)))),
    "set": ("PROPERTY VALUE", lambda sim, name, value: sim.mqtt.report(name, value)),
    "unplug": ("", lambda sim: sim.mqtt.unplug()),
    "plug": ("", lambda sim: sim.mqtt.plug()),
    "state": ("", lambda sim: tell({"state": sim.mqtt.figures()})),
}


def device_arguments(name: str, orders: Orders) -> argparse.ArgumentParser:
    """The arguments that every MQTT device takes; each obeys ``orders`` and can misbehave."""
    parser = options(name, {**orders, **MISBEHAVIOUR})
    add_broker(parser)
    parser.add_argument("--box", required=True, help="mqtt name of the box, as [box] name in its settings")
    parser.add_argument("--device", required=True, help="the device's id, which is also its login")
    return parser


def run_device(
    parser: argparse.ArgumentParser,
    argv: Sequence[str] | None,
    orders: Orders,
    make: Callable[[argparse.Namespace, Login], S],
) -> int:
    """Run the device that ``make`` builds until a signal or ``quit``."""
    given = parser.parse_args(argv)
    password = password_in(parser, given.password_file)
    login: Login = {"address": given.broker, "box": given.box, "device": given.device, "password": password, "tell": tell}
    every = {**MISBEHAVIOUR, **orders}
    asyncio.run(obey_until_quit(lambda: make(given, login), every, at_end=_tell_figures))
    return 0


def _tell_figures(sim: Sim) -> None:
    tell({"state": sim.mqtt.figures()})
