"""Processes of the tests, forked from one that has everything imported: each starts in a tenth of the time.

``Forked(sell, "lane-1")`` runs ``sell("lane-1")``, a function of a module, until it is killed; ``said`` is what it prints.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

PRELOADED = [
    "edge.__main__",
    "edge.assembly",
    "drivers.pos.till",
    "drivers.scales.mt_sics",
    "sqlite_utils",  # a new journal makes its tables with it
    "sync.cloud.server",
    "tests.edge.preloaded",
    "tests.sync.cloud.processes",
    "tests.sync.journal.recording",
]
"""For all of them: there is one process to fork from in each worker of pytest, and the first who wants it starts it."""
ENDS_WITHIN_S = 60.0
ROOT = Path(__file__).resolve().parents[1]


def forking() -> ForkServerContext:
    """Makes processes that have PRELOADED."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


class Forked:
    """``work(*words)`` in a process of its own, at work as soon as it is made."""

    def __init__(self, work: Callable[..., None], *words: object) -> None:
        context = forking()
        hears, tells = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(tells, work, words), daemon=True)
        sys.path.append(str(ROOT))  # where the process finds ``work``; pytest itself goes without
        self._process.start()
        sys.path.remove(str(ROOT))
        tells.close()
        self.said = os.fdopen(os.dup(hears.fileno()), encoding="utf-8")
        hears.close()

    def ended_within(self, seconds: float) -> bool:
        """Wait for its end, no longer than that."""
        self._process.join(seconds)
        return self._process.exitcode is not None

    def kill(self) -> None:
        """``kill -9``; what it said before can still be read."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGKILL)
        assert self.ended_within(ENDS_WITHIN_S)
        self._process.close()


def _run(tells: Connection, work: Callable[..., None], words: tuple[object, ...]) -> None:
    os.dup2(tells.fileno(), 1)
    tells.close()
    work(*words)
