"""A simulated receipt printer as a command, with its roll, cover and drawer in a person's hands."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from drivers.sim.escpos_paper import Paper
from drivers.sim.escpos_printer import EscposSim
from drivers.sim.orders import ON_OR_OFF, Orders, check_link, obey_until_quit, options, tell
from drivers.sim.port import Port
from drivers.sim.pty_port import PtyPort
from drivers.sim.tcp_port import TcpPort

ORDERS: Orders = {
    "cover": ("open|shut", lambda printer, state: {"open": printer.open_cover, "shut": printer.close_cover}[state]()),
    "paper": (
        "LINES, or nothing for a roll without end",
        lambda printer, lines="": printer.load_paper(int(lines) if lines else None),
    ),
    "drawer": ("open|shut", lambda printer, state: {"open": printer.open_drawer, "shut": printer.shut_drawer}[state]()),
    "mute": ("on|off", lambda printer, mute: setattr(printer, "mute", ON_OR_OFF[mute])),
    "after": ("LINES hang|hang-up|open-cover|mute", lambda printer, lines, then: printer.misbehave_after(int(lines), then)),
    "stutter": ("MS", lambda printer, wait: setattr(printer, "stutter_ms", int(wait))),
    "noise": ("HEX", lambda printer, data: printer.noise(bytes.fromhex(data))),
    "again": ("", lambda printer: printer.switch_on_again()),
    "unplug": ("", lambda printer: printer.unplug()),
    "plug": ("", lambda printer: printer.plug()),
}


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim printer/escpos --listen HOST:PORT | --link PATH``; ends at SIGINT or SIGTERM."""
    parser = options("printer/escpos", ORDERS)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--listen", metavar="HOST:PORT", help="a network printer, for example 127.0.0.1:9100")
    where.add_argument("--link", type=Path, help="where the port appears, for example /tmp/printer")
    parser.add_argument("--columns", type=int, default=48)
    parser.add_argument("--line-ms", type=float, default=30.0, help="how long one line takes to print")
    given = parser.parse_args(argv)
    port: Port
    if given.link is not None:
        check_link(parser, given.link)
        port = PtyPort(given.link)
    else:
        host, colon, number = given.listen.rpartition(":")
        if not colon or not number.isdigit():
            parser.error(f"--listen {given.listen}: write it as HOST:PORT, for example 127.0.0.1:9100")
        port = TcpPort(host, int(number))
    printer = EscposSim(port, paper=Paper(columns=given.columns), tell=tell)
    printer.line_ms = given.line_ms
    asyncio.run(obey_until_quit(lambda: printer, ORDERS))
    return 0
