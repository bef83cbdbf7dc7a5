"""Wakes whoever waits for something to change: it counts its rings, so that none is missed between two waits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bell:
    """``rings`` so far. One event loop owns it."""

    rings: int = 0
    _next: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Something is otherwise than before."""
        self.rings += 1
        now, self._next = self._next, asyncio.Event()
        now.set()

    async def after(self, heard: int) -> int:
        """Wait until there were more or fewer rings than ``heard``; how many there were. The caller sets the deadline.

        Fewer: it is another bell by now, of a box that was started anew.
        """
        while self.rings == heard:
            await self._next.wait()
        return self.rings
