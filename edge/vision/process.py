"""The inference process as the box sees it: started, spoken with, and killed with everything that hangs in it.

VisionFailed    it died, hung or could not be started; the part is started anew
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
from pathlib import Path

from edge.vision.channel import BoxEnd

PROGRAM = ("-P", "-m", "edge.vision")
ENDED_S = 0.5
END_S = 2.0
"""SIGKILL works at once, but on a process that the kernel holds; that one is left to the kernel."""


class VisionFailed(Exception):
    """The inference process does not work; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is started: ``words`` are the interpreter's, the rest is told the process on its command line."""

    words: Sequence[str] = PROGRAM
    detector: str
    models_dir: Path
    threads: int


@asynccontextmanager
async def started(program: Program) -> AsyncIterator[tuple[BoxEnd, asyncio.subprocess.Process]]:
    """The running process and the line to it; it is dead afterwards. Raises VisionFailed."""
    ours, theirs = socket.socketpair()
    line = BoxEnd(ours)
    try:
        with theirs:
            process = await _start(program, theirs.fileno())
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


async def _start(program: Program, theirs: int) -> asyncio.subprocess.Process:
    told = (str(theirs), program.detector, str(program.models_dir), str(program.threads))
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *program.words,
            *told,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            pass_fds=(theirs,),
            start_new_session=True,
        )
    except OSError as error:
        raise VisionFailed(
            f"the inference process cannot be started ({error.strerror}): is the machine out of memory?"
        ) from error


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(END_S):
            await process.wait()
