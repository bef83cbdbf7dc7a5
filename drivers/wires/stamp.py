"""When something came: one clock for all wires, so that every reading is stamped alike."""

from __future__ import annotations

from datetime import UTC, datetime
from time import monotonic_ns

from drivers.reading import Stamp


def stamp(device: str) -> Stamp:
    """``device`` and now, the UTC time and the monotonic clock: ``Presence(**stamp(device), state="open")``."""
    return {"device": device, "at": datetime.now(UTC), "monotonic_ms": monotonic_ns() // 1_000_000}
