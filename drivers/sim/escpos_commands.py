"""Where an ESC/POS command ends, by Epson's command reference: a printer that miscounts prints parameters as text.

ESC a n        1B 61 01                      two bytes and one parameter
GS ( k pL pH   1D 28 6B 03 00 31 43 06       two bytes, a letter, a length, and so many parameters
GS v 0         1D 76 30 00 30 00 FF 00 …     a raster of xL xH times yL yH bytes
"""

from __future__ import annotations

from collections.abc import Callable

PARAMETERS = {
    b"\x10\x04": 1,  # DLE EOT n
    b"\x10\x05": 1,  # DLE ENQ n
    b"\x10\x14": 3,  # DLE DC4 fn m t
    **{b"\x1b" + name: 0 for name in (b"@", b"2", b"<", b"L", b"S", b"i", b"m", b"v", b"u")},
    **{b"\x1b" + name.encode(): 1 for name in "!- 3=?EGJMRTVadert{%"},
    **{b"\x1b" + name: 2 for name in (b"$", b"\\", b"c")},
    b"\x1bp": 3,  # ESC p m t1 t2
    b"\x1bW": 8,
    **{b"\x1d" + name.encode(): 1 for name in "!#/BHIabfhrwE"},
    **{b"\x1d" + name.encode(): 2 for name in "$LPW\\"},
    **{b"\x1c" + name: 0 for name in (b"&", b".", b"\x0e", b"\x12", b"\x0f", b"\x14")},
    **{b"\x1c" + name: 1 for name in (b"!", b"-", b"C", b"W")},
    b"\x1cS": 2,
}


def length(data: bytes) -> int | None:
    """How many bytes the command or the run of text at the start of ``data`` has; None when more must arrive first."""
    if data[0] >= 0x20:
        return next((at for at, byte in enumerate(data) if byte < 0x20), len(data))
    if data[0] not in {0x10, 0x1B, 0x1C, 0x1D}:
        return 1
    if len(data) < 2:
        return None
    needed, measure = VARIABLE.get(data[:2], (2, lambda start: 2 + PARAMETERS.get(start[:2], 0)))
    return measure(data) if len(data) >= needed else None


def _to_the_nul(data: bytes, first: int = 2) -> int | None:
    end = data.find(0, first)
    return None if end < 0 else end + 1


def _barcode(data: bytes) -> int | None:
    """GS k m … NUL for m 0 to 6, GS k m n d1…dn for m 65 and above."""
    return 4 + data[3] if data[2] >= 65 else _to_the_nul(data, 3)


def _counted(data: bytes) -> int:
    return 5 + data[3] + 256 * data[4]


VARIABLE: dict[bytes, tuple[int, Callable[[bytes], int | None]]] = {
    b"\x1dV": (3, lambda data: 3 if data[2] in {0, 1, 48, 49} else 4),  # GS V m, or GS V 65|66|97|98|103|104 n
    b"\x1d(": (5, _counted),
    b"\x1c(": (5, _counted),
    b"\x1dv": (8, lambda data: 8 + (data[4] + 256 * data[5]) * (data[6] + 256 * data[7])),
    b"\x1b*": (5, lambda data: 5 + (data[3] + 256 * data[4]) * (3 if data[2] >= 32 else 1)),
    b"\x1bD": (3, _to_the_nul),
    b"\x1dk": (4, _barcode),
}
"""How many bytes must have come before the length is known, and the length."""
