"""Seven data bits with parity, as an eight-bit port sees and says them: on the wire both are the same ten bits.

Only a probe reckons parity itself: it must hear a device before it knows what the device is set to.
"""

from __future__ import annotations

from drivers.wires.framing import SEVEN_BITS

SURE = 0.9  # the first byte may have been cut in half


def with_parity(data: bytes, parity: str) -> bytes:
    """``data`` as a 7E, 7O or 7N line says it; N is a second stop bit."""
    match parity:
        case "E":
            return bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in data)
        case "O":
            return bytes(byte if byte.bit_count() % 2 else byte | 0x80 for byte in data)
        case _:
            return bytes(byte | 0x80 for byte in data)


def without_parity(data: bytes) -> bytes:
    """The seven data bits of each byte."""
    return data.translate(SEVEN_BITS)


def line_of(data: bytes) -> str:
    """The line on which an eight-bit port heard ``data``: 7E1, 7O1 or 7N2 when nearly all bytes agree, otherwise 8N1."""
    if not any(byte & 0x80 for byte in data):
        return "8N1"
    for parity, line in (("E", "7E1"), ("O", "7O1"), ("N", "7N2")):
        agree = sum(byte == told for byte, told in zip(data, with_parity(without_parity(data), parity), strict=True))
        if agree >= SURE * len(data):
            return line
    return "8N1"
