"""The fields of a ZVT message: each begins with its number (BMP) and has a fixed length or one in its first bytes.

    27 00                 result: approved           22 f0 f8 4929…1234     card number, eight bytes
    04 000000001250       12.50                      8b f0 f5 56495341 00   "VISA"

The numbers of cards are cut while they are read; tracks, chips and check values (23, 24, 2d, 2e, 3a) are stepped over unread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.pos.cards import cut_cards, cut_digits

TLV = 0x06
LL, LLL = -2, -3
LENGTHS = {
    **dict.fromkeys((0x01, 0x02, 0x03, 0x05, 0x19, 0x27, 0x8A, 0x8C, 0xA0, 0xD0, 0xD2, 0xD3, 0xE0, 0xE9, 0xEA), 1),
    **dict.fromkeys((0xF0, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0x72, 0x73, 0x74, 0x75), 1),
    **dict.fromkeys((0x0D, 0x0E, 0x17, 0x3A, 0x49, 0x87), 2),
    **dict.fromkeys((0x0B, 0x0C, 0x37, 0x3D, 0x88, 0xAA), 3),
    **dict.fromkeys((0x29, 0x70, 0x71), 4),
    0xBA: 5,
    0x04: 6,
    0x3B: 8,
    0xEB: 8,
    0x2A: 15,
    **dict.fromkeys((0x22, 0x23, 0x2D, 0x8B, 0xA7, 0xD1, *range(0xE1, 0xE9), *range(0xF1, 0xF9)), LL),
    **dict.fromkeys((0x24, 0x2E, 0x3C, 0x60, 0x9A, 0xAF), LLL),
}
"""PA00P015 chapter 9, in bytes."""

TEXT_LINE, DISPLAY_TEXTS, PRINT_TEXTS = 0x07, 0x24, 0x25
TERMINAL_LETTERS = "cp437"  # PA00P015 chapter 1: unless another set was agreed on


class Clipped(ValueError):
    """A field goes on beyond the end of its message, or holds no digits where digits belong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What a status says; None where it says nothing. ``result`` 0 is approved; ``receipt`` has four digits."""

    result: int | None = None
    amount_minor: int | None = None
    receipt: str = ""
    card: str = ""
    scheme: str = ""
    text: str = ""


def fields_of(data: bytes) -> Fields:
    """The fields of a status. Raises Clipped. A field that no manual knows ends the reading: what stands before it counts."""
    found = {number: value for number, value in _fields(data) if number in {0x27, 0x04, 0x87, 0x22, 0x8B, 0x3C}}
    return Fields(
        result=found[0x27][0] if 0x27 in found else None,
        amount_minor=int(_digits(found[0x04])) if 0x04 in found else None,
        receipt=_digits(found[0x87]) if 0x87 in found else "",
        card=_card(found[0x22]) if 0x22 in found else "",
        scheme=_text(found.get(0x8B, b"")),
        text=_text(found.get(0x3C, b"")),
    )


def text_lines(container: bytes) -> list[str]:
    """The lines of text (tags 24 or 25, in them 07) in a TLV container that begins with its length. Raises Clipped."""
    length, start = _tlv_length(container, 0)
    lines: list[str] = []
    for tag, value in _objects(_piece(container, start, length)):
        if tag in {DISPLAY_TEXTS, PRINT_TEXTS}:
            lines.extend(_text(line) for inner, line in _objects(value) if inner == TEXT_LINE)
    return [line for line in lines if line]


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        number = data[at]
        at += 1
        if number == TLV:
            length, at = _tlv_length(data, at)
        elif number in LENGTHS:
            length, at = _length(data, at, LENGTHS[number])
        else:
            return
        yield number, _piece(data, at, length)
        at += length


def _length(data: bytes, at: int, length: int) -> tuple[int, int]:
    """The length of a field, and where its value begins."""
    if length > 0:
        return length, at
    digits = _piece(data, at, -length)  # F1 F6 is 16
    return int("".join(str(byte & 0x0F) for byte in digits)), at - length


def _tlv_length(data: bytes, at: int) -> tuple[int, int]:
    first = _piece(data, at, 1)[0]
    if first < 0x80:
        return first, at + 1
    size = first & 0x7F
    if size not in {1, 2}:
        raise Clipped("a container has no length")
    return int.from_bytes(_piece(data, at + 1, size), "big"), at + 1 + size


def _objects(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The data objects of a TLV container; tags of more bytes are told as one number."""
    at = 0
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 0x1F == 0x1F:
            while True:
                byte = _piece(data, at, 1)[0]
                tag, at = tag << 8 | byte, at + 1
                if not byte & 0x80:
                    break
        length, at = _tlv_length(data, at)
        yield tag, _piece(data, at, length)
        at += length


def _piece(data: bytes, at: int, length: int) -> bytes:
    if at + length > len(data):
        raise Clipped("it ends in the middle of a field")
    return data[at : at + length]


def _digits(packed: bytes) -> str:
    digits = packed.hex()
    if not digits.isdecimal():
        raise Clipped("a field of digits holds something else")
    return digits


def _card(packed: bytes) -> str:
    """E is a digit that the terminal has masked itself, F fills up the last byte."""
    return cut_digits(packed.hex().rstrip("f").replace("e", "*"))


def _text(raw: bytes) -> str:
    words = "".join(letter if letter.isprintable() else " " for letter in raw.decode(TERMINAL_LETTERS))
    return cut_cards(words).strip()
