"""Frames of CAS scales, type 6: cut by their length, because the check character may be any byte, also a mark of another frame.

    SOH STX  S ' ' 0 1 . 2 5 0 k g  BCC ETX EOT                                   DC1: 15 bytes
    SOH [STX 8 characters BCC ETX] [weight as above] [STX 8 characters BCC ETX] EOT   DC2: 37 bytes

Sources: CAS PD-II p 23, AP-1 protocol sheet, Ohaus Aviator p 36, Dibal DPOS400 p 31.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

from drivers.wires.framing import MeasuredFraming, fits

ACK, NAK = b"\x06", b"\x15"
ANY = b""
DIGITS = b"0123456789. "
SIGN = b" -F"
WEIGHT_BLOCK = (b"\x02", b"SUF", SIGN, *[DIGITS + b"F"] * 6, b"kKlL", b"gGbB", ANY, b"\x03")
MONEY_BLOCK = (b"\x02", *[DIGITS + b"-F"] * 8, ANY, b"\x03")
WEIGHT = (b"\x01", *WEIGHT_BLOCK, b"\x04")
PRICES = (b"\x01", *MONEY_BLOCK, *WEIGHT_BLOCK, *MONEY_BLOCK, b"\x04")


def measure(data: bytes, at: int) -> int:
    """How long the frame is that begins at ``at``: 0 if none does. ACK and NAK are frames of one byte."""
    if data[at : at + 1] in {ACK, NAK}:
        return 1
    if fits(data, at, WEIGHT):
        return len(WEIGHT)
    return len(PRICES) if fits(data, at, PRICES) else 0


FRAMING = MeasuredFraming(begins=re.compile(rb"[\x01\x06\x15]"), measure=measure)


def blocks(data: bytes) -> tuple[bytes, ...]:
    """What stands between STX and BCC of each block, check characters included as the last byte; () for no frame."""
    if len(data) == len(WEIGHT) and fits(data, 0, WEIGHT):
        return (data[2:13],)
    if len(data) == len(PRICES) and fits(data, 0, PRICES):
        return (data[2:11], data[13:24], data[26:35])
    return ()


def undamaged(block: bytes) -> bool:
    """Whether the check character is the XOR of the bytes before it: what Ohaus calls even column parity."""
    return reduce(xor, block) == 0
