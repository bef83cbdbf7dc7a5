"""A music player that speaks MPD, for trying the box without music: it has a volume, a state and some playlists.

storebox sim music/mpd --listen 127.0.0.1:6600 --playlist evening --playlist morning
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Self

LISTED = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


class MpdSim:
    """``mute``: it takes commands and says nothing. ``half_lines``: it stops in mid answer. ``deaf``: it obeys no one."""

    def __init__(self, playlists: Sequence[str] = ("evening",), password: str = "") -> None:
        self.volume, self.state, self.title, self.playlist = 40, "stop", "", ""
        self.playlists, self.password = tuple(playlists), password
        self.mute = self.half_lines = self.deaf = False
        self.heard: list[str] = []
        self.port = 0
        self._changed: set[asyncio.Event] = set()
        self._said = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.listen("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._open.callback(self.hang_up)
        await self._open.aclose()

    async def listen(self, host: str, port: int) -> None:
        """Open the port; 0 takes a free one."""
        tasks = await self._open.enter_async_context(asyncio.TaskGroup())
        server = await asyncio.start_server(lambda *ends: self._greet(tasks, *ends), host, port)
        self.port = server.sockets[0].getsockname()[1]
        self._open.callback(server.close)

    def hang_up(self) -> None:
        """Drop every connection."""
        for writer in self._writers:
            writer.transport.abort()

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

    def _greet(self, tasks: asyncio.TaskGroup, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        tasks.create_task(self._serve(reader, writer), name="a client of the player")

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
            self._writers.discard(writer)
            self._changed.discard(changed)
            writer.close()

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


def main(argv: Sequence[str] | None = None) -> int:
    """Play nothing until a signal."""
    parser = argparse.ArgumentParser(prog="storebox sim music/mpd")
    parser.add_argument("--listen", default="127.0.0.1:6600", metavar="HOST:PORT")
    parser.add_argument("--playlist", action="append", default=[])
    given = parser.parse_args(argv)
    host, _, port = given.listen.rpartition(":")
    asyncio.run(_play(host, int(port), given.playlist))
    return 0


async def _play(host: str, port: int, playlists: Sequence[str]) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    sim = MpdSim(playlists)
    await sim.listen(host, port)
    print(json.dumps({"listening": f"{host}:{sim.port}"}), flush=True)
    await ended.wait()
    await sim.__aexit__()
