"""The process that counts people: which program it is and what it is told when it starts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from edge.child import child
from edge.vision.words import SPEECH, BoxLine

PROGRAM = ("-P", "-m", "edge.vision")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is started: ``words`` are the interpreter's, the rest is told the process on its command line."""

    words: Sequence[str] = PROGRAM
    detector: str
    models_dir: Path
    threads: int


def started(program: Program) -> AbstractAsyncContextManager[tuple[BoxLine, asyncio.subprocess.Process]]:
    """The running process and the line to it; it is dead afterwards. Raises ProcessFailed when it is entered."""
    return child(program.words, (program.detector, str(program.models_dir), str(program.threads)), SPEECH)
