"""What the box wishes of a device that speaks over its web server: the other direction of ``post.py``.

driver     wishes.ask("mirror-1", "message", "Please look up")
edge/web   wanted = await wishes.next("mirror-1")        {"message": "Please look up"}
driver     hears the device report it, as any word of the device

Only the newest wish for a property is kept, and nobody waits for one to be fetched.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Open:
    wanted: dict[str, str] = field(default_factory=dict)
    come: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Wishes:
    """The open wishes by device."""

    _open: defaultdict[str, _Open] = field(default_factory=lambda: defaultdict(_Open))

    def ask(self, device: str, property_: str, value: str) -> None:
        """Wish that ``device`` set ``property_`` to ``value``."""
        self._open[device].wanted[property_] = value
        self._open[device].come.set()

    def forget(self, device: str, property_: str) -> None:
        """Nobody waits for it any more, so the device need not do it later."""
        self._open[device].wanted.pop(property_, None)

    async def next(self, device: str) -> dict[str, str]:
        """The wishes that were not fetched yet; waits for one."""
        wishes = self._open[device]
        while not wishes.wanted:
            wishes.come.clear()
            await wishes.come.wait()
        wanted, wishes.wanted = wishes.wanted, {}
        return wanted
