"""A barcode scanner on a pseudo serial port: what it is told to scan, it types, and then presses Enter.

storebox sim scanner/serial --link /tmp/scanner-1        then on standard input: scan 6901028075831
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from drivers.sim.orders import Orders, check_link, obey_until_quit, options, tell
from drivers.sim.pty_port import PtyPort

CARRIAGE_RETURN = b"\r"


class ScannerSim:
    """``aim``: it says which symbol it read. ``end``: what it sends after a code; empty: nothing, which is a wrong setting."""

    def __init__(self, link: Path, *, aim: bool = False, end: bytes = CARRIAGE_RETURN) -> None:
        self.aim, self.end = aim, end
        self._wire = PtyPort(link)
        self._random = random.Random(5)

    @property
    def port(self) -> str:
        """The path to open."""
        return str(self._wire.link)

    async def __aenter__(self) -> Self:
        self.plug()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.unplug()

    def plug(self) -> None:
        """Plug the cable in."""
        self._wire.plug()

    def unplug(self) -> None:
        """Pull the cable."""
        self._wire.unplug()

    def scan(self, code: str, symbology: str = "E0", encoding: str = "utf-8") -> None:
        """Read one code and type it."""
        self.type((f"]{symbology}" if self.aim else "").encode() + code.encode(encoding) + self.end)

    def type(self, data: bytes) -> None:
        """Put bytes on the line as they are."""
        self._wire.write(data)

    def noise(self, count: int) -> None:
        """Bytes as from a wrong baud rate, and an end mark."""
        self.type(bytes(self._random.randrange(128, 192) for _ in range(count)) + self.end)


ORDERS: Orders = {
    "scan": ("CODE", lambda scanner, *words: scanner.scan(" ".join(words))),
    "noise": ("COUNT", lambda scanner, count: scanner.noise(int(count))),
    "unplug": ("", lambda scanner: scanner.unplug()),
    "plug": ("", lambda scanner: scanner.plug()),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Scan what standard input says until a signal or ``quit``."""
    parser = options("scanner/serial", ORDERS)
    parser.add_argument("--link", type=Path, required=True, help="where the port appears, for example /tmp/scanner")
    parser.add_argument("--aim", action="store_true", help="say which symbol was read (EAN-13)")
    given = parser.parse_args(argv)
    check_link(parser, given.link)
    tell({"port": str(given.link)})
    asyncio.run(obey_until_quit(lambda: ScannerSim(given.link, aim=given.aim), ORDERS))
    return 0
