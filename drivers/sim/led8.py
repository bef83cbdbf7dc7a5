"""An eight-digit LED display (客显) with four lamps: 单价, 总计, 收款, 找零 – price, total, received, change.

Manual: LED8N users manual pp 1-2 (STX L, ESC Q A, CLR). ``ESC s n`` is what other makes of it use for the lamps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from drivers.sim.pole_display import PoleDisplaySim, Told, run_display

CELLS = 8
LAMPS = ("price", "total", "received", "change")


class Led8Dialect:
    """``lamps`` are those that are lit; ``refused`` are commands that the manual does not know."""

    def __init__(self) -> None:
        self.digits = ""
        self.lamps: set[str] = set()
        self.refused: list[bytes] = []
        self._rest = b""

    def hear(self, data: bytes) -> None:
        self._rest += data
        while self._rest and (size := _length(self._rest)) is not None and size <= len(self._rest):
            command, self._rest = self._rest[:size], self._rest[size:]
            self._obey(command)

    def shown(self) -> Told:
        return {"digits": self.digits, "lamps": sorted(self.lamps)}

    def _obey(self, command: bytes) -> None:
        match command[:2]:
            case b"\x0c" | b"\x18":
                self.digits = ""
            case b"\x1b@":
                self.digits, self.lamps = "", set()
            case b"\x02L" if set(command[2:]) <= set(b"01"):
                self.lamps = {lamp for lamp, state in zip(LAMPS, command[2:], strict=True) if state == 0x31}
            case b"\x1bs" if command[2] in b"01234":
                self.lamps = {LAMPS[command[2] - 0x31]} if command[2] > 0x30 else set()
            case b"\x1bQ" if self._fits(command[3:-1]):
                self.digits = command[3:-1].decode("ascii")
            case _:
                self.refused.append(command)

    def _fits(self, text: bytes) -> bool:
        """A point shares the cell of the digit before it."""
        return set(text) <= set(b"0123456789-.") and 1 <= len(text.replace(b".", b"")) <= CELLS


def _length(data: bytes) -> int | None:
    match data[:2]:
        case b"\x1bQ":
            end = data.find(b"\r")
            return None if end < 0 else end + 1
        case b"\x02L":
            return 6
        case b"\x02B" | b"\x1bs":
            return 3
        case b"\x1b@":
            return 2
        case b"\x1b" | b"\x02":
            return None
        case _:
            return 1


def Led8Sim(  # noqa: N802 - reads as the constructor it stands for
    *, link: Path | None = None, tell: Callable[[Told], None] | None = None
) -> PoleDisplaySim[Led8Dialect]:
    """A display to open with ``async with``; its port is ``sim.port``."""
    return PoleDisplaySim(Led8Dialect(), link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim display/led8 --link PATH``; ends at SIGINT or SIGTERM."""
    return run_display(Led8Sim, argv, name="display/led8")
