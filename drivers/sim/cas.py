"""A simulated CAS scale, type 6 ("AP-1", Samsung ER-670), from CAS PD-II p 23, the AP-1 protocol sheet and Ohaus Aviator p 36."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from fractions import Fraction
from functools import reduce
from operator import xor
from pathlib import Path

from drivers.sim.pan import Pan
from drivers.sim.scale_commands import run_scale
from drivers.sim.scale_sim import Reply, ScaleSim, Told

SOH, STX, ETX, EOT, ENQ, ACK, DC1, DC2, NAK = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x11, 0x12, 0x15
GRAMS_PER_UNIT = {"kg": Fraction(1000), "lb": Fraction("453.59237")}
DECIMALS = {"kg": 3, "lb": 2}


class CasDialect:
    """ENQ, ACK, DC1, frame. ``ready`` off: NAK to ENQ. ``price_minor``: of a kilogram, told with DC2.

    ``price_first``: the order of DPOS400 p 31; without it that of Ohaus Aviator p 36. ``damaged``: a wrong check character.
    """

    repeat_ms: int | None = None

    def __init__(self, pan: Pan, *, unit: str = "kg") -> None:
        self.pan = pan
        self.unit = unit
        self.ready = True
        self.price_minor = 1250
        self.price_first = False
        self.damaged = False
        self._asked = False

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        for byte in data:
            if byte == ENQ:
                self._asked = self.ready
                yield Reply(data=bytes([ACK if self.ready else NAK]), says="ready" if self.ready else "not ready")
            elif byte in {DC1, DC2} and self._asked:
                self._asked = False
                yield self.weigh() if byte == DC1 else self._all()

    def weigh(self) -> Reply:
        return Reply(data=bytes([SOH, *self._weight_block(), EOT]), says=self._says(), grams=self._grams())

    def _all(self) -> Reply:
        grams = 0 if self.pan.moving or self.pan.over else max(0, self.pan.net_g)
        amount = self._money((grams * self.price_minor + 500) // 1000)
        price = self._money(self.price_minor)
        first, last = (price, amount) if self.price_first else (amount, price)
        data = bytes([SOH, *first, *self._weight_block(), *last, EOT])
        return Reply(data=data, says=self._says(), grams=self._grams())

    def _money(self, minor: int) -> bytes:
        """8 characters with a point; leading spaces (Ohaus p 36)."""
        return self._block(b"%8s" % (b"%d.%02d" % divmod(minor, 100)))

    def _weight_block(self) -> bytes:
        pan = self.pan
        state = b"U" if pan.moving else b"S"
        if pan.over:
            return self._block(state + b"FFFFFFF" + self.unit.encode())
        sign = b"-" if pan.net_g < 0 else b" "
        places = DECIMALS[self.unit]
        whole, part = divmod(int(abs(pan.net_g) / GRAMS_PER_UNIT[self.unit] * 10**places + Fraction(1, 2)), 10**places)
        return self._block(state + sign + f"{whole:0{5 - places}d}.{part:0{places}d}{self.unit}".encode())

    def _block(self, content: bytes) -> bytes:
        check = reduce(xor, content) ^ self.damaged
        return bytes([STX, *content, check, ETX])

    def _says(self) -> str:
        return "over" if self.pan.over else "moving" if self.pan.moving else "stable"

    def _grams(self) -> int | None:
        return None if self.pan.over else self.pan.net_g


def CasSim(  # noqa: N802 - reads as the constructor it stands for
    *,
    link: Path | None = None,
    settle_ms: int = 300,
    capacity_g: int = 15_000,
    unit: str = "kg",
    tell: Callable[[Told], None] | None = None,
) -> ScaleSim[CasDialect]:
    """A scale to open with ``async with``; its port is ``sim.port``."""
    pan = Pan(settle_ms=settle_ms, capacity_g=capacity_g)
    return ScaleSim(CasDialect(pan, unit=unit), pan, link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/cas --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(CasSim, argv, name="scale/cas", units=tuple(GRAMS_PER_UNIT))
