"""What the scanner of a kiosk reads: its screen gets it as if it had been typed there, and knows whose code it is to be.

The code is on the board, as the last reading of every device is, and goes no further than to that screen.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from drivers.counter_readings import Scanned
from edge.status import Board

FRESH_MS = 30_000
"""Whoever scanned before that has gone, or the page was not open."""


@dataclass(slots=True, kw_only=True)
class KioskScans:
    """``board`` has what the scanners read last."""

    board: Board
    _taken_ms: dict[str, int] = field(default_factory=dict)

    async def next(self, scanner: str | None) -> None:
        """Until there is a code of ``scanner`` that nobody has taken; for ever without one."""
        seen = -1
        while self._newest(scanner) is None:
            seen = await self.board.changed(seen)

    def take(self, scanner: str | None) -> str:
        """The code, once; empty when there is none."""
        scanned = self._newest(scanner)
        if scanned is None:
            return ""
        self._taken_ms[scanned.device] = scanned.monotonic_ms
        return scanned.code.strip()

    def _newest(self, scanner: str | None) -> Scanned | None:
        """A fresh code that is no goods'."""
        status = None if scanner is None else self.board.devices.get(scanner)
        reading = None if status is None else status.reading
        if not isinstance(reading, Scanned) or reading.gtin or reading.item or reading.sscc or reading.problem:
            return None
        oldest_ms = max(self._taken_ms.get(reading.device, 0), time.monotonic_ns() // 1_000_000 - FRESH_MS)
        return reading if reading.monotonic_ms > oldest_ms else None
