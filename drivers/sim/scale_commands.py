"""A simulated scale as a command: one-line orders on standard input, one JSON object a line on standard output.

When standard input ends, the scale stays on the wire until SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from drivers.sim.scale_sim import ScaleSim, Told

ON_OR_OFF = {"on": True, "off": False}
Order = Callable[[ScaleSim[Any], str], None]
WITH_ARGUMENT: dict[str, tuple[str, Order]] = {
    "put": ("GRAMS", lambda scale, grams: scale.put(int(grams))),
    "moving": ("on|off", lambda scale, held: setattr(scale.pan, "held_moving", ON_OR_OFF[held])),
    "mute": ("on|off", lambda scale, mute: setattr(scale, "mute", ON_OR_OFF[mute])),
    "half-frames": ("on|off", lambda scale, half: setattr(scale, "half_frames", ON_OR_OFF[half])),
    "parity-bits": ("on|off", lambda scale, bits: setattr(scale, "parity_bits", ON_OR_OFF[bits])),
    "stutter": ("MS", lambda scale, wait: setattr(scale, "stutter_ms", int(wait))),
    "repeats": ("N", lambda scale, times: setattr(scale, "repeats", int(times))),
    "noise": ("HEX or a share like 0.3", lambda scale, what: scale.noise(float(what) if "." in what else bytes.fromhex(what))),
}
ALONE: dict[str, Callable[[ScaleSim[Any]], None]] = {
    "take": lambda scale: scale.take(),
    "overload": lambda scale: scale.put(scale.pan.capacity_g + 500),
    "underload": lambda scale: scale.put(-scale.pan.capacity_g),
    "unplug": lambda scale: scale.unplug(),
    "plug": lambda scale: scale.plug(),
}
ORDERS = ", ".join([f"{order} {argument}" for order, (argument, _) in WITH_ARGUMENT.items()] + [*ALONE, "quit"])


def run_scale(make: Callable[..., ScaleSim[Any]], argv: Sequence[str] | None, *, name: str, units: tuple[str, ...]) -> int:
    """Run the scale that ``make`` builds until a signal or ``quit``."""
    parser = argparse.ArgumentParser(prog=f"storebox sim {name}", epilog=f"orders on standard input: {ORDERS}")
    parser.add_argument("--link", type=Path, required=True, help="where the port appears, for example /tmp/scale")
    parser.add_argument("--unit", choices=units, default="kg")
    parser.add_argument("--settle-ms", type=int, default=600, help="how long the pan moves after put and take")
    parser.add_argument("--capacity-g", type=int, default=15_000)
    given = parser.parse_args(argv)
    if not given.link.parent.is_dir():
        parser.error(f"--link {given.link}: there is no folder {given.link.parent}")
    scale = make(link=given.link, unit=given.unit, settle_ms=given.settle_ms, capacity_g=given.capacity_g, tell=_print)
    asyncio.run(_obey_until_quit(scale))
    return 0


async def _obey_until_quit(scale: ScaleSim[Any]) -> None:
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lines.put_nowait, "quit")
    threading.Thread(target=_read_lines, args=(loop, lines), name="standard input", daemon=True).start()
    async with scale:
        while (line := await lines.get()) != "quit":
            problem = obey(scale, line)
            if problem:
                _print({"error": problem})


def _read_lines(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str]) -> None:
    """Feeds the loop from a thread: standard input may be a file, a pipe, a terminal or nothing at all.

    Reads the descriptor itself: a thread that waits inside sys.stdin keeps its lock, and Python cannot end.
    """
    unfinished = b""
    while data := os.read(0, 4096):
        *whole, unfinished = (unfinished + data).split(b"\n")
        for line in whole:
            loop.call_soon_threadsafe(lines.put_nowait, line.decode("utf-8", "replace").strip())


def obey(scale: ScaleSim[Any], line: str) -> str:
    """Do one order; returns what is wrong with it, or nothing."""
    match line.split():
        case [order] if order in ALONE:
            ALONE[order](scale)
            return ""
        case [order, argument] if order in WITH_ARGUMENT:
            try:
                WITH_ARGUMENT[order][1](scale, argument)
            except (ValueError, KeyError):
                return f"cannot do {line!r}: it is {order} {WITH_ARGUMENT[order][0]}"
            return ""
        case _:
            return f"cannot do {line!r}: the orders are {ORDERS}"


def _print(told: Told) -> None:
    print(json.dumps(told), flush=True)
