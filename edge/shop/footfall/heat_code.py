"""How long visitors were in which cell of a grid, as short as it can be said: without it a day of heat fills the line.

    "BA8AAw"    base64url without padding of 04 0f 00 03: cell 4 for 15 tenths of a second, cell 5 for 3

Pairs of how many cells were left out since the one before and tenths of a second, each number as a varint: seven bits to a byte,
the lowest first, the top bit of all but the last set (LEB128). Cells are counted row by row from the top left, from 0.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping

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


def decode(said: str) -> dict[int, int]:
    """Tenths of a second by cell, of what ``encode`` wrote."""
    numbers = _numbers(urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    tenths, cell = dict[int, int](), -1
    for gap in numbers:
        cell += gap + 1
        tenths[cell] = next(numbers)
    return tenths


def _append(said: bytearray, number: int) -> None:
    while number > SEVEN_BITS:
        said.append(number & SEVEN_BITS | MORE)
        number >>= 7
    said.append(number)


def _numbers(said: Iterable[int]) -> Iterator[int]:
    number = shift = 0
    for byte in said:
        number |= (byte & SEVEN_BITS) << shift
        shift += 7
        if byte < MORE:
            yield number
            number = shift = 0
