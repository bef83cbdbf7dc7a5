"""What an ESC/POS printer answers, told apart byte by byte: a bit read from the wrong kind of answer is a false alarm.

DLE EOT 1..4   10 04 n   ->  0xx1xx10   one byte, at once, also while it prints      12 = well
GS r 1         1D 72 01  ->  0xx0xxxx   one byte, when all before it was worked through
GS ( H 48      1D 28 48 06 00 30 30 d1..d4  ->  37 22 d1..d4 00   when all before it was printed
unasked (ASB)                ->  0xx1xx00 0xx0xxxx 0xx0xxxx 0xx0xxxx
XON, XOFF                    ->  11, 13

Sources: Epson ESC/POS reference (GS ( H, GS r, GS a, DLE EOT), TM-T88III p 304, SRP-F310 p 89.
Only ``DLE EOT`` n = 1, 2 and 4 are asked; n = 3 when the printer reports an error. The RP-U420 means a black mark by n = 4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

PRINTER, OFFLINE_CAUSE, ERROR_CAUSE, PAPER = 1, 2, 3, 4
KIND_BITS = 0x93
AUTOMATIC_BYTES = 4
PROCESS_ID_BYTES = 7
XON, XOFF = 0x11, 0x13


@dataclass(frozen=True, slots=True, kw_only=True)
class RealTime:
    """The answer to a DLE EOT; it does not say to which."""

    bits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """The answer to a GS r 1: the printer has worked through everything before it. Bits 2 and 3: no paper."""

    bits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessId:
    """The printer has printed everything before the process id ``id`` (four characters)."""

    id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic:
    """Four bytes that the printer sends unasked."""

    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """A byte that answers nothing."""

    byte: int


Answer = RealTime | Processed | ProcessId | Automatic | Noise


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterStatus:
    """``trouble`` is why it cannot print now, and what to do; empty when it can. ``pin_3_high``: the drawer's contact."""

    paper: Literal["ok", "near-end", "out"]
    cover_open: bool
    offline: bool
    failure: str
    pin_3_high: bool

    @property
    def needs_a_person(self) -> bool:
        """It does not go on by itself, as it does when its head has cooled."""
        return self.cover_open or self.paper == "out"

    @property
    def trouble(self) -> str:
        if self.cover_open:
            return "its cover is open: close it"
        if self.paper == "out":
            return "it has no paper: put a new roll in"
        if self.failure:
            return self.failure
        return "it is offline: is its feed button held, or is it waiting for a key?" if self.offline else ""


def real_time(n: int) -> bytes:
    """The question DLE EOT ``n``."""
    return b"\x10\x04" + bytes([n])


def process_id(id_: bytes) -> bytes:
    """The mark GS ( H 48 with four printable characters."""
    return b"\x1d(H\x06\x00\x30\x30" + id_


PROCESSED = b"\x1dr\x01"


def _bytes_with(bits: int, under: int) -> bytes:
    """The bytes that have ``bits`` under the mask ``under``, as one place of a pattern."""
    return b"[" + b"".join(re.escape(bytes([byte])) for byte in range(256) if byte & under == bits) + b"]"


_REAL_TIME, _FIRST, _MORE = _bytes_with(0x12, KIND_BITS), _bytes_with(0x10, KIND_BITS), _bytes_with(0x00, 0x90)
_ANSWER = re.compile(
    rb"(?P<process_id>7\x22[ -~]{4}\0)|(?P<real_time>%b)|(?P<automatic>%b%b{3})|(?P<processed>%b)"
    rb"|(?P<unfinished>(?:7(?:\x22[ -~]{0,4})?|%b%b{0,2})\Z)|(?P<noise>.)" % (_REAL_TIME, _FIRST, _MORE, _MORE, _FIRST, _MORE),
    re.DOTALL,
)


def cut(data: bytes) -> tuple[list[Answer], bytes]:
    """The whole answers in ``data`` and the rest that may still become one."""
    answers: list[Answer] = []
    for found in _ANSWER.finditer(data):
        first = found[0][0]
        match found.lastgroup:
            case "real_time":
                answers.append(RealTime(bits=first))
            case "processed":
                answers.append(Processed(bits=first))
            case "automatic":
                answers.append(Automatic(data=found[0]))
            case "process_id":
                answers.append(ProcessId(id=found[0][2:6]))
            case "unfinished":
                return answers, found[0]
            case _ if first not in {XON, XOFF}:
                answers.append(Noise(byte=first))
    return answers, b""


def has_error(offline_cause: int) -> bool:
    """Whether the answer to DLE EOT 2 reports an error, whose kind DLE EOT 3 tells."""
    return bool(offline_cause & 0x40)


def decode(printer: int, offline_cause: int, paper: int, error_cause: int | None = None) -> PrinterStatus:
    """The answers to DLE EOT 1, 2 and 4, and to 3 where it was asked and answered."""
    out = bool(paper & 0x60 or offline_cause & 0x20)
    return PrinterStatus(
        paper="out" if out else "near-end" if paper & 0x0C else "ok",
        cover_open=bool(offline_cause & 0x04),
        offline=bool(printer & 0x08),
        failure=_failure(error_cause or 0) if has_error(offline_cause) and not out else "",
        pin_3_high=bool(printer & 0x04),
    )


def _failure(error_cause: int) -> str:
    if error_cause & 0x08:
        return "its cutter is jammed: switch it off, take the paper out, and switch it on"
    if error_cause & 0x20:
        return "it reports a fault that does not pass: switch it off and on, or have it repaired"
    if error_cause & 0x40:
        return "its head is too hot or its voltage is wrong: it goes on by itself"
    return "it reports an error: look at its lamps"
