"""A simulated A&D scale: lines from GC p 51 and AD-4404 p 80, commands from HW-G p 60 (silent) and AD-4406 p 47 (repeated)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from fractions import Fraction
from pathlib import Path

from drivers.sim.pan import Pan
from drivers.sim.scale_commands import run_scale
from drivers.sim.scale_sim import Reply, ScaleSim, Told

REPEAT_MS = 100
GRAMS_PER_UNIT = {"kg": Fraction(1000), "g": Fraction(1), "lb": Fraction("453.59237")}
DECIMALS = {"kg": 3, "g": 2, "lb": 3}


class AAndDDialect:
    """``indicator``: GS, NT in the line, and RW, MZ, MT, CT for commands that are repeated; otherwise Q, Z, T, CT and silence.

    ``counting`` sends QT; ``shows_tare`` TR; ``lo_header`` LO instead of OL; ``blank_limits`` spaces instead of nines.
    """

    def __init__(self, pan: Pan, *, unit: str = "kg") -> None:
        self.pan = pan
        self.unit = unit
        self.indicator = False
        self.counting = False
        self.shows_tare = False
        self.lo_header = False
        self.blank_limits = False
        self.repeat_ms: int | None = None
        self._unfinished = b""

    def stream(self) -> None:
        """Set to send by itself."""
        self.repeat_ms = REPEAT_MS

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        *lines, self._unfinished = (self._unfinished + data).split(b"\r\n")
        for line in lines:
            reply = self._obey(line.decode("latin-1"))
            if reply is not None:
                yield reply

    def weigh(self) -> Reply:
        pan = self.pan
        under = pan.gross_g * 50 < -pan.capacity_g
        if pan.over or under:
            sign, header = "-" if under else "+", "LO" if self.lo_header else "OL"
            value = "        " if self.blank_limits else "999999E+99"
            return self._line(f"{header},{self._kind()}{sign}{value}", "under" if under else "over", None)
        if self.counting:
            return self._line(f"QT,{self._kind()}+00000012 PC", "counting", None)
        header, says = ("US", "moving") if pan.moving else ("ST", "stable")
        return self._line(f"{header},{self._kind()}{self._value(pan.net_g)}", says, pan.net_g)

    def _obey(self, command: str) -> Reply | None:
        asks, zero, tare = ("RW", "MZ", "MT") if self.indicator else ("Q", "Z", "T")
        if command == asks:
            return self.weigh()
        if command not in {zero, tare, "CT"}:
            return self._line("?", "unknown command", None) if self.indicator else None
        if not self._done(command, zero=zero):
            return self._line("I", "cannot now", None) if self.indicator else None
        return self._line(command, "done", None) if self.indicator else None

    def _done(self, command: str, *, zero: str) -> bool:
        pan = self.pan
        if pan.moving or pan.over or (command == zero and not pan.zeroable):
            return False
        if command == "CT":
            pan.tare_g = 0
        elif command == zero:
            pan.set_zero()
        else:
            pan.set_tare()
        return True

    def _kind(self) -> str:
        if not self.indicator:
            return ""
        return "TR," if self.shows_tare else "NT," if self.pan.tare_g else "GS,"

    def _value(self, grams: int) -> str:
        places = DECIMALS[self.unit]
        steps = int(Fraction(abs(grams)) / GRAMS_PER_UNIT[self.unit] * 10**places + Fraction(1, 2))
        whole, part = divmod(steps, 10**places)
        sign, unit = "-" if grams < 0 else "+", self.unit if self.indicator else f"{self.unit:>3}"
        return f"{sign}{f'{whole}.{part:0{places}d}':0>8}{unit}"

    @staticmethod
    def _line(text: str, says: str, grams: int | None) -> Reply:
        return Reply(data=text.encode("ascii") + b"\r\n", says=says, grams=grams)


def AAndDSim(  # noqa: N802 - reads as the constructor it stands for
    *,
    link: Path | None = None,
    settle_ms: int = 300,
    capacity_g: int = 15_000,
    unit: str = "kg",
    tell: Callable[[Told], None] | None = None,
) -> ScaleSim[AAndDDialect]:
    """A scale to open with ``async with``; its port is ``sim.port``."""
    pan = Pan(settle_ms=settle_ms, capacity_g=capacity_g)
    return ScaleSim(AAndDDialect(pan, unit=unit), pan, link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/a-and-d --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(AAndDSim, argv, name="scale/a-and-d", units=tuple(GRAMS_PER_UNIT))
