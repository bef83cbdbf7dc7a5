"""How a driver's devices are recognised at a serial port, and what may be said to a device that nobody knows yet.

Every word of a probe is heard by every other protocol, so it is judged by all of them. Those that act on a single byte are
the dangerous ones: 8217 (T, Z, C; A starts a self-test, E an echo, H the tenfold resolution) and Toledo continuous (P, T, Z, C).
Those that act on a line: NCI and Adam MDW (Z, T, U changes the unit, H, X switches off), A&D (Z, T, U, P and R), Adam
CPWplus (Z, T, H), AZExtra (P beeps), MT-SICS (@ resets, Z and T act). So these letters are never said, whatever stands around
them. Of the control codes, XOFF would silence a device, ESC begins what a printer obeys, and DLE too; ENQ, EOT, DC1, DC2,
ACK, CR and LF move nothing. A device that stands at another rate hears other bytes: tests/drivers/test_probe.py reckons them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

ACTING = b"TZCPAEHUX@R"
"""Letters that zero, tare, print, reset, switch or change something somewhere; R only as a line of its own."""

ACTING_CODES = b"\x10\x13\x1b"
"""DLE, XOFF and ESC."""

Setting = str | int | bool
Recognise = Callable[[bytes], Mapping[str, Setting] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One way to recognise devices of a driver.

    ``words`` are said in turn, each when something came after the one before; without words the port is only listened to.
    ``lines`` is where such devices usually stand, the likeliest first: ``(9600, "7E1")``. ``recognise(heard)`` gives the
    settings that the bytes tell beyond port, baud and line, or None when they are not surely this protocol; parity bits are
    off already. ``harmless`` says why the words change nothing in the protocol itself.
    """

    lines: tuple[tuple[int, str], ...]
    recognise: Recognise
    words: tuple[bytes, ...] = ()
    harmless: str = ""
    answer_ms: int = 400
    modem_lines: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """``settings`` are the lines that the device needs in the settings file, ``driver`` and ``port`` among them."""

    driver: str
    settings: Mapping[str, Setting]
    heard: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingFound:
    """``heard`` by rate: bytes of which no driver made anything. ``refused``: probes that are not safe to ask."""

    heard: Mapping[int, bytes]
    refused: tuple[str, ...] = ()


def objection(probe: Probe) -> str:
    """Why ``probe`` may not be asked of a device that nobody knows; empty when it may."""
    for word in probe.words:
        if not probe.harmless:
            return f"its author does not say why {word!r} is harmless"
        acting = sorted({chr(byte) for byte in word if byte in ACTING[:-1] + ACTING_CODES})
        if acting:
            return f"{word!r} holds {', '.join(map(repr, acting))}, which acts in another protocol"
        if word.strip() == ACTING[-1:]:
            return f"{word!r} sets an A&D balance to zero"
    return ""
