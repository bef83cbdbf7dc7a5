"""Plays a recording back on a real wire: the device of the recording, without the device.

    {"recording":1,"device":"scale-1","driver":"scale/mt-sics","settings":{},"began_at":"…","source":"…"}
    {"t_ms":12,"way":"said","text":"SI\\r\\n"}          wait until we are told so
    {"t_ms":31,"way":"heard","text":"S S 1.234 kg\\r\\n"}  then say so

It keeps the order of the recording, and its pauses unless played ``fast``. Told something else than the recording says,
it goes on when the recorded words come, and says at the end what it was told instead.

CannotReplay    the file is no recording of a wire of bytes; the text names the line
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from drivers.sim.port import Port
from drivers.sim.pty_port import PtyPort
from drivers.sim.tcp_port import TcpPort

FORMAT = 1
PATIENCE_S = 30.0
"""How long the recorded words are waited for."""

LATE_S = 0.05
"""More than this, and the machine stood still: what follows comes as much later, or the pauses would be lost."""

REST_S = 0.2
"""The last words are read before the wire goes."""


class CannotReplay(Exception):
    """Not a recording that can be played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """One piece of a recording: what the device was heard to say, or what it was said to."""

    t_ms: int
    way: Literal["heard", "said"]
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A whole recording; ``settings`` are those of the device's driver that differ from its defaults."""

    driver: str
    settings: dict[str, Any]
    source: str
    passed: tuple[Passed, ...]


def read_recording(path: Path) -> Recorded:
    """Read a file of ``storebox record``. Raises CannotReplay."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotReplay(f"cannot read {path}: {error}") from error
    header = _object(path, 1, lines[0]) if lines else {}
    if header.get("recording") != FORMAT:
        raise CannotReplay(f"{path} is no recording of storebox: its first line has no recording = {FORMAT}")
    pieces = [_piece(path, number, _object(path, number, line)) for number, line in enumerate(lines[1:], 2)]
    return Recorded(
        driver=str(header.get("driver", "")),
        settings=dict(header.get("settings", {})),
        source=str(header.get("source", "")),
        passed=tuple(piece for piece in pieces if piece is not None),
    )


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise CannotReplay(f"{path}, line {number} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise CannotReplay(f"{path}, line {number} is no JSON object")
    return found


def _piece(path: Path, number: int, line: dict[str, Any]) -> Passed | None:
    if "lost" in line:
        raise CannotReplay(f"{path}, line {number}: {line['lost']} pieces were lost while it was recorded; record it again")
    if line.get("topic"):
        raise CannotReplay(f"{path}, line {number} passed at a broker: only serial and TCP recordings can be played")
    try:
        data = bytes.fromhex(line["hex"]) if "hex" in line else line["text"].encode("ascii")
        return Passed(t_ms=int(line["t_ms"]), way=cast("Any", {"heard": "heard", "said": "said"}[line["way"]]), data=data)
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise CannotReplay(f"{path}, line {number} is no piece of a recording: {error!r}") from error


class Replay:
    """The device of ``recorded`` at ``port``; ``play`` says everything once."""

    def __init__(self, recorded: Recorded, port: Port, *, fast: bool = False) -> None:
        self._recorded, self._port, self._fast = recorded, port, fast
        self._told = b""

    async def play(self) -> list[str]:
        """Play it; returns what was not as recorded. The port is plugged in and stays so."""
        loop = asyncio.get_running_loop()
        began, passed = loop.time(), self._recorded.passed
        late_s = -passed[0].t_ms / 1000 if passed else 0.0
        for piece in passed:
            due = began + late_s + piece.t_ms / 1000
            if piece.way == "said":
                problem = await self._wait_for(piece.data)
                if problem:
                    return [problem]
                late_s = max(late_s, loop.time() - began - piece.t_ms / 1000)
                continue
            if not self._fast:
                await asyncio.sleep(due - loop.time())
                if (late := loop.time() - due) > LATE_S:
                    late_s += late
            await self._say(piece.data)
        return []

    async def _wait_for(self, words: bytes) -> str:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while words not in self._told:
                    self._told += await self._port.read()
        except TimeoutError:
            return f"nobody said {words!r} within {PATIENCE_S:g} s; told was {self._told[-80:]!r}"
        self._told = self._told.partition(words)[2]
        return ""

    async def _say(self, data: bytes) -> None:
        while data:
            written = self._port.write(data)
            data = data[written:]
            if data:  # nobody reads at the moment, or nobody is there yet
                await asyncio.sleep(0.01)


async def play(path: Path, *, link: Path | None, listen: str, fast: bool, tell: Callable[[str], object]) -> None:
    """Play the recording ``path`` once, at a pty behind ``link`` or on TCP; ``tell`` what was otherwise. Raises CannotReplay."""
    recorded = read_recording(path)
    port = _port(link, listen)
    try:
        port.plug()
    except OSError as error:
        raise CannotReplay(f"cannot play at {link or listen}: {error.strerror or error}") from error
    try:
        for problem in await Replay(recorded, port, fast=fast).play():
            tell(problem)
        await asyncio.sleep(REST_S)
    finally:
        port.unplug()


def _port(link: Path | None, listen: str) -> Port:
    if link is not None:
        return PtyPort(link)
    host, _, number = listen.rpartition(":")
    if not host or not number.isdigit():
        raise CannotReplay(f"{listen!r} is no address: write it as HOST:PORT, such as 127.0.0.1:9100")
    return TcpPort(host, int(number))
