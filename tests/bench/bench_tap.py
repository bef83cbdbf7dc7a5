"""What a receipt tap costs on the way to the paper: from the till's bytes to the printer's answer, against a plain forwarder.

The plain forwarder is what ``socat TCP-LISTEN:… TCP:…`` does: a loop of select, recv and send in its own process. Printer and
till are threads of this program; the tap runs in a process of its own too, and reads every receipt while it forwards.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import select
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from drivers.pos.receipt_tap import ReceiptTap, TapSettings
from drivers.pos.tap_sides import TcpSides
from tests.bench.spread import spread

ROUNDS = 7
RECEIPTS = 200
SLOWER_THAN_PLAIN = 3.0
STATUS = b"\x10\x04\x01"
RECEIPT = (
    b"\x1b@"
    + ("示例超市\n单号: 42\n2026-11-21\n" + "牛奶   2   6.50   13.00\n" * 30 + "合计: 390.00\n").encode("gb18030")
    + b"\x1dV\x00"
    + STATUS
)


class Printer(threading.Thread):
    """Takes bytes and answers each status request at its end."""

    def __init__(self) -> None:
        super().__init__(name="printer", daemon=True)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]

    def run(self) -> None:
        while True:
            till, _ = self._listening.accept()
            threading.Thread(target=self._print, args=(till,), name="job", daemon=True).start()

    def _print(self, till: socket.socket) -> None:
        till.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with till:
            tail = b""
            while data := till.recv(65_536):
                tail = (tail + data)[-3:]
                if tail == STATUS:
                    till.send(b"\x12")


def plainly(port: int, opened: Connection) -> None:
    """The plain forwarder."""
    listening = socket.create_server(("127.0.0.1", 0))
    opened.send(listening.getsockname()[1])
    while True:
        till, _ = listening.accept()
        printer = socket.create_connection(("127.0.0.1", port))
        other = {till: printer, printer: till}
        for end in other:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while other:
            for end in select.select(list(other), [], [])[0]:
                data = end.recv(65_536)
                if not data:
                    till.close()
                    printer.close()
                    other = {}
                    break
                other[end].sendall(data)


def through_the_tap(port: int, opened: Connection) -> None:
    """The tap, open and listened to as in a box."""
    asyncio.run(_tap(port, opened))


async def _tap(port: int, opened: Connection) -> None:
    settings = TapSettings(till_side="127.0.0.1:0", printer_side=f"127.0.0.1:{port}", check_s=0)
    async with ReceiptTap("bench", settings) as tap:
        assert isinstance(tap.sides, TcpSides)
        opened.send(tap.sides.port)
        async for _ in tap.readings():
            pass


@contextmanager
def running(way: Callable[[int, Connection], None], printer: Printer) -> Iterator[int]:
    """A forwarder in a process of its own; its port."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=way, args=(printer.port, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.kill()
        process.join()


def measure(port: int) -> list[float]:
    """Microseconds from a receipt's first byte to the printer's answer, each."""
    found = []
    with socket.create_connection(("127.0.0.1", port)) as till:
        till.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(RECEIPTS):
            began = time.perf_counter()
            till.sendall(RECEIPT)
            assert till.recv(1) == b"\x12"
            found.append((time.perf_counter() - began) * 1e6)
    return found


def main() -> int:
    """Plain and tapped in turn, round by round."""
    printer = Printer()
    printer.start()
    plain: list[float] = []
    tapped: list[float] = []
    worst: list[float] = []
    with running(plainly, printer) as plain_port, running(through_the_tap, printer) as tap_port:
        measure(plain_port)
        measure(tap_port)
        for _ in range(ROUNDS):
            plain.append(statistics.median(measure(plain_port)))
            took = measure(tap_port)
            tapped.append(statistics.median(took))
            worst.append(max(took))
    print(f"{ROUNDS} rounds of {RECEIPTS} receipts of {len(RECEIPT)} bytes, µs to the printer's answer: min / median / max")
    print(f"  plain forwarder  {spread(plain)}")
    print(f"  tap              {spread(tapped)}   slowest receipt of a round {spread(worst)}")
    ratio = statistics.median(tap / bare for tap, bare in zip(tapped, plain, strict=True))
    print(f"  the tap takes {ratio:.2f} of a plain forwarder's time (promised: at most {SLOWER_THAN_PLAIN:g})")
    return 0 if ratio <= SLOWER_THAN_PLAIN else 1


if __name__ == "__main__":
    sys.exit(main())
