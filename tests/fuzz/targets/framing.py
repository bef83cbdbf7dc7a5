"""Bytes on a serial line, cut into frames in two pieces: no byte may be lost or made up."""

from __future__ import annotations

from drivers.wires.framing import Framing

FRAMINGS = (Framing(end=b"\r", longest=10, start=b"\x02"), Framing(end=b"\r\n", longest=80), Framing(end=b"\x03", longest=16))


def feed(data: bytes) -> None:
    """Cut ``data`` after its middle."""
    middle = len(data) // 2
    for framing in FRAMINGS:
        first = framing.cut(data[:middle])
        second = framing.cut(first.rest + data[middle:])
        pieces = (first.noise, *first.frames, second.noise, *second.frames, second.rest)
        if sum(map(len, pieces)) != len(data):
            raise AssertionError(f"{len(data)} bytes became {sum(map(len, pieces))}")
