"""A simulated Adam CPWplus, from the command list of its manual and the answers seen in the field."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

from drivers.sim.pan import Pan
from drivers.sim.scale_commands import run_scale
from drivers.sim.scale_sim import Reply, ScaleSim, Told

GRAMS_PER_UNIT = {"kg": Fraction(1000), "g": Fraction(1), "lb": Fraction("453.59237"), "oz": Fraction("28.349523125")}
DECIMALS = {"kg": 3, "g": 0, "lb": 3, "oz": 2}


class AdamCpwPlusDialect:
    """``prefix``: what stands before the weight, by firmware: ``G/W``, ``ASN`` (AUN while it moves), or nothing."""

    def __init__(self, pan: Pan, *, unit: str = "kg") -> None:
        self.pan = pan
        self.unit = unit
        self.prefix: Literal["W", "ASN", ""] = "W"
        self.repeat_ms: int | None = None
        self._unfinished = b""

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        *lines, self._unfinished = (self._unfinished + data).split(b"\r\n")
        for line in lines:
            command = line.decode("latin-1")
            if command in {"G", "N"}:
                yield self._weigh(command)
            elif command == "T" and not self.pan.moving:
                self.pan.set_tare()
            elif command == "Z" and not self.pan.moving and self.pan.zeroable:
                self.pan.set_zero()

    def weigh(self) -> Reply:
        """The net weight."""
        return self._weigh("N")

    def _weigh(self, letter: str) -> Reply:
        pan = self.pan
        grams = pan.gross_g if letter == "G" else pan.net_g
        before = {"W": f"{letter}/W", "ASN": f"A{'U' if pan.moving else 'S'}{letter}", "": ""}[self.prefix]
        places = DECIMALS[self.unit]
        steps = int(Fraction(abs(grams)) / GRAMS_PER_UNIT[self.unit] * 10**places + Fraction(1, 2))
        value = f"{steps // 10**places}.{steps % 10**places:0{places}d}" if places else str(steps)
        text = f"{before}{'-' if grams < 0 else '+'}{value:>8} {self.unit}\r\n"
        return Reply(data=text.encode("ascii"), says="moving" if pan.moving else "stable", grams=grams)


def AdamCpwPlusSim(  # noqa: N802 - reads as the constructor it stands for
    *,
    link: Path | None = None,
    settle_ms: int = 300,
    capacity_g: int = 150_000,
    unit: str = "kg",
    tell: Callable[[Told], None] | None = None,
) -> ScaleSim[AdamCpwPlusDialect]:
    """A scale to open with ``async with``; its port is ``sim.port``."""
    pan = Pan(settle_ms=settle_ms, capacity_g=capacity_g)
    return ScaleSim(AdamCpwPlusDialect(pan, unit=unit), pan, link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/adam-cpwplus --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(AdamCpwPlusSim, argv, name="scale/adam-cpwplus", units=tuple(GRAMS_PER_UNIT))
