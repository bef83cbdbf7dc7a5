"""The shop of the demo, its box, cloud and devices forked from one process that has everything imported.

Each is a process of its own, with its own signals, files and wires, as when it is started; only Python and the imports, which
take longer than the rest, are not done anew for every kill.
"""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio.subprocess import Process
from pathlib import Path
from secrets import token_hex
from typing import cast

from edge.demo.process import Child, storebox
from edge.demo.stage import Stage, StageBroken
from tests.edge.box_process import BoxProcess

SPOKEN_WITH = """
import socket
for number in (0, 1):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect({name!r})
        os.dup2(line.fileno(), number)
"""
LINE_LIMIT = 1 << 20


class ForkedChild(Child):
    """As ``Child``; what is no ``storebox`` command is started."""

    async def start(self) -> None:
        if list(self.words[:3]) != storebox():
            await super().start()
            return
        forked = Forked(*self.words[3:], log=self.log_file, spoken_with=self.reads_stdout)
        await forked.connect()
        self._process = cast("Process", forked)


class Forked(BoxProcess):
    """A command with what is used of asyncio's process; ``spoken_with`` is one that hears orders and tells what it does."""

    def __init__(self, *words: str, log: Path, spoken_with: bool = False) -> None:
        self.stdin: asyncio.StreamWriter | None = None
        self.stdout: asyncio.StreamReader | None = None
        self._door: socket.socket | None = None
        first = ""
        if spoken_with:
            self._door = socket.socket(socket.AF_UNIX)
            self._door.bind("")  # Linux makes up a name that is no file
            self._door.listen(2)
            self._door.setblocking(False)
            first = SPOKEN_WITH.format(name=self._door.getsockname())
        super().__init__(*words, log=log, environ=os.environ, first=first)

    async def connect(self) -> None:
        """Wait until it can be spoken with."""
        if self._door is None:
            return
        with self._door as door:
            orders, _ = await asyncio.get_running_loop().sock_accept(door)
            told, _ = await asyncio.get_running_loop().sock_accept(door)
        _, self.stdin = await asyncio.open_unix_connection(sock=orders)
        self.stdout, self._ears = await asyncio.open_unix_connection(sock=told, limit=LINE_LIMIT)

    async def wait(self) -> int:
        code = await super().wait()
        if self.stdin is not None:
            self.stdin.close()
            self._ears.close()
        return code


async def forked_command(shop: Stage, *words: str) -> str:
    """As ``Stage.command``."""
    said = shop.folder / f"{words[0]}-{token_hex(4)}.said"
    ended = await Forked(*words, log=said).wait()
    told = said.read_text().strip()
    if ended:
        raise StageBroken(f"storebox {' '.join(words)} failed: {told}")
    return told
