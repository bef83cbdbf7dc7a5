"""What a frame costs on the serial line: the wire in bulk against ``pyserial.readline``, interleaved on one pty.

A child process writes MT-SICS lines as fast as the pty takes them; CPU time is that of the reading process alone. Then one answer
of every scale is cut and decoded again and again, without a wire.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import serial

from drivers.contract import Frame
from drivers.scales.mt_sics import FRAMING, decode
from drivers.wires.serial_line import SerialLine
from tests.bench.scale_frames import ANSWERS, Answer
from tests.bench.spread import spread

LINE = b"S S      1.234 kg\r\n"
FRAMES = 20_000
ROUNDS = 7
FASTER_THAN_READLINE = 5
DECODED = 5_000
DECODED_WITHIN_US = 20
WRITER = f"import os, sys\nwhile True: os.write(int(sys.argv[1]), {LINE!r} * 50)"


@contextmanager
def talking_port() -> Iterator[str]:
    """A pty whose far end never stops talking."""
    master, slave = os.openpty()
    tty.setraw(slave)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(master)], pass_fds=[master], stderr=subprocess.DEVNULL)
    try:
        yield os.ttyname(slave)
    finally:
        writer.kill()
        writer.wait()
        os.close(slave)
        os.close(master)


def by_readline(path: str) -> None:
    with serial.Serial(path, 9600, timeout=5, exclusive=True) as port:
        for _ in range(FRAMES):
            assert port.readline()


def by_wire(path: str) -> None:
    asyncio.run(_listen(path, weigh=False))


def by_wire_and_decode(path: str) -> None:
    asyncio.run(_listen(path, weigh=True))


async def _listen(path: str, *, weigh: bool) -> None:
    async with SerialLine(path, device="bench", framing=FRAMING, explain=repr, baud=9600) as line:
        await line.frame()  # the first may be half a line
        for _ in range(FRAMES):
            frame = await line.frame()
            if weigh:
                decode(frame)


def measure(read: Callable[[str], None]) -> tuple[float, float]:
    """Frames a second, and CPU µs a frame."""
    with talking_port() as path:
        wall, cpu = time.perf_counter(), time.process_time()
        read(path)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return FRAMES / wall, cpu / FRAMES * 1e6


def decoding(answer: Answer) -> float:
    """CPU µs to cut and decode one frame."""
    at = datetime.now(UTC)
    began = time.process_time()
    for _ in range(DECODED):
        for data in answer.framing.cut(answer.data).frames:
            answer.decode(Frame(data=data, device="bench", at=at, monotonic_ms=0))
    return (time.process_time() - began) / DECODED * 1e6


def decoding_is_cheap() -> bool:
    """Measure every scale in turn, round by round, and print what a frame of it costs."""
    found: dict[str, list[float]] = {answer.driver: [] for answer in ANSWERS}
    for _ in range(ROUNDS):
        for answer in ANSWERS:
            found[answer.driver].append(decoding(answer))
    print(
        f"{ROUNDS} rounds of {DECODED} frames cut and decoded, CPU µs a frame (promised: {DECODED_WITHIN_US}): min / median / max"
    )
    for driver, costs in found.items():
        print(f"  {driver:24} {spread(costs)}")
    return all(statistics.median(costs) <= DECODED_WITHIN_US for costs in found.values())


def main() -> int:
    ways = {"pyserial.readline": by_readline, "wire": by_wire, "wire + decode": by_wire_and_decode}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, read in ways.items():
            found[name].append(measure(read))
    print(f"{ROUNDS} rounds of {FRAMES} frames of {len(LINE)} bytes, interleaved: min / median / max")
    for name, rounds in found.items():
        rates, costs = ([measured[side] for measured in rounds] for side in (0, 1))
        print(f"  {name:18} frames/s {_spread(rates, 0)}   CPU µs a frame {_spread(costs, 2)}")
    ratios = [line[1] / wire[1] for line, wire in zip(found["pyserial.readline"], found["wire"], strict=True)]
    print(
        f"  the wire takes 1/{statistics.median(ratios):.0f} of readline's CPU time a frame (promised: 1/{FASTER_THAN_READLINE})"
    )
    return 0 if decoding_is_cheap() and statistics.median(ratios) >= FASTER_THAN_READLINE else 1


def _spread(values: list[float], places: int) -> str:
    return " / ".join(f"{value:.{places}f}" for value in (min(values), statistics.median(values), max(values)))


if __name__ == "__main__":
    sys.exit(main())
