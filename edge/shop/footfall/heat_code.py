"""How long visitors were in which cell of a grid, as short as it can be said: without it a day of heat fills the line.

    "BA8AAw"    base64url without padding of 04 0f 00 03: cell 4 for 15 tenths of a second, cell 5 for 3

Pairs of how many cells were left out since the one before and tenths of a second, each number as a varint: seven bits to a byte,
the lowest first, the top bit of all but the last set (LEB128). Cells are counted row by row from the top left, from 0.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

MORE = 0x80
SEVEN_BITS = 0x7F


def encode(tenths: Mapping[int, int]) -> str:
    """The cells that are not 0, tenths of a second by cell."""
    said, before = bytearray(), -1
    for cell in sorted(tenths):
        if tenths[cell]:
            _append(said, cell - before - 1)
            _append(said, tenths[cell])
            before = cell
    return urlsafe_b64encode(said).rstrip(b"=").decode()


def add(said: str, tenths: dict[int, int]) -> None:
    """Add what ``encode`` wrote to ``tenths`` of a second by cell; one loop, because a week is half a million numbers."""
    cell, number, shift, is_gap = -1, 0, 0, True
    for byte in urlsafe_b64decode(said + "=" * (-len(said) % 4)):
        if byte >= MORE:
            number |= (byte & SEVEN_BITS) << shift
            shift += 7
            continue
        number |= byte << shift
        if is_gap:
            cell += number + 1
        else:
            tenths[cell] = tenths.get(cell, 0) + number
        number, shift, is_gap = 0, 0, not is_gap


def _append(said: bytearray, number: int) -> None:
    while number > SEVEN_BITS:
        said.append(number & SEVEN_BITS | MORE)
        number >>= 7
    said.append(number)
