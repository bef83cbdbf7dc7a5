"""One command of ours and everything that a ZVT terminal says until it is done: each of its messages is acknowledged.

DeviceGone       the line was cut on the way
DeviceSilent     it does not begin within 5 s, or does not end although it was told to stop
BadFrame         bytes that are no ZVT
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from drivers.contract import BadFrame, DeviceSilent
from drivers.pos.zvt import (
    ABORT,
    ACK,
    LONG,
    Aborted,
    Acknowledged,
    Completed,
    OnTheWay,
    Other,
    Rejected,
    Said,
    Status,
    decode,
    wants_answer,
)
from drivers.pos.zvt_fields import Fields
from drivers.wires.tcp import TcpWire

ANSWER_MS = 5_000
"""PA00P016 chapter 3: the terminal acknowledges within T3 = 5 s. A cardholder is given longer: the command's deadline."""

STOPPING_MS = 10_000
"""How long a terminal may take to give up after it was told to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended: ``code`` says why not, None when it completed; ``begun`` is False when it never started."""

    code: int | None = None
    status: Fields | None = None
    begun: bool = True


@dataclass(slots=True, kw_only=True)
class Conversation:
    """With ``wire``, whose ``turn`` is held; ``tell`` takes the terminal's words on the way, ``began`` is told that it works."""

    wire: TcpWire
    tell: Callable[[str], None]
    began: Callable[[], None]
    _begun: bool = False
    _stopping: bool = False
    _status: Fields | None = None
    _clock: Callable[[], float] = field(default_factory=lambda: asyncio.get_running_loop().time)

    async def ask(self, apdu: bytes, *, deadline_ms: int) -> Ended:
        """Send ``apdu`` and hear the terminal out; told to stop after ``deadline_ms``. Raises DeviceError."""
        ends_at = self._clock() + deadline_ms / 1000
        await self.wire.send(apdu, deadline_ms=ANSWER_MS)
        while True:
            said = await self._next(ends_at)
            if said is None:
                self._stopping = True
                ends_at = self._clock() + STOPPING_MS / 1000
                await self.wire.send(ABORT, deadline_ms=ANSWER_MS)
                continue
            ended = self._ended(said)
            if ended is not None:
                return ended

    async def acknowledged(self, apdu: bytes) -> None:
        """Send ``apdu`` and wait for nothing but its acknowledgement. Raises DeviceError."""
        await self.wire.send(apdu, deadline_ms=ANSWER_MS)
        while not isinstance(await receive(self.wire, deadline_ms=ANSWER_MS), Acknowledged | Rejected):
            pass

    async def _next(self, ends_at: float) -> Said | None:
        """The next message, acknowledged; None when its time is over and it was not told to stop yet."""
        left_ms = max(1, round((ends_at - self._clock()) * 1000))
        patience_ms = left_ms if self._begun else min(left_ms, ANSWER_MS)
        try:
            return await receive(self.wire, deadline_ms=patience_ms)
        except DeviceSilent:
            if not self._begun or self._stopping:
                raise
            return None

    def _ended(self, said: Said) -> Ended | None:
        match said:
            case Rejected() if not self._begun:
                return Ended(code=said.code, begun=False)
            case Completed():
                return Ended(status=self._status)
            case Aborted():
                return Ended(code=said.code, status=self._status)
            case Status():
                self._status = said.fields
            case OnTheWay():
                self.tell(said.words)
            case Acknowledged() | Rejected() | Other():
                pass
            case _:
                assert_never(said)
        if not self._begun:
            self._begun = True
            self.began()
        return None


async def receive(wire: TcpWire, *, deadline_ms: int) -> Said:
    """The terminal's next message, acknowledged; one that has begun may take ``ANSWER_MS`` more. Raises DeviceError."""
    first = await wire.exactly(1, deadline_ms=deadline_ms)
    said = decode(await _whole(wire, first))
    if wants_answer(said):
        await wire.send(ACK, deadline_ms=ANSWER_MS)
    return said


async def _whole(wire: TcpWire, first: bytes) -> bytes:
    head = first
    try:
        head += await wire.exactly(2, deadline_ms=ANSWER_MS)
        length = head[2]
        if length == LONG:
            head += await wire.exactly(2, deadline_ms=ANSWER_MS)
            length = int.from_bytes(head[3:5], "little")
        return head + await wire.exactly(length, deadline_ms=ANSWER_MS)
    except DeviceSilent as silent:
        raise BadFrame(f"{wire.address} stopped in the middle of a message: {silent}", head[:3]) from silent
