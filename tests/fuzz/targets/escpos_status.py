"""What an ESC/POS printer answers."""

from __future__ import annotations

from drivers.pos.escpos_status import AUTOMATIC_BYTES, PROCESS_ID_BYTES, RealTime, cut, decode


def feed(data: bytes) -> None:
    """In one piece or byte by byte, it is the same answers; no byte makes an error."""
    whole, rest = cut(data)
    assert len(rest) < max(AUTOMATIC_BYTES, PROCESS_ID_BYTES)
    pieces, left = [], b""
    for byte in data:
        answers, left = cut(left + bytes([byte]))
        pieces += answers
    assert (pieces, left) == (whole, rest)
    bits = [answer.bits for answer in whole if isinstance(answer, RealTime)]
    for first, second, third in zip(bits, bits[1:], bits[2:], strict=False):
        assert isinstance(decode(first, second, third).trouble, str)
