"""A simulated MT-SICS scale, from the AT balances' operating instructions p 87, AL-IC p 72, JS p 30 and A&D GH-252 p 44.

The success letters of ``T``, ``Z`` and ``TAC`` and the field width of 10 are the likeliest forms, not read in a manual.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from fractions import Fraction
from pathlib import Path

from drivers.sim.pan import Pan
from drivers.sim.scale_commands import run_scale
from drivers.sim.scale_sim import Reply, ScaleSim, Told

GRAMS_PER_UNIT = {
    "g": Fraction(1),
    "kg": Fraction(1000),
    "lb": Fraction("453.59237"),
    "oz": Fraction("28.349523125"),
    "t": Fraction(1_000_000),
}
DECIMALS = {"g": 1, "kg": 3, "lb": 4, "oz": 3, "t": 6}
STABLE_TIMEOUT_S = 1.5
REPEAT_MS = 100


class MtSicsDialect:
    """Lines in, lines out. ``busy`` answers ``S I``; ``aandd`` prints overload as ``S I +``; ``knows_sics`` off says ES."""

    def __init__(self, pan: Pan, *, unit: str = "kg") -> None:
        self.pan = pan
        self.unit = unit
        self.width = 10
        self.aandd = False
        self.busy = False
        self.knows_sics = True
        self.repeat_ms: int | None = None
        self._unfinished = b""

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        *lines, self._unfinished = (self._unfinished + data).split(b"\r\n")
        for line in lines:
            yield await self._obey(line.decode("latin-1"))

    def weigh(self) -> Reply:
        """The net weight now, whatever the pan does (SI)."""
        pan = self.pan
        infix = "I " if self.aandd else ""
        if self.busy:
            return _line("S I", says="not executable")
        if pan.over:
            return _line(f"S {infix}+", says="over")
        if pan.gross_g * 50 < -pan.capacity_g:
            return _line(f"S {infix}-", says="under")
        letter, says = ("D", "moving") if pan.moving else ("S", "stable")
        return _line(f"S {letter} {self._value(pan.net_g):>{self.width}} {self.unit}", says=says, grams=pan.net_g)

    async def _obey(self, command: str) -> Reply:
        if not self.knows_sics:
            return _not_known()
        self.repeat_ms = REPEAT_MS if command == "SIR" else None  # any other command ends the repetition
        if command in {"T", "TI"}:
            return await self._tare(command)
        if command in {"Z", "ZI"}:
            return await self._zero(command)
        if command == "S" and not await self._at_rest():
            return _line("S I", says="not executable")
        answers = {
            "S": self.weigh,
            "SI": self.weigh,
            "SIR": self.weigh,
            "TAC": self._clear_tare,
            "@": self._reset,
            "I4": _identify,
        }
        return answers.get(command, _not_known)()

    def _clear_tare(self) -> Reply:
        self.pan.tare_g = 0
        return _line("TAC A", says="tare cleared")

    def _reset(self) -> Reply:
        self.pan.tare_g = 0
        return _identify()

    async def _tare(self, command: str) -> Reply:
        if self.busy or (command == "T" and not await self._at_rest()):
            return _line(f"{command} I", says="not executable")
        if self.pan.over or self.pan.gross_g < 0:
            return _line(f"{command} {'+' if self.pan.over else '-'}", says="tare refused")
        self.pan.set_tare()
        return _line(f"{command} S {self._value(self.pan.tare_g):>{self.width}} {self.unit}", says="tared")

    async def _zero(self, command: str) -> Reply:
        if self.busy or (command == "Z" and not await self._at_rest()):
            return _line(f"{command} I", says="not executable")
        if not self.pan.zeroable:
            return _line(f"{command} {'+' if self.pan.gross_g > 0 else '-'}", says="zero refused")
        self.pan.set_zero()
        return _line(f"{command} A", says="zeroed")

    async def _at_rest(self) -> bool:
        """Wait for a stable pan, at most the balance's own time-out."""
        await asyncio.sleep(STABLE_TIMEOUT_S if self.pan.held_moving else self.pan.settles_in_ms() / 1000)
        return not self.pan.moving

    def _value(self, grams: int) -> str:
        places = DECIMALS[self.unit]
        steps = int(abs(grams) / GRAMS_PER_UNIT[self.unit] * 10**places + Fraction(1, 2))
        whole, part = divmod(steps, 10**places)
        return f"{'-' if grams < 0 else ''}{whole}.{part:0{places}d}"


def _identify() -> Reply:
    return _line('I4 A "0123456789"', says="serial number")


def _not_known() -> Reply:
    return _line("ES", says="syntax error")


def _line(text: str, *, says: str, grams: int | None = None) -> Reply:
    return Reply(data=text.encode("ascii") + b"\r\n", says=says, grams=grams)


def MtSicsSim(  # noqa: N802 - reads as the constructor it stands for
    *,
    link: Path | None = None,
    settle_ms: int = 300,
    capacity_g: int = 15_000,
    unit: str = "kg",
    tell: Callable[[Told], None] | None = None,
) -> ScaleSim[MtSicsDialect]:
    """A scale to open with ``async with``; its port is ``sim.port``."""
    pan = Pan(settle_ms=settle_ms, capacity_g=capacity_g)
    return ScaleSim(MtSicsDialect(pan, unit=unit), pan, link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/mt-sics --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(MtSicsSim, argv, name="scale/mt-sics", units=tuple(GRAMS_PER_UNIT))
