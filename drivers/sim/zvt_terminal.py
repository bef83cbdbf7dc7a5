"""A card terminal that speaks ZVT over TCP (VdTH PA00P015 rev. 13.07 and PA00P016 rev. 04), and every way it can fail.

storebox sim terminal/zvt --port 20007

It says each card number in full, as old terminals do: whoever listens must cut it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from drivers.sim.orders import Orders, obey_until_quit, options, tell
from drivers.sim.tcp_server import TcpServer
from drivers.sim.zvt_line import Line

PLACES = ("ack", "words", "status", "completion")


@dataclass(slots=True, kw_only=True)
class ZvtTerminalSim:
    """``async with`` it and it listens on ``port``. The attributes are its moods; they may change at any time.

    ``result`` 0 approves, any other declines; ``halt`` says before which answer it stops: ``mute`` falls silent there,
    ``hang_up`` cuts the line there. The answers to a payment are ack, words, status, completion. ``stubborn`` acknowledges an
    abort and goes on, as one does that waits for the bank already.
    """

    port: int = 0
    password: str = "000000"  # noqa: S105
    card: str = "4929101234561237"
    scheme: str = "VISA"
    result: int = 0
    halt: str = ""
    hang_up: bool = False
    stutter_ms: int = 0
    think_ms: int = 0
    refuse: int = 0
    words: tuple[int, ...] = (0x0A, 0x04)
    prints: bool = False
    forgets: bool = False
    stubborn: bool = False
    repeats: int = 1
    raw_status: bytes | None = None
    registered: bool = False
    receipt: int = 46
    heard: list[bytes] = field(default_factory=list)
    charged: dict[int, int] = field(default_factory=dict)
    refunded: dict[int, int] = field(default_factory=dict)
    _server: TcpServer = field(init=False)
    _lines: set[Line] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = TcpServer(self._serve, port=self.port)
        await self._server.plug()
        self.port = self._server.port
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._server.unplug()

    def cut(self) -> None:
        """Pull the network cable's far end: whoever is connected is hung up."""
        self._server.hang_up()

    async def say(self, apdu: bytes) -> None:
        """Send bytes unasked on every line."""
        for line in self._lines:
            await line.write(apdu)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(self, reader, writer)
        self._lines.add(line)
        try:
            await line.converse()
        finally:
            self._lines.discard(line)


def _halting(*, hang_up: bool) -> Callable[[ZvtTerminalSim, str], None]:
    def halt(sim: ZvtTerminalSim, place: str) -> None:
        if place not in {*PLACES, "never"}:
            raise ValueError(place)
        sim.halt, sim.hang_up = place, hang_up

    return halt


ORDERS: Orders = {
    "card": ("DIGITS", lambda sim, digits: setattr(sim, "card", digits)),
    "approve": ("", lambda sim: setattr(sim, "result", 0)),
    "decline": ("CODE in hexadecimal, as 6c", lambda sim, code: setattr(sim, "result", int(code, 16))),
    "think": ("MS", lambda sim, wait: setattr(sim, "think_ms", int(wait))),
    "mute": ("ack|words|status|completion|never", _halting(hang_up=False)),
    "hang-up": ("ack|words|status|completion|never", _halting(hang_up=True)),
    "stutter": ("MS", lambda sim, wait: setattr(sim, "stutter_ms", int(wait))),
    "forget": ("", lambda sim: setattr(sim, "forgets", True)),
    "cut": ("", lambda sim: sim.cut()),
    "charged": ("", lambda sim: tell({"charged": sim.charged})),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a terminal until a signal or ``quit``."""
    parser = options("terminal/zvt", ORDERS)
    parser.add_argument("--port", type=int, default=20_007, help="where it listens on 127.0.0.1")
    parser.add_argument("--password", default="000000")
    given = parser.parse_args(argv)
    asyncio.run(obey_until_quit(lambda: ZvtTerminalSim(port=given.port, password=given.password), ORDERS))
    return 0
