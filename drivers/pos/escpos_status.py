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


def cut(data: bytes) -> tuple[list[Answer], bytes]:
    """The whole answers in ``data`` and the rest that may still become one."""
    answers: list[Answer] = []
    while data:
        first, size = data[0], _size(data[0])
        goes_on = size == 1 or all(_continues(first, byte, at) for at, byte in enumerate(data[1:size], 1))
        if goes_on and len(data) < size:
            break
        answer = _answer(data[:size]) if goes_on else Noise(byte=first)
        if first not in {XON, XOFF}:
            answers.append(answer)
        data = data[1 if isinstance(answer, Noise) else size :]
    return answers, data


def _size(first: int) -> int:
    if first == 0x37:
        return PROCESS_ID_BYTES
    return AUTOMATIC_BYTES if first & KIND_BITS == 0x10 else 1


def _continues(first: int, byte: int, at: int) -> bool:
    """Whether ``byte`` can be byte ``at`` of the answer that begins with ``first``."""
    if first != 0x37:
        return byte & 0x90 == 0
    if at == 1:
        return byte == 0x22
    return byte == 0 if at == PROCESS_ID_BYTES - 1 else 0x20 <= byte <= 0x7E


def _answer(data: bytes) -> Answer:
    first = data[0]
    if first == 0x37:
        return ProcessId(id=data[2:6])
    if first & KIND_BITS == 0x12:
        return RealTime(bits=first)
    if first & KIND_BITS == 0x10:
        return Automatic(data=data)
    return Processed(bits=first) if first & 0x90 == 0 else Noise(byte=first)


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
