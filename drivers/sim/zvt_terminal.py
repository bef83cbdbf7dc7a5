"""A card terminal that speaks ZVT over TCP (VdTH PA00P015 rev. 13.07 and PA00P016 rev. 04), and every way it can fail.

storebox sim terminal/zvt --port 20007

It says each card number in full, as old terminals do: whoever listens must cut it.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from drivers.sim.orders import Orders, obey_until_quit, tell

ACK = bytes.fromhex("800000")
BUSY = bytes.fromhex("849c00")
ABORTED = 0x6C
PLACES = ("ack", "words", "status", "completion")
ENDS_WITHIN_S = 0.02
T3_S = 5.0  # PA00P016 chapter 3: how long an APDU may wait for its acknowledgement


@dataclass(slots=True, kw_only=True)
class ZvtTerminalSim:
    """``async with`` it and it listens on ``port``. The attributes are its moods; they may change at any time.

    ``result`` 0 approves, any other declines; ``halt`` says before which answer it stops: ``mute`` falls silent there,
    ``hang_up`` cuts the line there. The answers to a payment are ack, words, status, completion. ``stubborn`` acknowledges an
    abort and goes on, as one does that waits for the bank already.
    """

    port: int = 0
    password: str = "000000"  # noqa: S105
    card: str = "4929101234561237"
    scheme: str = "VISA"
    result: int = 0
    halt: str = ""
    hang_up: bool = False
    stutter_ms: int = 0
    think_ms: int = 0
    refuse: int = 0
    words: tuple[int, ...] = (0x0A, 0x04)
    prints: bool = False
    forgets: bool = False
    stubborn: bool = False
    repeats: int = 1
    raw_status: bytes | None = None
    registered: bool = False
    receipt: int = 46
    heard: list[bytes] = field(default_factory=list)
    charged: dict[int, int] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _lines: set[_Line] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        while self._lines:  # noqa: ASYNC110 - they end in a moment, each by itself
            await asyncio.sleep(0.001)

    def cut(self) -> None:
        """Pull the network cable's far end: whoever is connected is hung up."""
        for line in self._lines:
            line.writer.transport.abort()

    async def say(self, apdu: bytes) -> None:
        """Send bytes unasked on every line."""
        for line in self._lines:
            await line.write(apdu)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(self, reader, writer)
        self._lines.add(line)
        try:
            await line.converse()
        finally:
            self._lines.discard(line)
            writer.transport.abort()


class _Stopped(Exception):
    """The terminal speaks no more about this command."""


@dataclass(slots=True, eq=False)
class _Line:
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
                await self._pay(int(body[1:7].hex()))
            case b"\x06\x30":
                await self._reverse(int(body[4:6].hex()))
            case b"\x06\x31":
                await self._pay(int(body[4:10].hex()))
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

    async def _pay(self, amount: int) -> None:
        sim = self.sim
        async with self._answer("words"):
            for word in sim.words:
                await self.tell(bytes((0x04, 0xFF, 0x01, word)))
        if not await self._thinks():
            await self._abort(ABORTED)
            return
        if sim.result == 0:
            sim.receipt += 1
            sim.charged[sim.receipt] = amount
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
        totals = sum(self.sim.charged.values())
        await self.tell(apdu_of(b"\x04\x0f", bytes.fromhex("2700 04") + bcd(totals, 6)))
        self.sim.charged.clear()
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


def status(sim: ZvtTerminalSim, amount: int) -> bytes:
    """The status information 04 0F of a payment, the card's number in full (PA00P015 chapter 10)."""
    scheme = sim.scheme.encode("cp437") + b"\0"
    digits = sim.card if len(sim.card) % 2 == 0 else sim.card + "F"
    number = bytes.fromhex(digits.replace("*", "E"))
    body = bytes.fromhex("27") + bytes((sim.result,)) + b"\x04" + bcd(amount, 6)
    body += bytes.fromhex("0b000470 0c223953 0d1006 0e2512 170001 1970")
    body += b"\x22" + ll(len(number)) + number + bytes.fromhex("29 52500036") + b"\x2a" + b"100461763      "
    body += b"\x3c" + b"\xf0" + ll(14) + b"GEN.NR.:611804" + bytes.fromhex("490978") + b"\x87" + bcd(sim.receipt, 2)
    body += bytes.fromhex("88000470 8a0a") + b"\x8b" + ll(len(scheme)) + scheme
    track = f"{sim.card}D25122011234567890".replace("*", "E")
    second = bytes.fromhex(track + "F" * (len(track) % 2))
    return apdu_of(b"\x04\x0f", body + b"\x23" + ll(len(second)) + second)


def apdu_of(control: bytes, body: bytes) -> bytes:
    """An APDU: control field, length (from 255 on as FF, low byte, high byte), data."""
    if len(body) < 0xFF:
        return control + bytes((len(body),)) + body
    return control + b"\xff" + len(body).to_bytes(2, "little") + body


def bcd(number: int, size: int) -> bytes:
    """``number`` in ``size`` bytes of two digits."""
    return bytes.fromhex(f"{number:0{2 * size}d}")


def ll(length: int) -> bytes:
    """A length of two digits: F1 F6 is 16."""
    return bytes((0xF0 + length // 10, 0xF0 + length % 10))


def tlv(tag: bytes, value: bytes) -> bytes:
    """One data object of a TLV container."""
    return tag + tlv_length(value) + value


def tlv_length(value: bytes) -> bytes:
    """The length of a TLV value: one byte, or 82 and two."""
    return bytes((len(value),)) if len(value) < 0x80 else b"\x82" + len(value).to_bytes(2, "big")


def _halting(*, hang_up: bool) -> Callable[[ZvtTerminalSim, str], None]:
    def halt(sim: ZvtTerminalSim, place: str) -> None:
        if place not in {*PLACES, "never"}:
            raise ValueError(place)
        sim.halt, sim.hang_up = place, hang_up

    return halt


ORDERS: Orders = {
    "card": ("DIGITS", lambda sim, digits: setattr(sim, "card", digits)),
    "approve": ("", lambda sim: setattr(sim, "result", 0)),
    "decline": ("CODE in hexadecimal, as 6c", lambda sim, code: setattr(sim, "result", int(code, 16))),
    "think": ("MS", lambda sim, wait: setattr(sim, "think_ms", int(wait))),
    "mute": ("ack|words|status|completion|never", _halting(hang_up=False)),
    "hang-up": ("ack|words|status|completion|never", _halting(hang_up=True)),
    "stutter": ("MS", lambda sim, wait: setattr(sim, "stutter_ms", int(wait))),
    "forget": ("", lambda sim: setattr(sim, "forgets", True)),
    "cut": ("", lambda sim: sim.cut()),
    "charged": ("", lambda sim: tell({"charged": sim.charged})),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a terminal until a signal or ``quit``."""
    parser = argparse.ArgumentParser(
        prog="storebox sim terminal/zvt", epilog=f"orders on standard input: {', '.join(ORDERS)}, quit"
    )
    parser.add_argument("--port", type=int, default=20_007, help="where it listens on 127.0.0.1")
    parser.add_argument("--password", default="000000")
    given = parser.parse_args(argv)
    asyncio.run(obey_until_quit(lambda: ZvtTerminalSim(port=given.port, password=given.password), ORDERS))
    return 0
