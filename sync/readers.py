"""Short read-only connections for the page, the CLI and the uploader, off the event loop; they never hold the writer up."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sync.disk import JournalUnavailable, open_reader, trouble_of

T = TypeVar("T")

READERS = 3


class Readers:
    """A pool of READERS threads, each question in a read transaction of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="journal-reader")
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """The answer of ``question(db)``, which must not keep ``db``. Raises JournalUnavailable when the disk cannot be read."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, question)

    def close(self) -> None:
        """Wait for the questions under way and close every connection."""
        self._threads.shutdown(wait=True)
        self.drop_idle()

    def drop_idle(self) -> None:
        """Close the connections that nobody uses, so that the next question opens the file anew."""
        while not self._idle.empty():
            self._idle.get().close()

    def _answer(self, question: Callable[[sqlite3.Connection], T]) -> T:
        db = None
        try:
            db = self._connection()
            db.execute("BEGIN")
            answer = question(db)
            db.execute("COMMIT")
        except sqlite3.Error as error:
            if db is not None:
                db.close()
            trouble = trouble_of(error, self._path)
            if trouble is None:
                raise
            raise JournalUnavailable(trouble.problem) from error
        except BaseException:
            if db is not None:
                db.close()
            raise
        self._idle.put(db)
        return answer

    def _connection(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return open_reader(self._path)
