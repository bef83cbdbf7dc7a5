"""What an ESC/POS printer says about itself, bit by bit, as Epson prints it for DLE EOT, GS r, GS a and GS ( H."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Kick:
    """One pulse on the drawer's connector, as it was asked for."""

    pin: int
    on_ms: int
    off_ms: int
    real_time: bool


@dataclass(slots=True, kw_only=True)
class PrinterState:
    """``lines_left`` is None for a roll without end; ``near_end_lines`` is where the sensor of the roll sits."""

    cover_open: bool = False
    cutter_jammed: bool = False
    broken: bool = False
    hot: bool = False
    lines_left: int | None = None
    near_end_lines: int = 40
    drawer_open: bool = False
    pin_3_when_open: Literal["high", "low"] = "high"

    @property
    def paper_out(self) -> bool:
        return self.lines_left is not None and self.lines_left <= 0

    @property
    def near_end(self) -> bool:
        return self.lines_left is not None and self.lines_left <= self.near_end_lines

    @property
    def error(self) -> bool:
        return self.cutter_jammed or self.broken or self.hot

    @property
    def offline(self) -> bool:
        return self.cover_open or self.paper_out or self.error

    @property
    def pin_3(self) -> bool:
        """Whether the connector's pin 3 is HIGH."""
        return self.drawer_open == (self.pin_3_when_open == "high")

    def real_time(self, n: int) -> bytes:
        """The answer to DLE EOT n: bits 1 and 4 are 1, bits 0 and 7 are 0."""
        match n:
            case 1:
                bits = self.pin_3 << 2 | self.offline << 3
            case 2:
                bits = self.cover_open << 2 | self.paper_out << 5 | self.error << 6
            case 3:
                bits = self.cutter_jammed << 3 | self.broken << 5 | self.hot << 6
            case 4:
                bits = self.near_end * 0x0C | self.paper_out * 0x60
            case _:
                return b""
        return bytes([0x12 | bits])

    def buffered(self, n: int) -> bytes:
        """The answer to GS r n: bits 4 and 7 are 0."""
        match n:
            case 1 | 49:
                return bytes([self.near_end * 0x03 | self.paper_out * 0x0C])
            case 2 | 50:
                return bytes([self.pin_3 * 0x01])
            case _:
                return b""

    def automatic(self) -> bytes:
        """The four bytes of the automatic status: only the first has bit 4."""
        first = 0x10 | self.pin_3 << 2 | self.offline << 3 | self.cover_open << 5
        second = self.cutter_jammed << 3 | self.broken << 5 | self.hot << 6
        return bytes([first, second, self.near_end * 0x03 | self.paper_out * 0x0C, 0x0F])
