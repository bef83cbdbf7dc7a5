"""A box as a process, forked from one that has everything imported: it starts in a tenth of the time, a hundred times.

From its command line on it is what ``storebox run`` is: own process, own environment, own signals. The command itself is started
in tests/cli.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from tests.forked import forking

STOREBOX = """
import os, sys
file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
os.dup2(file, 1)
os.dup2(file, 2)
os.environ.clear()
os.environ.update(environ)
sys.argv = ["storebox", *words]
exec(first)
from edge.__main__ import main
main()
"""


class BoxProcess:
    """``storebox WORDS`` with what it prints in ``log``; the Python code ``first`` runs in it before anything else."""

    def __init__(self, *words: str, log: Path, environ: Mapping[str, str], first: str) -> None:
        names = {"words": words, "log": str(log), "environ": dict(environ), "first": first}
        self._process = forking().Process(target=exec, args=(STOREBOX, names))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, which: signal.Signals) -> None:
        os.kill(self.pid, which)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Its exit code, as soon as it has ended."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode
