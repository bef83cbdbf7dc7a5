"""What stands on the paper: text, QR codes and pictures as the printer put them there, slip by slip.

Written from Epson's command reference and the SPRT and Sureprint manuals (FS commands), to be read by tests and people.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass, field, replace

CODE_PAGES = {0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858"}
ALIGN = {0: "left", 1: "center", 2: "right", 48: "left", 49: "center", 50: "right"}
NAMES_OF_CORRECTION = {48: "L", 49: "M", 50: "Q", 51: "H"}
CHANGE_NOTHING = {b"\x1b" + name for name in (b"M", b"R", b"{", b"-", b"G", b"V", b"2", b"3", b"=")} | {b"\x1dB", b"\x1c!"}
"""Commands that change nothing which this model of the paper shows."""
CUTS = {0: "full", 48: "full", 65: "full", 1: "partial", 49: "partial", 66: "partial"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    align: str = "left"
    bold: bool = False
    wide: int = 1
    tall: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLine:
    """``wrapped``: the printer itself had to begin a new line, for the text was too long."""

    text: str
    style: Style = Style()
    wrapped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedQr:
    text: str
    module: int
    correction: str
    align: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedRaster:
    """``rows`` of dots, eight to a byte, black is 1."""

    width_bytes: int
    rows: tuple[bytes, ...]
    align: str


Printed = PrintedLine | PrintedQr | PrintedRaster


@dataclass(slots=True)
class Paper:
    """``slips`` are cut off already; ``items`` hang out of the printer; ``on_line`` is called for each line of paper used."""

    columns: int = 48
    chinese: str = "gb18030"
    chinese_at_power_on: bool = True
    on_line: Callable[[], None] = lambda: None
    slips: list[tuple[Printed, ...]] = field(default_factory=list)
    items: list[Printed] = field(default_factory=list)
    cuts: list[str] = field(default_factory=list)
    unknown: list[bytes] = field(default_factory=list)

    _meanings: dict[bytes, Callable[[bytes], None]] = field(init=False, default_factory=dict)
    _line: str = ""
    _width: int = 0
    _style: Style = Style()
    _double_bytes: bool = True
    _code_page: str = "cp437"
    _decoder: codecs.IncrementalDecoder = field(init=False)
    _stored: bytes = b""
    _module: int = 3
    _correction: str = "L"

    def __post_init__(self) -> None:
        self._meanings = {
            b"\x1b@": self._initialize,
            b"\x1b!": self._mode,
            b"\x1bE": lambda command: self._restyle(bold=bool(command[2] & 1)),
            b"\x1ba": lambda command: self._restyle(align=ALIGN[command[2]]),
            b"\x1bd": self._feed_lines,
            b"\x1bt": self._select_code_page,
            b"\x1d!": lambda command: self._restyle(wide=(command[2] >> 4) + 1, tall=(command[2] & 7) + 1),
            b"\x1d(": self._qr,
            b"\x1dV": self._cut,
            b"\x1dv": self._raster,
            b"\x1c&": self._chinese_on,
            b"\x1c.": self._chinese_off,
            b"\x1cW": lambda command: self._restyle(wide=1 + (command[2] & 1), tall=1 + (command[2] & 1)),
        }
        self._initialize(b"")

    @property
    def lines(self) -> list[str]:
        """The text of everything printed, cut off or not."""
        everything = [item for slip in self.slips for item in slip] + self.items
        return [item.text for item in everything if isinstance(item, PrintedLine)]

    def obey(self, command: bytes) -> None:
        """Do one whole command that prints; a text is printed at the next line feed."""
        if command[0] >= 0x20:
            self._type(command)
        elif command == b"\n":
            self._feed(wrapped=False)
        elif command[0] in {0x1B, 0x1C, 0x1D} and command[:2] not in CHANGE_NOTHING:
            self._meanings.get(command[:2], self.unknown.append)(command)

    def _initialize(self, _command: bytes) -> None:
        self._line, self._width = "", 0
        self._style = Style()
        self._double_bytes = self.chinese_at_power_on
        self._code_page = "cp437"
        self._choose_decoder()
        self._stored, self._module, self._correction = b"", 3, "L"

    def _type(self, data: bytes) -> None:
        for char in self._decoder.decode(data):  # it keeps half a character for the next time
            double = self._double_bytes and len(char.encode(self.chinese, "replace")) > 1
            width = (2 if double else 1) * self._style.wide
            if self._width + width > self.columns:
                self._feed(wrapped=True)
            self._line += char
            self._width += width

    def _feed(self, *, wrapped: bool) -> None:
        self.items.append(PrintedLine(text=self._line, style=self._style, wrapped=wrapped))
        self._line, self._width = "", 0
        self.on_line()

    def _feed_lines(self, command: bytes) -> None:
        for _ in range(command[2]):
            self._feed(wrapped=False)

    def _cut(self, command: bytes) -> None:
        if self._line:  # GS V works at the beginning of a line only
            self.unknown.append(command)
            return
        self.cuts.append(CUTS.get(command[2], "unknown"))
        self.slips.append(tuple(self.items))
        self.items = []

    def _restyle(self, **changes: str | bool | int) -> None:
        self._style = replace(self._style, **changes)  # type: ignore[arg-type]

    def _select_code_page(self, command: bytes) -> None:
        self._code_page = CODE_PAGES.get(command[2], "cp437")
        self._choose_decoder()

    def _chinese_on(self, _command: bytes) -> None:
        self._double_bytes = True
        self._choose_decoder()

    def _chinese_off(self, _command: bytes) -> None:
        self._double_bytes = False
        self._choose_decoder()

    def _choose_decoder(self) -> None:
        self._decoder = codecs.getincrementaldecoder(self.chinese if self._double_bytes else self._code_page)("replace")

    def _mode(self, command: bytes) -> None:
        n = command[2]
        self._restyle(bold=bool(n & 8), tall=2 if n & 16 else 1, wide=2 if n & 32 else 1)

    def _qr(self, command: bytes) -> None:
        """GS ( k with cn = 49: QR codes."""
        match command[6:7] if command[2:3] == b"k" and command[5:6] == b"1" else b"":
            case b"C":
                self._module = command[7]
            case b"E":
                self._correction = NAMES_OF_CORRECTION[command[7]]
            case b"P":
                self._stored = command[8:]
            case b"Q":
                self._print_qr()

    def _print_qr(self) -> None:
        if not self._stored:
            return
        text = self._stored.decode("utf-8", "replace")
        self.items.append(PrintedQr(text=text, module=self._module, correction=self._correction, align=self._style.align))
        for _ in range(self._module):
            self.on_line()

    def _raster(self, command: bytes) -> None:
        width = command[4] + 256 * command[5]
        rows = tuple(command[at : at + width] for at in range(8, len(command), width))
        last = self.items[-1] if self.items else None
        if isinstance(last, PrintedRaster) and last.width_bytes == width:  # slices of one picture join without a gap
            self.items[-1] = replace(last, rows=last.rows + rows)
        else:
            self.items.append(PrintedRaster(width_bytes=width, rows=rows, align=self._style.align))
        self.on_line()
