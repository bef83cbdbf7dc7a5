"""A simulated scale as a command, with its pan and its cable in a person's hands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from drivers.sim.orders import ON_OR_OFF, Orders, check_link, obey_until_quit, options, tell
from drivers.sim.scale_sim import ScaleSim

ORDERS: Orders = {
    "put": ("GRAMS", lambda scale, grams: scale.put(int(grams))),
    "moving": ("on|off", lambda scale, held: setattr(scale.pan, "held_moving", ON_OR_OFF[held])),
    "mute": ("on|off", lambda scale, mute: setattr(scale, "mute", ON_OR_OFF[mute])),
    "half-frames": ("on|off", lambda scale, half: setattr(scale, "half_frames", ON_OR_OFF[half])),
    "parity-bits": ("on|off", lambda scale, bits: setattr(scale, "parity_bits", ON_OR_OFF[bits])),
    "stutter": ("MS", lambda scale, wait: setattr(scale, "stutter_ms", int(wait))),
    "repeats": ("N", lambda scale, times: setattr(scale, "repeats", int(times))),
    "noise": ("HEX or a share like 0.3", lambda scale, what: scale.noise(float(what) if "." in what else bytes.fromhex(what))),
    "take": ("", lambda scale: scale.take()),
    "overload": ("", lambda scale: scale.put(scale.pan.capacity_g + 500)),
    "underload": ("", lambda scale: scale.put(-scale.pan.capacity_g)),
    "unplug": ("", lambda scale: scale.unplug()),
    "plug": ("", lambda scale: scale.plug()),
}


def run_scale(make: Callable[..., ScaleSim[Any]], argv: Sequence[str] | None, *, name: str, units: tuple[str, ...]) -> int:
    """Run the scale that ``make`` builds until a signal or ``quit``."""
    parser = options(name, ORDERS)
    parser.add_argument("--link", type=Path, required=True, help="where the port appears, for example /tmp/scale")
    parser.add_argument("--unit", choices=units, default="kg")
    parser.add_argument("--settle-ms", type=int, default=600, help="how long the pan moves after put and take")
    parser.add_argument("--capacity-g", type=int, default=15_000)
    given = parser.parse_args(argv)
    check_link(parser, given.link)
    scale = make(link=given.link, unit=given.unit, settle_ms=given.settle_ms, capacity_g=given.capacity_g, tell=tell)
    asyncio.run(obey_until_quit(lambda: scale, ORDERS))
    return 0
