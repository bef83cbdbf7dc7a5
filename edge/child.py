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

from edge.channel import Asked, BoxEnd, Said, Speech

ENDED_S = 0.5
END_S = 2.0
"""SIGKILL works at once, but on a process that the kernel holds; that one is left to the kernel."""


class ProcessFailed(Exception):
    """The process does not work; the text says why."""


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


async def how_it_ended(process: asyncio.subprocess.Process) -> str:
    """`` by signal 9`` or `` with status 1``, if it has ended."""
    try:
        async with asyncio.timeout(ENDED_S):
            status = await process.wait()
    except TimeoutError:
        return ""
    return f" by signal {-status}" if status < 0 else f" with status {status}"


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
