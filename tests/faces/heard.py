"""The box's end of the line to a process that reads faces: what is said is kept until somebody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from edge.child import child
from edge.faces.words import SPEECH, BoxLine, Identify, Said

Word = TypeVar("Word", bound=Said)
WITHIN_S = 60.0
SHIPPED = ("-P", "-m", "edge.faces")
WHO = Identify(request="r-1", camera="cam-1", within_ms=30_000)


class Heard:
    """What the process says, word by word."""

    def __init__(self, line: BoxLine, process: asyncio.subprocess.Process) -> None:
        self.line, self.process = line, process
        self._said: list[Said] = []

    async def until(self, kind: type[Word] | tuple[type[Word], ...], which: Callable[[Word], bool] = lambda _: True) -> Word:
        while True:
            while self._said:
                said = self._said.pop(0)
                if isinstance(said, kind) and which(said):
                    return said
            self._said = await self.line.hear()


@asynccontextmanager
async def running(program: tuple[str, ...], models: Path, key_file: Path) -> AsyncIterator[Heard]:
    async with child(program, (str(models), str(key_file), "1"), SPEECH) as (line, process), asyncio.timeout(WITHIN_S):
        yield Heard(line, process)
