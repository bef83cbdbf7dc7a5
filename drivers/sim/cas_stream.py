"""A simulated CAS indicator that sends its 22 bytes: header, gross or net, device number, lamps, eight characters, unit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from drivers.sim.pan import Pan
from drivers.sim.scale_commands import run_scale
from drivers.sim.scale_sim import Reply, ScaleSim, Told

REPEAT_MS = 100


class CasStreamDialect:
    """``number`` is the raw byte of the device; ``hold`` lights the lamp of a display that is held."""

    def __init__(self, pan: Pan, *, unit: str = "kg") -> None:
        self.pan = pan
        self.unit = unit
        self.number = 1
        self.hold = False
        self.repeat_ms: int | None = REPEAT_MS

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        """Nothing that is said to it in this mode has an effect."""
        for _ in data[:0]:
            yield self.weigh()

    def weigh(self) -> Reply:
        pan = self.pan
        out = pan.over or pan.gross_g * 50 < -pan.capacity_g
        header, says = (b"OL", "out of range") if out else (b"US", "moving") if pan.moving else (b"ST", "stable")
        lamps = 0x80 | (not pan.moving) << 6 | self.hold << 4 | (not pan.tare_g) << 2 | bool(pan.tare_g) << 1
        lamps |= pan.net_g == 0
        net = b"NT" if pan.tare_g else b"GS"
        weight = f"{'-' if pan.net_g < 0 else ' '}{self._number(abs(pan.net_g)):>7}".encode()
        frame = b"%b,%b,%c%c,%b %b\r\n" % (header, net, self.number, lamps, weight, f"{self.unit:>2}".encode())
        return Reply(data=frame, says=says, grams=None if out else pan.net_g)

    def _number(self, grams: int) -> str:
        return f"{grams // 1000}.{grams % 1000:03d}" if self.unit == "kg" else str(grams)


def CasStreamSim(  # noqa: N802 - reads as the constructor it stands for
    *,
    link: Path | None = None,
    settle_ms: int = 300,
    capacity_g: int = 15_000,
    unit: str = "kg",
    tell: Callable[[Told], None] | None = None,
) -> ScaleSim[CasStreamDialect]:
    """A scale to open with ``async with``; its port is ``sim.port``."""
    pan = Pan(settle_ms=settle_ms, capacity_g=capacity_g)
    return ScaleSim(CasStreamDialect(pan, unit=unit), pan, link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/cas-stream --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(CasStreamSim, argv, name="scale/cas-stream", units=("kg", "g"))
