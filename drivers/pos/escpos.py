"""A receipt as ESC/POS commands: pure, so that a test, a preview and three kinds of wire share every byte.

    1B 40                initialize           1B 61 01   centred        1D 21 11   double width and height
    1C 26 / 1C 2E        Chinese on / off     1B 45 01   bold           1C 57 01   the same for Chinese of older printers
    1B 74 10             code page 16         1B 64 04   feed 4 lines   1D 56 42 00   feed to the cutter, cut partially

Sources: Epson ESC/POS reference; TM-T88III p 304; SPRT SP series p 45 (FS commands); python-escpos constants.
Each element of what ``encode`` returns is one whole command or line: only between two of them may a status be asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from drivers.commands import Block, Feed, Line, Qr
from drivers.pos.receipt_qr import CannotPrint, native, raster
from drivers.pos.receipt_text import CodePage

Cut = Literal["full", "partial", "feed-full", "feed-partial", "none"]
INITIALIZE = b"\x1b@"
CHINESE_ON, CHINESE_OFF = b"\x1c&", b"\x1c."
ALIGN = {"left": b"\x1ba\x00", "center": b"\x1ba\x01", "right": b"\x1ba\x02"}
EPSON_PAGES = {
    "cp437": 0, "cp850": 2, "cp860": 3, "cp863": 4, "cp865": 5, "cp1252": 16, "cp866": 17, "cp852": 18, "cp858": 19,
}  # fmt: skip
"""The n of ESC t n on Epson's printers; other makers number differently."""
CUTS = {"full": b"\x1dV\x00", "partial": b"\x1dV\x01", "feed-full": b"\x1dV\x41\x00", "feed-partial": b"\x1dV\x42\x00"}
MOST_FED_LINES = 255
PULSE_STEP_MS = 2
ROWS_OF_A_LINE = 24
LINES_OF_A_SYMBOL = 24  # a QR code as wide as the paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """The paper and the model: ``width_dots`` is what the head can print, ``tail_lines`` lie between head and cutter."""

    code_page: CodePage
    page_number: int | None = None
    columns: int = 48
    width_dots: int = 576
    qr: Literal["native", "raster"] = "native"
    cut: Cut = "feed-partial"
    tail_lines: int = 4


def encode(blocks: Iterable[Block], form: Format, *, cut: bool) -> tuple[bytes, ...]:
    """The whole receipt. Raises CannotPrint for a QR code or a feed that no printer can make."""
    commands = [INITIALIZE, *_select(form)]
    for block in blocks:
        commands += _encode_block(block, form)
    return (*commands, *(_cut(form) if cut else ()))


def _select(form: Format) -> tuple[bytes, ...]:
    page = form.code_page
    if page.chinese:
        return (CHINESE_ON,)
    number = EPSON_PAGES[page.encoding] if form.page_number is None else form.page_number
    return CHINESE_OFF, b"\x1bt" + bytes([number])


def _encode_block(block: Block, form: Format) -> Iterator[bytes]:
    match block:
        case Line():
            yield from _line(block, form)
        case Qr():
            symbol = native if form.qr == "native" else raster
            yield from (ALIGN["center"], *symbol(block, width_dots=form.width_dots), ALIGN["left"])
        case Feed():
            if not 0 <= block.lines <= MOST_FED_LINES:
                raise CannotPrint(f"{block.lines} empty lines cannot be fed: 0 to {MOST_FED_LINES}")
            yield b"\x1bd" + bytes([block.lines])
        case _:
            assert_never(block)


def _line(line: Line, form: Format) -> Iterator[bytes]:
    page = form.code_page
    if line.align != "left":
        yield ALIGN[line.align]
    if line.bold:
        yield b"\x1bE\x01"
    if line.large:
        yield from _size(form, large=True)
    for text in page.lines(line.text, form.columns // 2 if line.large else form.columns):
        yield page.encode(text) + b"\n"
    if line.large:
        yield from _size(form, large=False)
    if line.bold:
        yield b"\x1bE\x00"
    if line.align != "left":
        yield ALIGN["left"]


def _size(form: Format, *, large: bool) -> Iterator[bytes]:
    yield b"\x1d!\x11" if large else b"\x1d!\x00"
    if form.code_page.chinese:  # GS ! does not reach the Chinese font of every printer; where it does, this says the same again
        yield b"\x1cW\x01" if large else b"\x1cW\x00"


def _cut(form: Format) -> Iterator[bytes]:
    if form.cut in {"full", "partial", "none"} and form.tail_lines:
        yield b"\x1bd" + bytes([form.tail_lines])
    if form.cut != "none":
        yield CUTS[form.cut]


def drawer_pulse(pin: Literal[2, 5], *, on_ms: int, off_ms: int) -> bytes:
    """ESC p m t1 t2, done in its turn: 2 ms a step, at most 510 ms."""
    return b"\x1bp" + bytes([0 if pin == 2 else 1, on_ms // PULSE_STEP_MS, off_ms // PULSE_STEP_MS])


def drawer_pulse_now(pin: Literal[2, 5], *, on_ms: int) -> bytes:
    """DLE DC4 1 m t, done at once, also by a printer without paper: t is 1 to 8 tenths of a second."""
    return b"\x10\x14\x01" + bytes([0 if pin == 2 else 1, min(max(round(on_ms / 100), 1), 8)])


def lines_in(commands: Iterable[bytes]) -> int:
    """How many lines of paper the commands use, about; a picture is counted by its rows."""
    return sum(_lines(command) for command in commands)


def _lines(command: bytes) -> int:
    match command[:2]:
        case b"\x1bd":
            return command[2]
        case b"\x1dv":
            return -(-(command[6] + 256 * command[7]) // ROWS_OF_A_LINE)
        case b"\x1d(":
            return LINES_OF_A_SYMBOL if command[2:3] == b"k" and command[6:7] == b"Q" else 0
        case _:
            return 1 if command.endswith(b"\n") else 0
