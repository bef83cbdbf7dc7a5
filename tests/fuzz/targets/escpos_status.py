"""What an ESC/POS printer answers."""

from __future__ import annotations

from drivers.pos.escpos_status import AUTOMATIC_BYTES, PROCESS_ID_BYTES, Answer, RealTime, cut, decode

MOST_PIECES = 32


def feed(data: bytes) -> None:
    """In one piece or in many – byte by byte, if it is short –, it is the same answers; no byte makes an error."""
    whole, rest = cut(data)
    assert len(rest) < max(AUTOMATIC_BYTES, PROCESS_ID_BYTES)
    pieces, left = list[Answer](), b""
    size = 1 + len(data) // MOST_PIECES
    for at in range(0, len(data), size):
        answers, left = cut(left + data[at : at + size])
        pieces += answers
    assert (pieces, left) == (whole, rest)
    bits = [answer.bits for answer in whole if isinstance(answer, RealTime)]
    for first, second, third in zip(bits, bits[1:], bits[2:], strict=False):
        assert isinstance(decode(first, second, third).trouble, str)
