"""ZVT, the language of card terminals: what is sent, and what is heard. Card numbers are cut here, before anyone sees them.

    06 01 0a 04 000000001250 49 0978     ->     take 12.50 EUR            (class, instruction, length, fields)
    80 00 00                             <-     understood
    04 ff 01 0a                          <-     insert card
    04 0f 21 27 00 04 000000001250 …     <-     approved, receipt 47
    06 0f 00                             <-     finished

VdTH PA00P016 rev. 04 (transport) and PA00P015 rev. 13.07, chapters 2 to 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from drivers.contract import BadFrame
from drivers.pos.cards import cut_cards
from drivers.pos.zvt_fields import Clipped, Fields, fields_of, text_lines
from drivers.pos.zvt_words import status_words

ACK = bytes.fromhex("800000")
ABORT = bytes.fromhex("06b000")
DIAGNOSIS = bytes.fromhex("067000")
CONFIG = 0x38  # we want words on the way (08), we start payments (10) and the rest (20); the terminal prints by itself
LONG = 0xFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """80 00 00: the terminal understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """84 xx 00: it will not begin; ``code`` as in chapter 10 of PA00P015."""

    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheWay:
    """04 FF: what it does now, in words for the lane's display."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """04 0F: the result. ``card`` has at most six and four digits."""

    fields: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """06 0F: it is ready for the next command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aborted:
    """06 1E: it gave up; ``code`` says why."""

    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Anything else, such as lines to print: it wants an acknowledgement and nothing more. Its bytes are dropped."""


Said = Acknowledged | Rejected | OnTheWay | Status | Completed | Aborted | Other


def decode(apdu: bytes) -> Said:
    """What one whole APDU says. Raises BadFrame, whose ``frame`` has the control field and the length only."""
    data = _data_of(apdu)
    try:
        return _said(apdu[0], apdu[1], data)
    except Clipped as clipped:
        raise BadFrame(f"the terminal's {_name(apdu)} cannot be read: {clipped}", apdu[:3]) from clipped


def _said(kind: int, instruction: int, data: bytes) -> Said:
    match (kind, instruction):
        case (0x80, _) | (0x84, 0x00):
            return Acknowledged()
        case (0x84, code):
            return Rejected(code=code)
        case (0x04, 0xFF):
            return OnTheWay(words=_words(data))
        case (0x04, 0x0F):
            return Status(fields=fields_of(data))
        case (0x06, 0x0F):
            return Completed()
        case (0x06, 0x1E):
            return Aborted(code=data[0] if data else 0xFF)
        case _:
            return Other()


def wants_answer(said: Said) -> bool:
    """Whether the terminal waits for our ACK."""
    match said:
        case Acknowledged() | Rejected():
            return False
        case OnTheWay() | Status() | Completed() | Aborted() | Other():
            return True
    assert_never(said)


def registration(password: str, currency_number: int) -> bytes:
    """06 00: who we are and what we want to be told (PA00P015 2.1)."""
    return _apdu(0x00, bytes.fromhex(password) + bytes((CONFIG,)) + _bcd(currency_number, 2))


def authorisation(amount_minor: int, currency_number: int) -> bytes:
    """06 01: take the money (2.2)."""
    return _apdu(0x01, b"\x04" + _bcd(amount_minor, 6) + b"\x49" + _bcd(currency_number, 2))


def reversal(password: str, receipt: int) -> bytes:
    """06 30: take a payment back by its receipt number (2.8)."""
    return _apdu(0x30, bytes.fromhex(password) + b"\x87" + _bcd(receipt, 2))


def refund(password: str, amount_minor: int, currency_number: int) -> bytes:
    """06 31: give money to a card (2.10)."""
    return _apdu(0x31, bytes.fromhex(password) + b"\x04" + _bcd(amount_minor, 6) + b"\x49" + _bcd(currency_number, 2))


def end_of_day(password: str) -> bytes:
    """06 50: close the books (2.16)."""
    return _apdu(0x50, bytes.fromhex(password))


def _apdu(instruction: int, data: bytes) -> bytes:
    return bytes((0x06, instruction, len(data))) + data  # ours are all shorter than 255


def _bcd(number: int, size: int) -> bytes:
    return bytes.fromhex(f"{number:0{2 * size}d}")


def _data_of(apdu: bytes) -> bytes:
    start = 5 if len(apdu) > 2 and apdu[2] == LONG else 3
    said = int.from_bytes(apdu[3:5], "little") if start == 5 else apdu[2] if len(apdu) > 2 else 0
    if len(apdu) < start or len(apdu) != start + said:
        raise BadFrame(f"{len(apdu)} bytes are no APDU of ZVT: does the terminal speak ZVT on this port?", apdu[:3])
    return apdu[start:]


def _name(apdu: bytes) -> str:
    return apdu[:2].hex(" ")


def _words(data: bytes) -> str:
    """The terminal's own words if it sent them (tags 24 and 07), else those of the code."""
    if not data:
        return ""
    container = data[1:] if data[1:2] == b"\x06" else data[2:]
    own = " / ".join(text_lines(container[1:])) if container[:1] == b"\x06" else ""
    return cut_cards(own) or status_words(data[0])
