"""A CD5220 display, two lines of twenty: it obeys ``ESC Q A text CR``, and after that nothing but its like, CLR and CAN.

Manuals: Epson P07303 p 16, POS-X XP8200 p 19, Partner CD-5220 p 10.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from drivers.sim.pole_display import PoleDisplaySim, Told, run_display

COLUMNS = 20
PARAMETERS = {b"@": 0, b"*": 1, b"l": 2, b"=": 1, b"_": 1, b"f": 1, b"c": 1, b"s": 1, b"d": 1, b"[": 1, b"\x11": 0, b"\x12": 0}


class Cd5220Dialect:
    """``ignored`` are the commands that came while a string was shown; ``too_long`` counts strings that did not fit."""

    def __init__(self, *, encoding: str = "cp437") -> None:
        self.rows = ["", ""]
        self.brightness = 4
        self.ignored: list[bytes] = []
        self.too_long = 0
        self._encoding = encoding
        self._strings = False
        self._row = 0
        self._rest = b""

    def hear(self, data: bytes) -> None:
        self._rest += data
        while self._rest and (size := _length(self._rest)) is not None and size <= len(self._rest):
            command, self._rest = self._rest[:size], self._rest[size:]
            self._obey(command)

    def shown(self) -> Told:
        return {"rows": self.rows}

    def _obey(self, command: bytes) -> None:
        match command[:3]:
            case b"\x0c":
                self.rows, self._row, self._strings = ["", ""], 0, False
            case b"\x18":
                self.rows[self._row], self._strings = "", False
            case b"\x1bQA" | b"\x1bQB":
                self._show(command[2] - 0x41, command[3:-1])
            case _ if self._strings:
                self.ignored.append(command)
            case b"\x1b@":
                self.rows, self._row, self.brightness = ["", ""], 0, 4
            case _ if command[:2] == b"\x1b*":
                self.brightness = command[2]
            case _ if command[0] >= 0x20:
                self.rows[self._row] += command.decode(self._encoding, "replace")

    def _show(self, row: int, text: bytes) -> None:
        self.too_long += len(text) > COLUMNS
        self.rows[row] = text[:COLUMNS].decode(self._encoding, "replace")
        self._row, self._strings = row, True


def _length(data: bytes) -> int | None:
    if data[0] >= 0x20:
        return next((at for at, byte in enumerate(data) if byte < 0x20), len(data))
    if data[0] != 0x1B:
        return 1
    if len(data) < 2:
        return None
    if data[1:2] == b"Q":
        end = data.find(b"\r")
        return None if end < 0 else end + 1
    return 2 + PARAMETERS.get(data[1:2], 0)


def Cd5220Sim(  # noqa: N802 - reads as the constructor it stands for
    *, link: Path | None = None, encoding: str = "cp437", tell: Callable[[Told], None] | None = None
) -> PoleDisplaySim[Cd5220Dialect]:
    """A display to open with ``async with``; its port is ``sim.port``."""
    return PoleDisplaySim(Cd5220Dialect(encoding=encoding), link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim display/cd5220 --link PATH``; ends at SIGINT or SIGTERM."""
    return run_display(Cd5220Sim, argv, name="display/cd5220")
