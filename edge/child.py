"""A process that looks at pictures, as the box sees it: started, spoken with, and killed with everything that hangs in it.

ProcessFailed    it died, hung or could not be started; the part is started anew
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import NoReturn

from edge.channel import Asked, BoxEnd, ChannelBroken, Said, Speech
from edge.supervisor import only

ENDED_S = 0.5
END_S = 2.0
"""SIGKILL works at once, but on a process that the kernel holds; that one is left to the kernel."""


MIND_S = 0.5


class ProcessFailed(Exception):
    """The process does not work; the text says why."""


@dataclass(slots=True)
class Patience:
    """Until when the process is to have said something."""

    _deadline_s: float = 0.0

    def wait(self, seconds: float) -> None:
        """Be patient for so long from now on."""
        self._deadline_s = asyncio.get_running_loop().time() + seconds

    async def look(self) -> None:
        """After a moment: raises ProcessFailed when the deadline is over."""
        loop = asyncio.get_running_loop()
        awake_s = loop.time() + MIND_S
        await asyncio.sleep(MIND_S)
        # A box that stood still itself has not yet read what the process said meanwhile.
        if awake_s + MIND_S > loop.time() > self._deadline_s:
            raise ProcessFailed("the inference process has not beaten in time: it hangs, is killed and started again")

    async def mind(self) -> NoReturn:
        """Look until the deadline is over. Raises ProcessFailed then."""
        while True:
            await self.look()


@asynccontextmanager
async def child(
    program: Sequence[str], told: Sequence[str], speech: Speech[Asked, Said]
) -> AsyncIterator[tuple[BoxEnd[Asked, Said], asyncio.subprocess.Process]]:
    """The running process and the line to it; it is dead afterwards. Raises ProcessFailed.

    ``program`` are the interpreter's words; then the descriptor of the process's end and what it is ``told`` stand there.
    """
    ours, theirs = socket.socketpair()
    line = BoxEnd(ours, speech)
    try:
        with theirs:
            process = await _start((*program, str(theirs.fileno()), *told), theirs.fileno())
        try:
            yield line, process
        finally:
            await _end(process)
    finally:
        line.close()


async def failure_of(failures: ExceptionGroup[Exception], process: asyncio.subprocess.Process) -> Exception:
    """What to raise ``from None`` for what a TaskGroup that spoke with ``process`` says twice."""
    failure = only(failures)
    if isinstance(failure, ChannelBroken):
        return ProcessFailed(f"{failure}{await how_it_ended(process)}; it is started again")
    return failure


async def how_it_ended(process: asyncio.subprocess.Process) -> str:
    """`` by signal 15 (SIGTERM)`` or `` with status 1``, if it has ended."""
    try:
        async with asyncio.timeout(ENDED_S):
            status = await process.wait()
    except TimeoutError:
        return ""
    return f" by {_signal(-status)}" if status < 0 else f" with status {status}"


def _signal(number: int) -> str:
    # signal(7): the numbers between the named ones are the real-time signals.
    name = signal.Signals(number).name if number in set(signal.Signals) else "a real-time signal"
    whose = ": somebody killed it, or the kernel for want of memory" if number == signal.SIGKILL else ""
    return f"signal {number} ({name}{whose})"


async def _start(words: Sequence[str], theirs: int) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            pass_fds=(theirs,),
            start_new_session=True,
        )
    except OSError as error:
        raise ProcessFailed(
            f"the inference process cannot be started ({error.strerror}): is the machine out of memory?"
        ) from error


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(END_S):
            await process.wait()
