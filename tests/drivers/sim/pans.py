"""What a simulated scale stands under, and what it answers to bytes: no wire, no driver."""

from __future__ import annotations

from drivers.sim.pan import Pan
from drivers.sim.scale_sim import Dialect


async def says(dialect: Dialect, heard: bytes) -> bytes:
    """Everything that it replies."""
    return b"".join([reply.data async for reply in dialect.hear(heard)])


def pan(grams: int = 0, *, moving: bool = False, tare: int = 0) -> Pan:
    """A pan of 15 kg that settles at once."""
    made = Pan(settle_ms=0, capacity_g=15_000)
    made.put(grams)
    made.tare_g = tare
    made.held_moving = moving
    return made
