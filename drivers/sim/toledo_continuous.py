"""A simulated indicator in Toledo continuous mode, from the Wildcat technical manual pp 6-4 and 6-5."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from drivers.sim.pan import Pan
from drivers.sim.scale_commands import run_scale
from drivers.sim.scale_sim import Reply, ScaleSim, Told

STX, CR = 0x02, 0x0D
REPEAT_MS = 100
POINT = {0: 2, 1: 3, 2: 4, 3: 5}  # SWA bits 0-2 by decimals
DECIMALS = {"kg": 3, "lb": 2, "g": 0}
POUND_G = 453.59237


class ToledoContinuousDialect:
    """``checksum`` off: seventeen bytes. ``spaces``: leading zeros are spaces (8530D). ``fairbanks``: bit 5 of SWB is 0.

    ``lost_zero``: switched on with goods on the pan. ``deaf``: takes no commands.
    """

    def __init__(self, pan: Pan, *, unit: str = "kg") -> None:
        self.pan = pan
        self.unit = unit
        self.checksum = True
        self.spaces = False
        self.fairbanks = False
        self.lost_zero = False
        self.deaf = False
        self.repeat_ms: int | None = REPEAT_MS

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        for byte in data:
            if not self.deaf and not self.pan.moving:
                self._obey(chr(byte))
        yield self.weigh()

    def weigh(self) -> Reply:
        pan = self.pan
        grams, out = pan.net_g, pan.over or pan.gross_g * 50 < -pan.capacity_g
        status_a = POINT[DECIMALS[self.unit]] | 1 << 3 | 1 << 5
        status_b = bool(pan.tare_g) | (grams < 0) << 1 | out << 2 | pan.moving << 3 | (self.unit == "kg") << 4
        status_b |= (not self.fairbanks) << 5 | self.lost_zero << 6
        frame = bytes([STX, status_a, status_b, 0x20]) + self._digits(abs(grams)) + self._digits(pan.tare_g) + bytes([CR])
        if self.checksum:
            frame += bytes([-sum(frame) & 0x7F])
        state = "under" if out and grams < 0 else "over" if out else "moving" if pan.moving else "stable"
        return Reply(data=frame, says=state, grams=None if out else grams)

    def _obey(self, letter: str) -> None:
        pan = self.pan
        if letter == "T" and pan.gross_g > 0:
            pan.set_tare()
        elif letter == "C":
            pan.tare_g = 0
        elif letter == "Z" and pan.zeroable:
            pan.set_zero()
            self.lost_zero = False

    def _digits(self, grams: int) -> bytes:
        steps = round(grams / POUND_G * 100) if self.unit == "lb" else grams
        return (b"%6d" if self.spaces else b"%06d") % min(steps, 999_999)


def ToledoContinuousSim(  # noqa: N802 - reads as the constructor it stands for
    *,
    link: Path | None = None,
    settle_ms: int = 300,
    capacity_g: int = 15_000,
    unit: str = "kg",
    tell: Callable[[Told], None] | None = None,
) -> ScaleSim[ToledoContinuousDialect]:
    """A scale to open with ``async with``; its port is ``sim.port``."""
    pan = Pan(settle_ms=settle_ms, capacity_g=capacity_g)
    return ScaleSim(ToledoContinuousDialect(pan, unit=unit), pan, link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/toledo-continuous --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(ToledoContinuousSim, argv, name="scale/toledo-continuous", units=tuple(DECIMALS))
