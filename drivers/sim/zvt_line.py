"""One connection of a cash register to the simulated card terminal: it hears, works, and waits for each acknowledgement."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.sim.zvt_apdus import apdu_of, bcd, status, tlv, tlv_length

if TYPE_CHECKING:
    from drivers.sim.zvt_terminal import ZvtTerminalSim

ACK = bytes.fromhex("800000")
BUSY = bytes.fromhex("849c00")
ABORTED = 0x6C
ENDS_WITHIN_S = 0.02
T3_S = 5.0  # PA00P016 chapter 3: how long an APDU may wait for its acknowledgement


class _Stopped(Exception):
    """The terminal speaks no more about this command."""


@dataclass(slots=True, eq=False)
class Line:
    """One connection of a cash register."""

    sim: ZvtTerminalSim
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _aborted: asyncio.Event = field(default_factory=asyncio.Event)
    _acks: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    _speaking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _working: asyncio.Task[None] | None = None

    async def converse(self) -> None:
        async with asyncio.TaskGroup() as group:
            while apdu := await self._read():
                self.sim.heard.append(apdu)
                if apdu[0] in {0x80, 0x84}:
                    self._acks.put_nowait(apdu)
                elif apdu[:2] == b"\x06\xb0":
                    if not self.sim.stubborn:
                        self._aborted.set()
                    await self.write(ACK)
                elif await self._busy():
                    await self.write(BUSY)
                else:
                    self._aborted.clear()
                    self._working = group.create_task(self._work(apdu), name="terminal: work")
            if self._working is not None:
                self._working.cancel()

    async def _busy(self) -> bool:
        """Whether it is at something else; the acknowledgement that came just before may have ended that."""
        if self._working is not None:
            await asyncio.wait((self._working,), timeout=ENDS_WITHIN_S)
        return self._working is not None and not self._working.done()

    async def _read(self) -> bytes:
        """The next APDU; nothing when the line is cut."""
        try:
            return await self._whole()
        except (ConnectionError, asyncio.IncompleteReadError):
            return b""

    async def _whole(self) -> bytes:
        head = await self.reader.readexactly(3)
        length = head[2]
        if length == 0xFF:
            more = await self.reader.readexactly(2)
            head, length = head + more, more[0] + (more[1] << 8)
        return head + await self.reader.readexactly(length)

    async def _work(self, apdu: bytes) -> None:
        try:
            await self._obey(apdu)
        except (_Stopped, ConnectionError, TimeoutError):
            return

    async def _obey(self, apdu: bytes) -> None:
        body = apdu[3:]
        if not await self._begins(apdu):
            return
        match apdu[:2]:
            case b"\x06\x00":
                await self._register(body)
            case b"\x06\x01":
                await self._pay(int(body[1:7].hex()), self.sim.charged)
            case b"\x06\x30":
                await self._reverse(int(body[4:6].hex()))
            case b"\x06\x31":
                await self._pay(int(body[4:10].hex()), self.sim.refunded)
            case b"\x06\x50":
                await self._end_the_day()
            case b"\x06\x70":
                await self._complete()
            case _:
                await self.tell(b"\x06\x1e\x01\x83")

    async def _begins(self, apdu: bytes) -> bool:
        sim = self.sim
        async with self._answer("ack"):
            if sim.refuse:
                await self.write(bytes((0x84, sim.refuse, 0)))
                return False
            if apdu[1] != 0x00 and (sim.forgets or not sim.registered):
                sim.registered = sim.forgets = False
                await self.write(b"\x84\x6b\x00")
                return False
            await self.write(ACK)
        return True

    async def _register(self, body: bytes) -> None:
        self.sim.registered = body[:3].hex() == self.sim.password
        if not self.sim.registered:
            await self.tell(b"\x06\x1e\x01\x9a")
            return
        async with self._answer("completion"):
            await self.tell(apdu_of(b"\x06\x0f", bytes.fromhex("1900 29 52500036 49 0978")))

    async def _pay(self, amount: int, book: dict[int, int]) -> None:
        sim = self.sim
        async with self._answer("words"):
            for word in sim.words:
                await self.tell(bytes((0x04, 0xFF, 0x01, word)))
        if not await self._thinks():
            await self._abort(ABORTED)
            return
        if sim.result == 0:
            sim.receipt += 1
            book[sim.receipt] = amount
        async with self._answer("status"):
            for _ in range(sim.repeats):
                await self.tell(sim.raw_status or status(sim, amount))
        if sim.result:
            await self._abort(sim.result)
            return
        if sim.prints:
            await self._print()
        await self._complete()

    async def _reverse(self, receipt: int) -> None:
        if receipt not in self.sim.charged:
            await self._abort(0x66)
            return
        await self.tell(status(self.sim, self.sim.charged.pop(receipt)))
        await self._complete()

    async def _end_the_day(self) -> None:
        totals = max(0, sum(self.sim.charged.values()) - sum(self.sim.refunded.values()))
        await self.tell(apdu_of(b"\x04\x0f", bytes.fromhex("2700 04") + bcd(totals, 6)))
        self.sim.charged.clear()
        self.sim.refunded.clear()
        await self._complete()

    async def _print(self) -> None:
        number = self.sim.card.encode()
        await self.tell(apdu_of(b"\x06\xd1", b"\x00Karte " + number))
        block = tlv(b"\x25", tlv(b"\x07", b"HAENDLERBELEG") + tlv(b"\x07", b"PAN " + number))
        await self.tell(apdu_of(b"\x06\xd3", b"\x06" + tlv_length(block) + block))

    async def _complete(self) -> None:
        async with self._answer("completion"):
            await self.tell(b"\x06\x0f\x00")

    async def _abort(self, code: int) -> None:
        await self.tell(bytes((0x06, 0x1E, 0x01, code)))

    async def _thinks(self) -> bool:
        """Wait for the card; False when the cash register aborted meanwhile."""
        try:
            async with asyncio.timeout(self.sim.think_ms / 1000):
                await self._aborted.wait()
        except TimeoutError:
            return True
        return False

    @asynccontextmanager
    async def _answer(self, name: str) -> AsyncIterator[None]:
        """The place before answer ``name``: here it falls silent, or the line is cut, if that is its mood."""
        if self.sim.halt == name:
            if self.sim.hang_up:
                self.writer.transport.abort()
            raise _Stopped
        yield

    async def tell(self, apdu: bytes) -> None:
        """Send and wait for the acknowledgement."""
        while not self._acks.empty():
            self._acks.get_nowait()
        await self.write(apdu)
        async with asyncio.timeout(T3_S):
            await self._acks.get()

    async def write(self, apdu: bytes) -> None:
        """Send, byte by byte when it stutters."""
        if not self.sim.stutter_ms:
            self.writer.write(apdu)
            return
        async with self._speaking:
            for byte in apdu:
                self.writer.write(bytes((byte,)))
                await asyncio.sleep(self.sim.stutter_ms / 1000)
