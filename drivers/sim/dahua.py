"""A simulated indicator that sends ``ww0001.250kg`` again and again, from CAS DH p 6 and Liden LUW2001 p 17."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from drivers.sim.pan import Pan
from drivers.sim.scale_commands import run_scale
from drivers.sim.scale_sim import Reply, ScaleSim, Told

REPEAT_MS = 100


class DahuaDialect:
    """``all_three``: gross, net and tare by turns, as CAS DH can be set to send."""

    def __init__(self, pan: Pan, *, unit: str = "kg") -> None:
        self.pan = pan
        self.unit = unit
        self.all_three = False
        self.tare_only = False
        self.repeat_ms: int | None = REPEAT_MS

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        """Nothing that is said to it in this mode has an effect."""
        for _ in data[:0]:
            yield self.weigh()

    def weigh(self) -> Reply:
        pan = self.pan
        net = self._line("wn" if pan.tare_g else "ww", pan.net_g)
        if self.tare_only:
            net = self._line("wt", pan.tare_g)
        elif self.all_three:
            net = self._line("ww", pan.gross_g) + self._line("wn", pan.net_g) + self._line("wt", pan.tare_g)
        return Reply(data=net, says="moving" if pan.moving else "stable", grams=pan.net_g)

    def _line(self, letters: str, grams: int) -> bytes:
        steps = abs(grams) if self.unit == "kg" else round(abs(grams) / 0.45359237)
        digits = f"{steps // 1000:0{3 if grams < 0 else 4}d}.{steps % 1000:03d}"
        return f"{letters}{'-' if grams < 0 else ''}{digits}{self.unit}\r\n".encode()


def DahuaSim(  # noqa: N802 - reads as the constructor it stands for
    *,
    link: Path | None = None,
    settle_ms: int = 300,
    capacity_g: int = 15_000,
    unit: str = "kg",
    tell: Callable[[Told], None] | None = None,
) -> ScaleSim[DahuaDialect]:
    """A scale to open with ``async with``; its port is ``sim.port``."""
    pan = Pan(settle_ms=settle_ms, capacity_g=capacity_g)
    return ScaleSim(DahuaDialect(pan, unit=unit), pan, link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/dahua --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(DahuaSim, argv, name="scale/dahua", units=("kg", "lb"))
