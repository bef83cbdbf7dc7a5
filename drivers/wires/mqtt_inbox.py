"""What the box has taken from the broker and not yet acknowledged: without a bound here, a slow disk would fill the memory.

mosquitto does not hold back at the receive window when acknowledgements come in batches, so the box counts for itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

HIGH_MESSAGES, LOW_MESSAGES = 1024, 512
HIGH_BYTES, LOW_BYTES = 4 << 20, 2 << 20
"""Above the high mark the socket is not read, until both counts are below the low mark."""

KEPT_WHILE_CLOSED = 16
"""Messages kept for a device whose driver is between two openings; of more, the device's own repeats are relied on."""

MOST_IN_A_SECOND, MOST_AT_ONCE = 2000, 20_000
"""More, for longer than a backlog lasts, is a loop and no device: a shelf with 40 load cells tells 2000 samples in a second.

mosquitto.conf lets the broker keep so long a backlog (max_queued_messages).
"""


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message of a device. ``branch`` is ``event``, ``state``, ``$state`` or ``$description``, ``name`` what follows it.

    ``at`` (UTC) and ``monotonic_ms`` are of its arrival; ``number`` names the delivery when it is acknowledged. A struct, for a
    frozen dataclass takes four times as long to make.
    """

    device: str
    branch: str
    name: str
    payload: bytes
    at: datetime
    monotonic_ms: int
    number: int


@dataclass(slots=True, kw_only=True)
class Inbox:
    """The messages of one device: ``waiting`` to be read, ``unacknowledged`` by number as (packet id, bytes).

    ``passed_over`` counts what it said beyond the most that one device may say.
    """

    waiting: deque[Message] = field(default_factory=deque)
    unacknowledged: dict[int, tuple[int, int]] = field(default_factory=dict)
    reader: object | None = None
    gone: str = ""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    passed_over: int = 0
    _may_say: int = MOST_AT_ONCE
    _since_ms: int = 0

    def takes(self, now_ms: int) -> bool:
        """Whether one more may come: somebody reads it or few wait, and the device has not used up what it may say."""
        if self.reader is None:
            return len(self.waiting) < KEPT_WHILE_CLOSED
        if now_ms != self._since_ms:
            more = (now_ms - self._since_ms) * MOST_IN_A_SECOND // 1000
            self._may_say, self._since_ms = min(MOST_AT_ONCE, self._may_say + more), now_ms
        if self._may_say > 0:
            self._may_say -= 1
            return True
        self.passed_over += 1
        self.arrived.set()
        return False

    def end(self, why: str) -> None:
        """The broker is lost, and delivers again what is forgotten here."""
        self.waiting.clear()
        self.unacknowledged.clear()
        self.gone = why
        self.arrived.set()


@dataclass(slots=True)
class Held:
    """The sum over all inboxes: messages and bytes that the broker still waits for."""

    messages: int = 0
    bytes: int = 0

    def over(self) -> bool:
        """Too much: stop reading."""
        return self.messages >= HIGH_MESSAGES or self.bytes >= HIGH_BYTES

    def under(self) -> bool:
        """Little enough to read again."""
        return self.messages <= LOW_MESSAGES and self.bytes <= LOW_BYTES
