"""Where a frame begins and ends among the bytes of a wire, and what to do with the bytes between.

Pure: a driver states its framing once, the wire cuts with it, tests feed it noise.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))
"""For ``bytes.translate``: drops the parity bit that an adapter without 7-bit lines leaves on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """``frames`` whole, in order; ``noise`` belongs to none; ``rest`` may still become one and is not longer than one."""

    frames: tuple[bytes, ...]
    noise: bytes
    rest: bytes


class Cutter(Protocol):
    """What the wires cut with: marks (Framing), lengths (MeasuredFraming), or a driver's own way."""

    def cut(self, data: bytes) -> Cut:
        """Cut ``data`` (the last rest and what has arrived since)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """A frame ends with ``end``, begins with ``start`` if the protocol has one, and has at most ``longest`` bytes."""

    end: bytes
    longest: int
    start: bytes = b""

    def cut(self, data: bytes) -> Cut:
        """Cut ``data`` (the last rest and what has arrived since)."""
        frames: list[bytes] = []
        noise: list[bytes] = []
        at = 0
        while (found := data.find(self.end, at)) >= 0:
            stop = found + len(self.end)
            begin = self._begin(data, at, stop)
            if begin > at:
                noise.append(data[at:begin])
            if begin < stop:
                frames.append(data[begin:stop])
            at = stop
        begin = self._begin(data, at, len(data))
        noise.append(data[at:begin])
        return Cut(frames=tuple(frames), noise=b"".join(noise), rest=data[begin:])

    def _begin(self, data: bytes, at: int, stop: int) -> int:
        """Where the frame that ends at ``stop`` begins: the last start mark wins, so half a frame before it is noise."""
        earliest = max(at, stop - self.longest)
        if not self.start:
            return earliest
        begin = data.rfind(self.start, earliest, stop)
        return begin if begin >= 0 else stop


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFraming:
    """For frames that may hold any byte, also their own marks: a checksum, a status, a raw device number.

    Only where ``begins`` is found is measured: a wrong baud rate makes nothing but noise, and much of it. ``measure(data, at)``
    says how many bytes the frame has that begins at ``at``, as far as the bytes there tell: 0 if none begins there, more than
    there are while it is unfinished. The earlier it says 0, the less noise can delay a frame.
    """

    begins: re.Pattern[bytes]
    measure: Callable[[bytes, int], int]

    def cut(self, data: bytes) -> Cut:
        """Cut ``data`` (the last rest and what has arrived since)."""
        frames: list[bytes] = []
        noise: list[bytes] = []
        at = 0
        while at < len(data):
            found = self.begins.search(data, at)
            begin = found.start() if found else len(data)
            length = self.measure(data, begin) if found else 0
            noise.append(data[at : begin + (length == 0)])
            if begin + length > len(data):
                return Cut(frames=tuple(frames), noise=b"".join(noise), rest=data[begin:])
            if length:
                frames.append(data[begin : begin + length])
            at = begin + (length or 1)
        return Cut(frames=tuple(frames), noise=b"".join(noise), rest=b"")


def fits(data: bytes, at: int, shape: tuple[bytes, ...]) -> bool:
    """Whether what has arrived from ``at`` on has ``shape``: the bytes allowed at each place, none named for any byte."""
    return all(not allowed or data[place] in allowed for place, allowed in enumerate(shape[: len(data) - at], at))
