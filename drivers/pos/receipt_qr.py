"""QR codes on a receipt: drawn by the printer itself, or sent as a picture to one that cannot draw them.

GS ( k   1D 28 6B 04 00 31 41 32 00   model 2      (Epson: functions 65, 67, 69, 80, 81)
         1D 28 6B 03 00 31 43 06      6 dots a module
         1D 28 6B 03 00 31 45 31      correction M
         1D 28 6B 13 00 31 50 30 …    the text, length = text + 3
         1D 28 6B 03 00 31 51 30      print
GS v 0   1D 76 30 00 xL xH yL yH …    a picture, xL xH bytes wide, at most 255 rows a command

A printer prints nothing at all of a symbol that is wider than its paper, so the module is made smaller until it fits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from drivers.commands import Qr

if TYPE_CHECKING:
    import segno

QUIET_MODULES = 4  # ISO/IEC 18004: the white margin
SMALLEST_MODULE_DOTS = 2  # 0.25 mm at 203 dpi; below, phones do not read it
MOST_ROWS = 255
ANY_MASK = 0
"""Where only the size counts: to find the best one takes five times as long, and the box does nothing else meanwhile."""
CORRECTION = {"L": b"\x30", "M": b"\x31", "Q": b"\x32", "H": b"\x33"}


class CannotPrint(Exception):
    """What is asked for cannot be put on this paper; the text says why."""


def native(qr: Qr, *, width_dots: int) -> tuple[bytes, ...]:
    """Drawn by the printer. Raises CannotPrint."""
    module_dots = _fitting(_symbol(qr, mask=ANY_MASK), qr, width_dots)
    text = qr.text.encode("utf-8")
    return (
        _function(b"\x41\x32\x00"),
        _function(b"\x43" + bytes([module_dots])),
        _function(b"\x45" + CORRECTION[qr.correction]),
        _function(b"\x50\x30" + text),
        _function(b"\x51\x30"),
    )


def raster(qr: Qr, *, width_dots: int) -> tuple[bytes, ...]:
    """Drawn by us. Raises CannotPrint."""
    symbol = _symbol(qr)
    module_dots = _fitting(symbol, qr, width_dots)
    rows = [_row(dark, module_dots) for dark in symbol.matrix_iter(border=QUIET_MODULES)]
    dots = [row for row in rows for _ in range(module_dots)]
    width = len(dots[0]).to_bytes(2, "little")
    slices = (dots[at : at + MOST_ROWS] for at in range(0, len(dots), MOST_ROWS))
    return tuple(b"\x1dv0\x00" + width + len(part).to_bytes(2, "little") + b"".join(part) for part in slices)


def _function(parameters: bytes) -> bytes:
    return b"\x1d(k" + (len(parameters) + 1).to_bytes(2, "little") + b"\x31" + parameters


def _symbol(qr: Qr, mask: int | None = None) -> segno.QRCode:
    """Without a ``mask`` the best of the eight. Raises CannotPrint."""
    import segno

    if not qr.text:
        raise CannotPrint("a QR code needs a text")
    if any(unicodedata.category(char) == "Cc" for char in qr.text):
        # 10 04 n and 10 14 … would be obeyed by the printer even inside the symbol's text
        raise CannotPrint("the text of a QR code must not hold control characters")
    try:
        return segno.make_qr(qr.text, error=qr.correction, encoding="utf-8", boost_error=False, mask=mask)
    except (segno.DataOverflowError, UnicodeEncodeError) as error:
        raise CannotPrint(f"this text makes no QR code of correction {qr.correction}: {error}") from error


def _fitting(symbol: segno.QRCode, qr: Qr, width_dots: int) -> int:
    modules = int(symbol.symbol_size(scale=1, border=QUIET_MODULES)[0])
    module_dots = min(qr.module_dots, width_dots // modules, 16)
    if module_dots < min(qr.module_dots, SMALLEST_MODULE_DOTS) or module_dots < 1:
        raise CannotPrint(f"a QR code of {len(qr.text)} characters is too wide for paper of {width_dots} dots: shorten its text")
    return module_dots


def _row(dark: Iterable[int], module_dots: int) -> bytes:
    bits = "".join(("1" if module else "0") * module_dots for module in dark)
    whole = -(-len(bits) // 8) * 8
    return int(bits.ljust(whole, "0"), 2).to_bytes(whole // 8, "big")
