"""One conversation with an RFID reader (LLRP over TCP): it greets, answers each order, and says by itself what it sees.

A reader takes one client and tells a second one in its greeting that it is taken.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import AsyncExitStack, suppress
from itertools import count
from time import monotonic
from types import TracebackType
from typing import Self

from drivers.contract import BadFrame, DeviceError, DeviceGone, DeviceSilent
from drivers.shelves.llrp import (
    ANSWERS,
    CLOSE_CONNECTION,
    ERROR_MESSAGE,
    KEEPALIVE,
    KEEPALIVE_ACK,
    READER_EVENT_NOTIFICATION,
    LlrpMessage,
    cut,
    decode_events,
    decode_status,
    encode,
)
from drivers.wires.tcp import TcpWire

ANSWER_MS = 5_000
GOODBYE_MS = 500
TAKEN = {1, 2, 4}  # 13.2.6.12: by the reader's own connection, by another client's, or tried at the same time


class LlrpTalk:
    """A connection to the reader at ``host``:``port``, opened with ``async with``, which waits for the greeting."""

    def __init__(self, host: str, port: int) -> None:
        self._wire = TcpWire(host, port)
        self.address = self._wire.address
        self.heard_at = monotonic()
        self._numbers = count(1)
        self._unread: deque[LlrpMessage] = deque()
        self._rest = b""

    async def __aenter__(self) -> Self:
        """Connect and be greeted. Raises DeviceGone, also when another client has the reader, DeviceSilent, BadFrame."""
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._wire)
            self._unread.clear()
            self._rest, self.heard_at = b"", monotonic()
            await self._be_greeted()
            opening.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Say goodbye, so that the reader takes the next connection at once; no answer is no harm."""
        try:
            if not isinstance(error, DeviceGone | DeviceSilent | BadFrame):
                with suppress(DeviceError):
                    await self.ask(CLOSE_CONNECTION, what="goodbye", deadline_ms=GOODBYE_MS)
        finally:
            await self._wire.__aexit__(kind, error, trace)

    async def _be_greeted(self) -> None:
        greeting = await self.hear(ANSWER_MS)
        if greeting is None:
            raise DeviceSilent(f"{self.address} takes the connection, but does not greet as a reader (LLRP) does: restart it")
        attempt = decode_events(greeting.body).attempt if greeting.kind == READER_EVENT_NOTIFICATION else None
        if attempt is None:
            raise BadFrame(f"{self.address} greets with a message of type {greeting.kind}, which no reader does", greeting.body)
        if attempt in TAKEN:
            raise DeviceGone(f"another client is connected to the reader at {self.address}, and it takes one: close that one")
        if attempt:
            raise DeviceGone(f"the reader at {self.address} refuses the connection (status {attempt}): restart it")

    async def hear(self, deadline_ms: int) -> LlrpMessage | None:
        """The next message; None when none came in time. Raises DeviceGone, BadFrame."""
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                while not self._unread:
                    await self._receive(deadline_ms)
        except (TimeoutError, DeviceSilent):
            return None
        return self._unread.popleft()

    async def ask(self, kind: int, body: bytes = b"", *, what: str, deadline_ms: int | None = None) -> None:
        """Give an order and wait for its answer. Raises DeviceError when the reader refuses, DeviceGone, DeviceSilent."""
        deadline_ms = deadline_ms or ANSWER_MS
        await self._wire.send(encode(LlrpMessage(kind=kind, number=next(self._numbers), body=body)), deadline_ms=deadline_ms)
        ends = monotonic() + deadline_ms / 1000
        said: list[LlrpMessage] = []
        while (left_ms := int((ends - monotonic()) * 1000)) > 0:
            message = await self.hear(left_ms)
            if message is None:
                break
            if message.kind in {ANSWERS[kind], ERROR_MESSAGE}:
                self._unread.extendleft(reversed(said))
                self.refused(message, what)
                return
            said.append(message)
        raise DeviceSilent(f"the reader at {self.address} does not answer ({what}) within {deadline_ms} ms: restart it")

    def refused(self, message: LlrpMessage, what: str) -> None:
        """Raise DeviceError when ``message`` says that something did not succeed."""
        code, says = decode_status(message.body)
        if code:
            raise DeviceError(f"the reader at {self.address} refuses ({what}): status {code} {says[:200]}".rstrip())

    async def _receive(self, deadline_ms: int) -> None:
        """Take what arrived; a KEEPALIVE is answered at once, for a reader hangs up on who does not."""
        messages, self._rest = cut(self._rest + await self._wire.receive(deadline_ms=deadline_ms))
        self.heard_at = monotonic()
        self._unread.extend(messages)
        for message in messages:
            if message.kind == KEEPALIVE:
                await self._wire.send(encode(LlrpMessage(kind=KEEPALIVE_ACK, number=message.number)), deadline_ms=ANSWER_MS)
