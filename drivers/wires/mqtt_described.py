"""What the devices of the shop said that they are (``$description``), for the one who passes it on: Home Assistant is told of it.

    storebox/1/<box>/shelf-1/$description   {"model": "LC-4", "properties": {"level-a1": {"unit": "g"}}}

As bytes of a device: nobody has looked into them yet.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

KEPT_BYTES = 16 * 1024 + 1
"""So much of one is kept; what is longer is too long for whoever reads it (drivers/home_assistant.py)."""


@dataclass(slots=True)
class Descriptions:
    """The last one of each device, by its name; ``news`` is set with each change, by whoever waits for more cleared."""

    of: dict[str, bytes] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, device: str, payload: bytes) -> None:
        """``device`` says what it is; with nothing in it, it takes that back."""
        self.of[device] = payload[:KEPT_BYTES]
        self.news.set()
