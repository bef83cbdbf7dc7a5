"""An RFID reader that speaks LLRP over TCP, for trying the box without one: tags lie before it, and it tells of them.

storebox sim rfid/llrp --port 5084 --tag 3005FB63AC1F3841EC880467

It takes one client, as the standard has it: a second one is told so and hung up on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

from drivers.sim.llrp_parts import event, find, message, status, tag
from drivers.sim.orders import Orders, obey_until_quit, options, tell
from drivers.sim.tcp_server import TcpServer

SUCCESS, FIELD_ERROR, UNSUPPORTED = 0, 101, 109
ROUND_S = 0.02


@dataclass(slots=True, kw_only=True)
class LlrpReaderSim:
    """``async with`` it and it listens on ``port``. ``tags``: antenna and dBm by EPC. The rest are its moods.

    ``mute``: says nothing any more. ``stutter``: sends byte by byte. ``taken``: greets with this status of a connection attempt.
    ``refuses``: the type of a message that it answers with an error. ``empties``: tells of no tags by an empty report.
    """

    port: int = 0
    tags: dict[str, tuple[int, int]] = field(default_factory=dict)
    mute: bool = False
    stutter: bool = False
    taken: int = 0
    refuses: int = 0
    deaf_to: int = 0
    empties: bool = True
    heard: list[int] = field(default_factory=list)
    acks: int = 0
    keepalive_ms: int = 0
    antennas: tuple[int, ...] = ()
    state: str = "none"
    _wanted: int = 0
    _server: TcpServer = field(init=False)
    _client: asyncio.StreamWriter | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _sending: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __aenter__(self) -> Self:
        self._server = TcpServer(self._serve, port=self.port)
        await self._server.plug()
        self.port = self._server.port
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._server.unplug()

    def hang_up(self) -> None:
        """Cut every line."""
        self._server.hang_up()

    def put(self, epc: str, antenna: int = 1, dbm: int = -50) -> None:
        """Lay a tag before an antenna. Raises ValueError when ``epc`` is not hexadecimal."""
        self.tags[bytes.fromhex(epc).hex().upper()] = (int(antenna), int(dbm))

    def take(self, epc: str) -> None:
        """Take it away again. Raises KeyError."""
        del self.tags[epc.upper()]

    def say(self, data: bytes) -> None:
        """Any bytes, unasked."""
        if self._client is not None:
            self._client.write(data)

    def unplug_antenna(self, antenna: int, connected: int = 0) -> None:
        """Its cable is pulled, or put back."""
        self.say(message(63, 0, event(0xFF, bytes((int(connected),)) + int(antenna).to_bytes(2))))

    def stop_looking(self) -> None:
        """The looking ends by itself."""
        self.state = "disabled"
        self.say(message(63, 0, event(0xF9, b"\1" + (1).to_bytes(4) + bytes(4))))

    def close_connection(self) -> None:
        """It announces that it hangs up."""
        self.say(message(63, 0, event(0x101, b"")))

    async def hears(self, kind: int, deadline_s: float = 30.0) -> None:
        """Wait until a client said a message of type ``kind``; raises TimeoutError."""
        async with asyncio.timeout(deadline_s):
            while kind not in self.heard:
                self._changed.clear()
                await self._changed.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._greet(reader, writer)
        finally:
            if self._client is writer:
                self._client, self.state = None, "none"

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        refused = self.taken or (2 if self._client is not None else 0)
        await self._send(writer, message(63, 0, event(0x100, refused.to_bytes(2))))
        if refused:
            await writer.drain()
            return
        self._client = writer
        living = asyncio.create_task(self._live(writer), name="the reader's rounds")
        try:
            while await self._obey(reader, writer):
                pass
        finally:
            living.cancel()
            await asyncio.wait([living])

    async def _obey(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readexactly(10)
        kind = int.from_bytes(head[:2]) & 0x3FF
        body = await reader.readexactly(int.from_bytes(head[2:6]) - 10)
        self.heard.append(kind)
        self._changed.set()
        if kind == 72:
            self.acks += 1
        elif kind != self.deaf_to:
            answer = {3: 13, 14: 4}.get(kind, kind + 10)
            await self._send(writer, message(answer, int.from_bytes(head[6:]), self._do(kind, body)))
        return kind != 14

    def _do(self, kind: int, body: bytes) -> bytes:
        if kind == self.refuses:
            return status(UNSUPPORTED, "no such thing here")
        match kind, self.state:
            case 3, _:
                self.keepalive_ms = int.from_bytes(find(body[1:], 220)[1:5])
            case 20, "none":
                self._learn(find(body, 177))
                self.state = "disabled"
            case 21, _:
                self.state = "none"
            case 24, "disabled":
                self.state = "inactive"
            case 22, "inactive":
                self.state = "active"
            case 14, _:
                pass
            case _:
                return status(FIELD_ERROR, f"not now: {self.state}")
        return status(SUCCESS)

    def _learn(self, rospec: bytes) -> None:
        inspection = find(rospec[6:], 183)
        count = int.from_bytes(inspection[:2])
        self.antennas = tuple(int.from_bytes(inspection[2 + 2 * at : 4 + 2 * at]) for at in range(count))
        self._wanted = int.from_bytes(find(find(rospec[6:], 237)[3:], 238))

    async def _live(self, writer: asyncio.StreamWriter) -> None:
        """A round of looking, and a sign of life when it is time."""
        loop, alive = asyncio.get_running_loop(), 0.0
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(ROUND_S)
                if self.keepalive_ms and loop.time() >= alive:
                    alive = loop.time() + self.keepalive_ms / 1000
                    await self._send(writer, message(62, 7))
                if self.state == "active":
                    await self._tell_tags(writer)

    async def _tell_tags(self, writer: asyncio.StreamWriter) -> None:
        for epc, (antenna, dbm) in list(self.tags.items()):
            if self.antennas == (0,) or antenna in self.antennas:
                await self._send(writer, message(61, 9, tag(bytes.fromhex(epc), antenna, dbm, self._wanted)))
        if self.empties and not self.tags:
            await self._send(writer, message(61, 9))

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if self.mute:
            return
        async with self._sending:  # one message after the other, however slowly they go
            for piece in [data[at : at + 1] for at in range(len(data))] if self.stutter else [data]:
                writer.write(piece)
                await asyncio.sleep(0)
            await writer.drain()


ORDERS: Orders = {
    "put": ("EPC [ANTENNA [DBM]]", LlrpReaderSim.put),
    "take": ("EPC", LlrpReaderSim.take),
    "mute": ("", lambda sim: setattr(sim, "mute", True)),
    "unmute": ("", lambda sim: setattr(sim, "mute", False)),
    "hang-up": ("", LlrpReaderSim.hang_up),
    "antenna": ("NUMBER 0|1", LlrpReaderSim.unplug_antenna),
    "stop": ("", LlrpReaderSim.stop_looking),
    "noise": ("HEX", lambda sim, noise: sim.say(bytes.fromhex(noise))),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Read tags until a signal or ``quit``."""
    parser = options("rfid/llrp", ORDERS)
    parser.add_argument("--port", type=int, default=5084)
    parser.add_argument("--tag", action="append", default=[], metavar="EPC")
    given = parser.parse_args(argv)
    asyncio.run(obey_until_quit(lambda: _listening(given.port, given.tag), ORDERS))
    return 0


@asynccontextmanager
async def _listening(port: int, tags: Sequence[str]) -> AsyncIterator[LlrpReaderSim]:
    async with LlrpReaderSim(port=port) as sim:
        for epc in tags:
            sim.put(epc)
        tell({"listening": f"127.0.0.1:{sim.port}"})
        yield sim
