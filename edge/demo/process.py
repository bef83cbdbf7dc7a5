"""One program of the demo as a child process: started, talked to, stopped or killed, its output kept in a file."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STOP_S = 20.0
PR_SET_PDEATHSIG = 1


def storebox(*words: str) -> list[str]:
    """The command line of our own command, in this very Python."""
    return [sys.executable, "-m", "edge", *words]


@dataclass(slots=True, kw_only=True)
class Child:
    """A running child; ``log_file`` keeps what it says on stderr (and stdout, unless that is read by us)."""

    name: str
    words: Sequence[str]
    log_file: Path
    reads_stdout: bool = False
    _process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; its output is appended to the log file."""
        with self.log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.words,
                stdin=asyncio.subprocess.PIPE if self.reads_stdout else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if self.reads_stdout else log,
                stderr=log,
                preexec_fn=_die_with_parent,
                limit=1 << 20,
            )

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The process, which must have been started."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def kill(self) -> None:
        """SIGKILL: no clean-up, as a power cut of the program."""
        if self.running:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM, then SIGKILL when it does not end; returns its exit status."""
        if self.running:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), STOP_S)
            except TimeoutError:
                await self.kill()
        return self.process.returncode or 0

    def said(self, last_lines: int = 20) -> str:
        """The end of its log, for an error message."""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-last_lines:])


@dataclass(slots=True, kw_only=True)
class Simulator:
    """A simulated device as a process: orders go in by line, what it did on the wire comes out as JSON lines."""

    child: Child
    lines: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self) -> None:
        """Collect what the simulator prints, until it ends."""
        stdout = self.child.process.stdout
        if stdout is None:
            raise RuntimeError(f"{self.child.name} has no stdout")
        async for line in stdout:
            async with self._news:
                self.lines.append(json.loads(line))
                self._news.notify_all()

    async def order(self, words: str) -> None:
        """Type one command line to the simulator."""
        stdin = self.child.process.stdin
        if stdin is None:
            raise RuntimeError(f"{self.child.name} has no stdin")
        stdin.write(words.encode() + b"\n")
        await stdin.drain()

    async def says(self, holds: Callable[[dict[str, Any]], bool], *, deadline_s: float = 60.0) -> dict[str, Any]:
        """The first line for which ``holds``; raises TimeoutError with the end of the simulator's log."""
        try:
            async with asyncio.timeout(deadline_s), self._news:
                while True:
                    for line in self.lines:
                        if holds(line):
                            return line
                    await self._news.wait()
        except TimeoutError as error:
            raise TimeoutError(f"{self.child.name} said nothing of the kind in {deadline_s} s\n{self.child.said()}") from error

    async def shows(self, holds: Callable[[], bool], *, deadline_s: float = 60.0) -> None:
        """Wait until ``holds``, which is asked again after each line; raises TimeoutError with the end of the simulator's log."""
        try:
            async with asyncio.timeout(deadline_s), self._news:
                await self._news.wait_for(holds)
        except TimeoutError as error:
            raise TimeoutError(f"{self.child.name} did not get so far in {deadline_s} s\n{self.child.said()}") from error

    async def is_answered(self, *, deadline_s: float = 60.0) -> None:
        """Wait until the box has answered everything that a device which speaks MQTT was told to say until now."""
        asked = len(self.all("state"))
        await self.order("state")
        await self.shows(lambda: len(self.all("state")) > asked, deadline_s=deadline_s)
        told = self.all("state")[-1]
        answers = told["acked"] + told["refused"] + told["queued"]
        await self.shows(lambda: self._answers() >= answers, deadline_s=deadline_s)

    def _answers(self) -> int:
        return len(self.all("acked")) + sum(not told["retry"] for told in self.all("refused"))

    async def has_answers(self) -> bool:
        """Whether the box has answered every report of a device that speaks MQTT."""
        asked = len(self.all("state"))
        await self.order("state")
        await self.says(lambda _line: len(self.all("state")) > asked)
        return not self.all("state")[-1]["queued"]

    def all(self, key: str) -> list[Any]:
        """Everything that it said under ``key``."""
        return [line[key] for line in self.lines if key in line]


@asynccontextmanager
async def running(child: Child) -> AsyncIterator[Child]:
    """The child runs inside the ``async with``."""
    await child.start()
    try:
        yield child
    finally:
        await child.stop()


def _die_with_parent() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setpgid(0, 0)
