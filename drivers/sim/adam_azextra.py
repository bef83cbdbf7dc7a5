"""A simulated Adam AZExtra, from field notes: ``P`` is answered once for each new weight that rests and is not zero."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from drivers.sim.pan import Pan
from drivers.sim.scale_commands import run_scale
from drivers.sim.scale_sim import Reply, ScaleSim, Told


class AdamAzExtraDialect:
    """``beeps`` counts how often it was asked for a weight that it had told; ``label`` is what else it prints."""

    def __init__(self, pan: Pan, *, unit: str = "kg") -> None:
        self.pan = pan
        self.unit = unit
        self.beeps = 0
        self.label = ""
        self.repeat_ms: int | None = None
        self._told: int | None = None
        self._unfinished = b""

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        *lines, self._unfinished = (self._unfinished + data).split(b"\r\n")
        for line in lines:
            grams = self.pan.net_g
            if line != b"P" or self.pan.moving or grams <= 0:
                continue
            if grams == self._told:
                self.beeps += 1
                continue
            self._told = grams
            yield self.weigh()

    def weigh(self) -> Reply:
        """What the print key sends."""
        grams = self.pan.net_g
        text = f"{self.label}{grams // 1000}.{grams % 1000:03d}{self.unit}\r\n"
        return Reply(data=text.encode("ascii"), says="stable", grams=grams)


def AdamAzExtraSim(  # noqa: N802 - reads as the constructor it stands for
    *,
    link: Path | None = None,
    settle_ms: int = 300,
    capacity_g: int = 15_000,
    unit: str = "kg",
    tell: Callable[[Told], None] | None = None,
) -> ScaleSim[AdamAzExtraDialect]:
    """A scale to open with ``async with``; its port is ``sim.port``."""
    pan = Pan(settle_ms=settle_ms, capacity_g=capacity_g)
    return ScaleSim(AdamAzExtraDialect(pan, unit=unit), pan, link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/adam-azextra --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(AdamAzExtraSim, argv, name="scale/adam-azextra", units=("kg",))
