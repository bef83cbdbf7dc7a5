"""The wire of devices that speak over the box's own web server: the page hands a message in and waits for its receipt.

edge/web   receipt = await wires.post.deliver("till-3", "order", body, deadline_ms=20_000)
driver     message = await slot.receive()   …   slot.answer(message, receipt)      after COMMIT
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Self

from drivers.contract import Receipt
from drivers.wires.mqtt_inbox import Message
from drivers.wires.stamp import stamp

MOST_WAITING = 64
"""Messages of one device that wait for their receipt; one more is told to come again."""


@dataclass(slots=True)
class Slot:
    """The messages for one open device, in order. One driver receives them; ``async with`` opens it."""

    device: str
    post: Post
    _waiting: deque[Message] = field(default_factory=deque)
    _answers: dict[int, asyncio.Future[Receipt]] = field(default_factory=dict)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self.post.slots[self.device] = self
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it; who still waits is told to come again."""
        if self.post.slots.get(self.device) is self:
            del self.post.slots[self.device]
        self._waiting.clear()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result(Receipt(ok=False, retry=True, problem=f"{self.device} was closed meanwhile: send it again"))
        self._answers.clear()

    async def receive(self) -> Message:
        """The next message; waits for it."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    def answer(self, message: Message, receipt: Receipt) -> None:
        """Tell the sender what became of ``message``; fine when nobody waits any more."""
        waiter = self._answers.pop(message.number, None)
        if waiter is not None and not waiter.done():
            waiter.set_result(receipt)

    def put(self, message: Message) -> asyncio.Future[Receipt] | None:
        """Queue ``message``; None when too many wait already."""
        if len(self._answers) >= MOST_WAITING:
            return None
        waiter: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._answers[message.number] = waiter
        self._waiting.append(message)
        self._arrived.set()
        return waiter


@dataclass(slots=True)
class Post:
    """All open slots by device, and the numbers of their messages."""

    slots: dict[str, Slot] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def slot(self, device: str) -> Slot:
        """The slot of ``device``, to be opened with ``async with``."""
        return Slot(device, self)

    async def deliver(self, device: str, name: str, payload: bytes, *, deadline_ms: int) -> Receipt:
        """Hand one message in and wait for its receipt: not ok with ``retry`` when the device is not open, busy, or late."""
        slot = self.slots.get(device)
        if slot is None:
            return Receipt(ok=False, retry=True, problem=f"{device} is not ready: send it again in a moment")
        waiter = slot.put(self._message(device, name, payload))
        if waiter is None:
            return Receipt(ok=False, retry=True, problem=f"{MOST_WAITING} messages of {device} wait already: send it again later")
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                return await waiter
        except TimeoutError:
            return Receipt(ok=False, retry=True, problem=f"not recorded within {deadline_ms} ms: send it again under its id")

    def _message(self, device: str, name: str, payload: bytes) -> Message:
        return Message(
            **stamp(device),
            branch="event",
            name=name,
            payload=payload,
            number=next(self._numbers),
        )
