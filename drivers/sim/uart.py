"""What a UART makes of bytes that were sent at another rate or parity: a pty has neither, so a simulator must model them.

One bit is a level for a while: start bit 0, eight bits from the lowest, stop bit 1. The receiver looks in the middle of each.
"""

from __future__ import annotations

import termios
from collections.abc import Iterator

RATES = {getattr(termios, f"B{rate}"): rate for rate in (300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)}


def rate_of(descriptor: int) -> int | None:
    """The rate to which the program at the other end of a pty has set its port."""
    return RATES.get(termios.tcgetattr(descriptor)[5])


def with_parity(data: bytes, parity: str) -> bytes:
    """Seven data bits and a parity bit, "E" or "O", as an eight-bit port sees them."""
    odd = parity == "O"
    return bytes(byte | 0x80 if (byte.bit_count() % 2 == 1) != odd else byte for byte in (byte & 0x7F for byte in data))


def without_parity(data: bytes, parity: str) -> bytes:
    """The seven bits of every byte whose parity is right; a scale drops the others."""
    return bytes(byte & 0x7F for byte in data if bytes([byte]) == with_parity(bytes([byte]), parity))


def at_rate(data: bytes, sent: int, heard: int, *, early: bool = False) -> bytes:
    """The bytes that a receiver at ``heard`` bits a second finds in ``data`` sent at ``sent``, line idle before and after.

    ``early``: it looks a moment before the middle of a bit; where that is the edge of a level, it sees the one before.
    """
    return data if sent == heard else bytes(_received(_levels(data), sent, heard, early=early))


def _levels(data: bytes) -> list[int]:
    levels = [1]
    for byte in data:
        levels += [0, *(byte >> bit & 1 for bit in range(8)), 1]
    return levels


def _received(levels: list[int], sent: int, heard: int, *, early: bool) -> Iterator[int]:
    """Times are counted in 1 / (2 * sent * heard) seconds, so that every edge and every middle is a whole number."""
    per_level, per_bit = 2 * heard, 2 * sent
    end = len(levels) * per_level

    def level(at: int) -> int:
        return levels[at // per_level] if at < end else 1

    at = 0
    while at < end:
        edge = next((i * per_level for i in range(1, len(levels)) if i * per_level >= at and levels[i] < levels[i - 1]), None)
        if edge is None:
            return
        middles = [edge + bit * per_bit + per_bit // 2 - early for bit in range(10)]
        if level(middles[0]) == 1:  # a spike, no start bit
            at = edge + 1
            continue
        yield sum(level(middle) << bit for bit, middle in enumerate(middles[1:9]))
        at = middles[9]
