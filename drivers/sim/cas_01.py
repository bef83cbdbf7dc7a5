"""A simulated CAS scale, type 0 or 1, from CAS PD-II p 19; ``epos`` is the near relation of METTLER DIVA pp 47-48 (EPOS 1)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from fractions import Fraction
from functools import reduce
from operator import xor
from pathlib import Path

from drivers.sim.pan import Pan
from drivers.sim.scale_commands import run_scale
from drivers.sim.scale_sim import Reply, ScaleSim, Told

NUL, STX, ETX, ENQ, ACK, CR, DC1, DC2, NAK, CAN = 0x00, 0x02, 0x03, 0x05, 0x06, 0x0D, 0x11, 0x12, 0x15, 0x18
STEPS_PER_GRAM = {"kg": Fraction(1), "lb": Fraction(10_000_000, 45_359_237)}
CAPACITY = {"kg": 0b001, "lb": 0b010}
OUT_OF_RANGE = 0x10


class Cas01Dialect:
    """ENQ DC2, then ACK and the frame. ``epos``: ENQ, ACK, DC1, the frame twice, CR. ``no_data``: NUL to ENQ.

    ``copies``: how often EPOS sends it. ``slips``: so often the second copy differs. ``short``: the last place is NUL (p 61).
    """

    repeat_ms: int | None = None

    def __init__(self, pan: Pan, *, unit: str = "kg") -> None:
        self.pan = pan
        self.unit = unit
        self.epos = False
        self.no_data = False
        self.copies = 2
        self.slips = 0
        self.short = False
        self.confirmed = 0
        self._asked = False

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        for byte in data:
            if byte == ENQ:
                self._asked = True
                if self.epos:
                    yield self._ready()
            elif byte == (DC1 if self.epos else DC2) and self._asked:
                self._asked = False
                yield self._copies() if self.epos else self._acknowledged()
            elif byte == CR:
                self.confirmed += 1

    def weigh(self) -> Reply:
        """STX ID W5 to W1 BCC ETX; out of range the weight is zero and bit 4 of ID is set (DIVA p 61)."""
        pan = self.pan
        out = pan.over or pan.net_g < 0
        grams = 0 if out else pan.net_g
        digits = b"%05d" % int(grams * STEPS_PER_GRAM[self.unit] + Fraction(1, 2))
        if self.short:
            digits = digits[:4] + bytes([NUL])
        content = bytes([0x28 | CAPACITY[self.unit] | OUT_OF_RANGE * out]) + digits
        frame = bytes([STX, *content, reduce(xor, content), ETX])
        return Reply(data=frame, says="out of range" if out else "stable", grams=None if out else grams)

    def _ready(self) -> Reply:
        if self.no_data:
            return Reply(data=bytes([NUL]), says="no data")
        return Reply(data=bytes([CAN if self.pan.moving else ACK]), says="moving" if self.pan.moving else "ready")

    def _acknowledged(self) -> Reply:
        if self.pan.moving:
            return Reply(data=bytes([NAK]), says="moving")
        told = self.weigh()
        return Reply(data=bytes([ACK]) + told.data, says=told.says, grams=told.grams)

    def _copies(self) -> Reply:
        told = self.weigh()
        second = told.data * (self.copies - 1)
        if self.slips:
            self.slips -= 1
            second = bytes(byte ^ (place in {2, 7}) for place, byte in enumerate(told.data))
        return Reply(data=told.data + second, says=told.says, grams=told.grams)


def Cas01Sim(  # noqa: N802 - reads as the constructor it stands for
    *,
    link: Path | None = None,
    settle_ms: int = 300,
    capacity_g: int = 15_000,
    unit: str = "kg",
    tell: Callable[[Told], None] | None = None,
) -> ScaleSim[Cas01Dialect]:
    """A scale to open with ``async with``; its port is ``sim.port``."""
    pan = Pan(settle_ms=settle_ms, capacity_g=capacity_g)
    return ScaleSim(Cas01Dialect(pan, unit=unit), pan, link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/cas-01 --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(Cas01Sim, argv, name="scale/cas-01", units=("kg", "lb"))
