"""Short read-only connections for the page, the CLI and the uploader, off the event loop; they never hold the writer up."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sync.disk import JournalUnavailable, open_reader, trouble_of

T = TypeVar("T")

READERS = 3


class Readers:
    """A pool of READERS threads, each question in a read transaction of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._generation = 0
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="journal-reader")
        self._idle: queue.SimpleQueue[tuple[int, sqlite3.Connection]] = queue.SimpleQueue()

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """The answer of ``question(db)``, which must not keep ``db``. Raises JournalUnavailable when the disk cannot be read."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, question)

    def renew(self) -> None:
        """The file is another one now: no connection is used again."""
        self._generation += 1

    def close(self) -> None:
        """Wait for the questions under way and close every connection."""
        self._threads.shutdown(wait=True)
        while not self._idle.empty():
            self._idle.get()[1].close()

    def _answer(self, question: Callable[[sqlite3.Connection], T]) -> T:
        generation = self._generation
        try:
            db = self._connection(generation)
        except sqlite3.Error as error:
            raise self._blame(error) from error
        clean = False
        try:
            db.execute("BEGIN")
            answer = question(db)
            db.execute("COMMIT")
            clean = True
        except sqlite3.Error as error:
            raise self._blame(error) from error
        finally:
            if clean:
                self._idle.put((generation, db))
            else:
                db.close()
        return answer

    def _connection(self, generation: int) -> sqlite3.Connection:
        while not self._idle.empty():
            with suppress(queue.Empty):  # another reader was faster
                made, db = self._idle.get_nowait()
                if made == generation:
                    return db
                db.close()
        return open_reader(self._path)

    def _blame(self, error: sqlite3.Error) -> Exception:
        trouble = trouble_of(error, self._path)
        return error if trouble is None else JournalUnavailable(trouble.problem)
