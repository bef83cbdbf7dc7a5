"""A simulated device as a command: one-line orders on standard input, one JSON object a line on standard output.

When standard input ends, the device stays on the wire until SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from inspect import isawaitable
from pathlib import Path
from typing import Any

ON_OR_OFF = {"on": True, "off": False}
Orders = Mapping[str, tuple[str, Callable[..., object]]]
"""An order's name, what is written behind it, and what it does with the device."""


def listed(orders: Orders) -> str:
    """All of them with what is written behind each, for whoever does not know them."""
    return ", ".join([*(f"{order} {expected}".rstrip() for order, (expected, _) in orders.items()), "quit"])


def options(kind: str, orders: Orders) -> argparse.ArgumentParser:
    """The command line of ``storebox sim KIND``; its help lists the orders."""
    return argparse.ArgumentParser(prog=f"storebox sim {kind}", epilog=f"orders on standard input: {listed(orders)}")


def check_link(parser: argparse.ArgumentParser, link: Path) -> None:
    """End with what is wrong when a port cannot appear at ``link``."""
    if not link.parent.is_dir():
        parser.error(f"--link {link}: there is no folder {link.parent}")


async def obey(sim: object, orders: Orders, line: str) -> str:
    """Do one order, to its end; returns what is wrong with it, or nothing."""
    order, *arguments = line.split() or [""]
    if order not in orders:
        return f"cannot do {line!r}: the orders are {listed(orders)}"
    expected, act = orders[order]
    try:
        doing = act(sim, *arguments)
    except (ValueError, KeyError, TypeError):
        return f"cannot do {line!r}: it is {order} {expected}".rstrip()
    if isawaitable(doing):
        await doing
    return ""


async def obey_until_quit(
    make: Callable[[], AbstractAsyncContextManager[Any]], orders: Orders, *, at_end: Callable[[Any], object] = lambda _sim: None
) -> None:
    """Run the device that ``make`` builds until a signal or ``quit``; ``at_end`` is called before it is switched off."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lines.put_nowait, "quit")
    threading.Thread(target=_read_orders, args=(loop, lines), name="standard input", daemon=True).start()
    async with make() as sim:
        while (line := await lines.get()) != "quit":
            problem = await obey(sim, orders, line)
            if problem:
                tell({"error": problem})
        at_end(sim)


def tell(told: Mapping[str, object]) -> None:
    """One JSON object a line."""
    print(json.dumps(told, ensure_ascii=False), flush=True)


def _read_orders(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str]) -> None:
    """On a thread, from the descriptor itself: a thread inside sys.stdin holds its lock while Python wants to end."""
    rest = b""
    while data := os.read(0, 4096):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            loop.call_soon_threadsafe(lines.put_nowait, line.decode("utf-8", "replace").strip())
