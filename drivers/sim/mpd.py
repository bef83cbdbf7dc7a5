"""A music player that speaks MPD, for trying the box without music: it has a volume, a state and some playlists.

storebox sim music/mpd --listen 127.0.0.1:6600 --playlist evening --playlist morning
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Self

from drivers.sim.orders import ON_OR_OFF, Orders, obey_until_quit, options, tell
from drivers.sim.tcp_server import TcpServer

LISTED = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


class MpdSim:
    """``mute``: it takes commands and says nothing. ``half_lines``: it stops in mid answer. ``deaf``: it obeys no one."""

    def __init__(
        self, playlists: Sequence[str] = ("evening",), password: str = "", *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.volume, self.state, self.title, self.playlist = 40, "stop", "", ""
        self.playlists, self.password = tuple(playlists), password
        self.mute = self.half_lines = self.deaf = False
        self.heard: list[str] = []
        self.server = TcpServer(self._serve, host=host, port=port)
        self._changed: set[asyncio.Event] = set()
        self._said = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.server.plug()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.server.unplug()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server.port

    def hang_up(self) -> None:
        """Drop every connection."""
        self.server.hang_up()

    async def hears(self, line: str, deadline_s: float = 30.0) -> None:
        """Wait until a client said ``line``; raises TimeoutError."""
        async with asyncio.timeout(deadline_s):
            while line not in self.heard:
                self._said.clear()
                await self._said.wait()

    def change(self, **what: object) -> None:
        """Somebody turns a knob at the player itself."""
        for name, value in what.items():
            setattr(self, name, value)
        for event in self._changed:
            event.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        changed = asyncio.Event()
        self._changed.add(changed)
        try:
            writer.write(b"OK MPD 0.23.5\n")
            while line := await reader.readline():
                await self._obey(line.decode().strip(), reader, writer, changed)
        except* ConnectionError:
            self.heard.append("hung up")
        finally:
            self._changed.discard(changed)

    async def _obey(self, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, changed: asyncio.Event) -> None:
        self._note(line)
        if self.mute:
            return
        if line.startswith("idle"):
            await self._idle(reader, writer, changed)
            return
        answer = self._answer(line)
        writer.write(answer[: len(answer) // 2] if self.half_lines else answer)

    async def _idle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, changed: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            stop = tasks.create_task(reader.readline(), name="noidle")
            woken = tasks.create_task(changed.wait(), name="changed")
            await asyncio.wait([stop, woken], return_when=asyncio.FIRST_COMPLETED)
            if woken.done() and not self.mute:
                changed.clear()
                writer.write(b"changed: player\nOK\n")
                await stop
                if stop.result() and stop.result() != b"noidle\n":
                    await self._obey(stop.result().decode().strip(), reader, writer, changed)
                return
            woken.cancel()
        self._note(stop.result().decode().strip())
        if stop.result() and not self.mute:
            writer.write(b"OK\n")

    def _note(self, line: str) -> None:
        self.heard.append(line)
        self._said.set()

    def _answer(self, line: str) -> bytes:
        command, *arguments = [
            quoted.replace('\\"', '"').replace("\\\\", "\\") or plain for quoted, plain in LISTED.findall(line)
        ]
        match command, arguments:
            case "status", []:
                return f"volume: {self.volume}\nrepeat: 0\nstate: {self.state}\nOK\n".encode()
            case "currentsong", []:
                return (f"file: {self.title}.mp3\nTitle: {self.title}\n" if self.title else "").encode() + b"OK\n"
            case "password", [given] if given != self.password:
                return b"ACK [3@0] {password} incorrect password\n"
            case "load", [name] if name not in self.playlists:
                return b"ACK [50@0] {load} No such playlist\n"
        if not self.deaf:
            self._do(command, arguments)
        return b"OK\n"

    def _do(self, command: str, arguments: list[str]) -> None:
        match command, arguments:
            case "setvol", [volume]:
                self.change(volume=int(volume))
            case "play", []:
                self.change(state="play")
            case "pause", ["1"]:
                self.change(state="pause")
            case "stop", []:
                self.change(state="stop")
            case "load", [name]:
                self.change(playlist=name)


ORDERS: Orders = {
    "volume": ("0..100", lambda sim, volume: sim.change(volume=int(volume))),
    "mute": ("on|off", lambda sim, word: setattr(sim, "mute", ON_OR_OFF[word])),
    "hang-up": ("", lambda sim: sim.hang_up()),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Play nothing until a signal or ``quit``."""
    parser = options("music/mpd", ORDERS)
    parser.add_argument("--listen", default="127.0.0.1:6600", metavar="HOST:PORT")
    parser.add_argument("--playlist", action="append", default=[])
    given = parser.parse_args(argv)
    host, _, port = given.listen.rpartition(":")
    asyncio.run(obey_until_quit(lambda: _listening(MpdSim(given.playlist, host=host, port=int(port))), ORDERS))
    return 0


@asynccontextmanager
async def _listening(sim: MpdSim) -> AsyncIterator[MpdSim]:
    async with sim:
        tell({"listening": sim.server.address})
        yield sim
