"""One conversation with a Music Player Daemon: lines of text, each answer ended by ``OK`` or ``ACK``.

    OK MPD 0.23.5
    status                →   volume: 40 / state: play / OK
    load "evening"        →   ACK [50@0] {load} No such playlist

Source: the MPD protocol, chapters "Protocol overview" and "Command reference".
"""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from drivers.contract import BadFrame, DeviceError
from drivers.wires.tcp import TcpWire

LONGEST_ANSWER = 256 * 1024
ANSWER_MS = 3_000
GREETING = re.compile(rb"OK MPD [0-9.]{1,20}")
ACK = re.compile(r"ACK \[\d+@\d+\] \{[a-z_]*\} (.*)")


class MusicRefused(DeviceError):
    """The player did not do it; the text is its own."""


class MpdTalk:
    """A connection to ``host``:``port``, opened with ``async with``, which waits for the greeting."""

    def __init__(self, host: str, port: int) -> None:
        self._wire = TcpWire(host, port)
        self._rest = b""

    async def __aenter__(self) -> Self:
        """Connect and be greeted. Raises DeviceGone, DeviceSilent, BadFrame for another kind of server."""
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._wire)
            greeting = await self._line(ANSWER_MS)
            if not GREETING.fullmatch(greeting):
                raise BadFrame(
                    f"{self._wire.address} is no music player (MPD): it says {greeting[:40]!r}; check the port", greeting
                )
            opening.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._wire.__aexit__(kind, error, trace)

    async def say(self, line: str) -> None:
        """Send a command whose answer is awaited by ``answer``."""
        await self._wire.send(line.encode() + b"\n", deadline_ms=ANSWER_MS)

    async def answer(self, deadline_ms: int = ANSWER_MS) -> dict[str, str]:
        """The names and values up to ``OK``. Raises MusicRefused, BadFrame, DeviceGone, DeviceSilent."""
        told: dict[str, str] = {}
        size = 0
        while (line := await self._line(deadline_ms)) != b"OK":
            size += len(line)
            if size > LONGEST_ANSWER:
                raise BadFrame(f"an answer of {self._wire.address} does not end", line[:100])
            name, value = read_line(line, self._wire.address)
            told[name] = value
        return told

    async def ask(self, line: str, *, deadline_ms: int = ANSWER_MS) -> dict[str, str]:
        """``say`` and ``answer``."""
        await self.say(line)
        return await self.answer(deadline_ms)

    async def _line(self, deadline_ms: int) -> bytes:
        while b"\n" not in self._rest:
            if len(self._rest) > LONGEST_ANSWER:
                raise BadFrame(f"a line of {self._wire.address} does not end", self._rest[:100])
            self._rest += await self._wire.receive(deadline_ms=deadline_ms)
        line, _, self._rest = self._rest.partition(b"\n")
        return line


def read_line(line: bytes, address: str) -> tuple[str, str]:
    """The name and the value in one line of an answer. Raises MusicRefused, BadFrame."""
    text = line.decode("utf-8", "replace")
    if refused := ACK.fullmatch(text):
        raise MusicRefused(f"the music player says: {refused[1]}")
    name, colon, value = text.partition(": ")
    if not colon:
        raise BadFrame(f"{address} says {line[:40]!r}, which is no answer of a music player", line)
    return name, value


def quoted(argument: str) -> str:
    """An argument as MPD reads it: in quotes, with quotes and backslashes escaped; a line feed ends no command early."""
    return '"' + re.sub(r'(["\\])', r"\\\1", re.sub(r"[\r\n\x00]", " ", argument)) + '"'
