"""The copies of what went to the printer, until somebody has time to read them: bounded, and honest about what was dropped."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A piece of what line ``line`` carried; ``ended``: nothing more follows; ``lost``: a gap is before it."""

    line: int
    data: bytes = b""
    ended: bool = False
    lost: bool = False


@dataclass(slots=True)
class Copies:
    """What waits to be read. ``take`` is for the forwarding: it never waits and never fails."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: deque[Copy] = field(default_factory=deque)
    _bytes: int = 0
    _gaps: set[int] = field(default_factory=set)

    def listener(self, line: int) -> Callable[[bytes], None]:
        """What the forwarding of ``line`` calls with each piece."""
        return lambda data: self._take(line, data)

    def end(self, line: int) -> None:
        """The line is over."""
        self._waiting.append(Copy(line=line, ended=True, lost=line in self._gaps))
        self._gaps.discard(line)
        self.arrived.set()

    def all(self) -> list[Copy]:
        """Everything that waits, in its order."""
        copies = list(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        self.arrived.clear()
        return copies

    def _take(self, line: int, data: bytes) -> None:
        if self._bytes + len(data) > MOST_BYTES:
            self._gaps.add(line)
            return
        self._waiting.append(Copy(line=line, data=data, lost=line in self._gaps))
        self._gaps.discard(line)
        self._bytes += len(data)
        self.arrived.set()
