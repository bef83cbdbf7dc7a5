"""The journal: everything that happened in the store, on disk before anyone is told, kept until the cloud has it.

This is the asyncio face of it. One thread writes (``sync/writer.py``), a few read (``sync/readers.py``).

    JournalError
    └── JournalUnavailable   not durable now: the disk is full, failing or read-only; the same call may be made again later
    SchemaNewer              a later storebox has written the file; raised on entering
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import structlog

from sync import outbox
from sync.check import find_damage
from sync.disk import JournalUnavailable
from sync.entries import Entry, Limits, Outcome, Stamp
from sync.events import Envelope, Registry
from sync.figures import Counted, Figures, bytes_on_disk, counted, figures_of
from sync.kept_aside import remove_set_aside
from sync.migrations import Migration
from sync.outbox import Kept
from sync.readers import Readers
from sync.recorder import Batch
from sync.room import Room
from sync.works import Answered, Chore, Fold, JournalState, Stop, Submitted, Suspect, Tally, Work, refusal
from sync.writer import BATCH_WORKS, Writer

log = structlog.get_logger("storebox.journal")
T = TypeVar("T")

INBOX_WORKS = 4096
STOPPED = "the journal is closed; send it again when the box is up"


def _no_alarm(_name: str, _text: str) -> None:
    """Nobody watches."""


class Journal:
    """Open while inside ``async with``. ``alarm(name, text)`` is called on the loop; an empty text takes the alarm down.

    Entering raises SchemaNewer, or whatever a migration raises; a full or failing disk is a state, not an error.
    """

    def __init__(
        self,
        path: Path,
        *,
        limits: Limits,
        registry: Registry,
        migrations: Sequence[Migration],
        stamp: Stamp,
        alarm: Callable[[str, str], None] = _no_alarm,
    ) -> None:
        self.path = path
        self._limits = limits
        self._alarm = alarm
        self._tally = Tally()
        self._counted = Counted(by_state={}, oldest_queued_time=None, dead_letters=0)
        self._readers = Readers(path)
        self._stop_check = threading.Event()
        self._check = ThreadPoolExecutor(1, thread_name_prefix="journal-check")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal-writer")
        self._make_writer = partial(Writer, path, limits=limits, registry=registry, migrations=migrations, stamp=stamp)
        self._room = Room(INBOX_WORKS)
        self._gathered: list[Work] = []
        self._turned = asyncio.Event()
        self._closed = False

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._writer = self._make_writer(tell=self._tell, alarm=self._alarm_from_thread, abandoned=self._loop.is_closed)
        self.failed = self._loop.run_in_executor(self._thread, self._writer.run)
        """Done when the writer's thread has ended; holds its error unless the journal was closed. The box awaits it."""
        self.failed.add_done_callback(self._ended)
        await self._opened
        if self.failed.done():
            self._shut()
            self.failed.result()
        checked = self._loop.run_in_executor(self._check, find_damage, self.path, self._stop_check)
        checked.add_done_callback(self._checked)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closed = True
        self._stop_check.set()
        self._gathered.append(Stop())
        self._hand_over()
        await asyncio.wait({self.failed})
        self._shut()

    async def submit(self, entry: Entry) -> asyncio.Future[Outcome]:
        """Put ``entry`` into the inbox, waiting for room; the future resolves after COMMIT and never raises."""
        if not self._room.taken():
            await self._room.wait()
        told: asyncio.Future[Outcome] = self._loop.create_future()
        self._put(Submitted(entry, told))
        return told

    async def record(self, entry: Entry) -> Outcome:
        """What became of ``entry``: on disk when this returns Recorded or Repeated."""
        return await (await self.submit(entry))

    async def settle(self, *, done: Sequence[int], rejected: Sequence[tuple[int, str]]) -> None:
        """Mark events (by sequence) as the cloud answered; durable on return, harmless again. Raises JournalUnavailable."""

        def run(db: sqlite3.Connection, batch: Batch) -> None:
            batch.queued.subtract(outbox.settle(db, done=done, rejected=rejected))

        await self._chore(run)

    async def wipe(self) -> bool:
        """Cut the write-ahead log, delete what is set aside: what was deleted before is in none of the journal's files any more.

        Orders wait no longer than for a commit. False while a reader needs the log: try again. Raises JournalUnavailable.
        """
        if not await self._told_of(Fold):
            return False
        try:
            gone = await asyncio.to_thread(remove_set_aside, self.path)
        except OSError as error:
            told = f"{error.filename}, which was set aside, may name who is forgotten and cannot be deleted ({error.strerror})"
            raise JournalUnavailable(f"{told}: delete it by hand") from error
        if gone:
            log.warning("damaged files that may name who is forgotten are deleted", files=[str(file) for file in gone])
        return True

    async def query(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        """The answer of ``ask(db)``, run off the loop on a read-only connection. Raises JournalUnavailable."""
        return await self._ask(ask)

    async def figures(self) -> Figures:
        """How the journal stands now; the last known counts when the disk cannot be read."""
        with suppress(JournalUnavailable):
            self._counted = await self._ask(counted)
        return figures_of(
            self._counted, self._tally, bytes_on_disk=bytes_on_disk(self.path), quota_bytes=self._limits.quota_bytes
        )

    async def latest(self, limit: int) -> list[Kept]:
        """The newest events first. Raises JournalUnavailable."""
        return await self._ask(partial(outbox.latest, limit=limit))

    async def pending(self, *, limit: int, max_bytes: int) -> list[Envelope]:
        """Queued events in the order to send: orders, members, telemetry, each by sequence. Raises JournalUnavailable."""
        return await self._ask(partial(outbox.pending, limit=limit, max_bytes=max_bytes))

    async def wait_pending(self) -> None:
        """Return when at least one event is queued."""
        while not any(self._tally.queued.values()):
            await self.watch(self.commits)

    @property
    def state(self) -> JournalState:
        """Whether it records now, as the writer last knew."""
        return self._tally.state

    @property
    def commits(self) -> int:
        """Grows with every commit that changed a row and with every change of state."""
        return self._tally.commits

    async def watch(self, seen: int) -> int:
        """Wait until ``commits`` is above ``seen``; returns it. No polling: ``seen = await journal.watch(seen)``."""
        while self._tally.commits <= seen:
            await self._turned.wait()
        return self._tally.commits

    async def _ask(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        if self._tally.opened == 0:  # on a disk without room even a reader could die of SIGBUS
            raise JournalUnavailable(self._tally.problem)
        return await self._readers.ask(ask)

    async def _chore(self, run: Callable[[sqlite3.Connection, Batch], T]) -> T:
        return await self._told_of(partial(Chore, run))

    async def _told_of(self, work: Callable[[asyncio.Future[T]], Chore | Fold]) -> T:
        if not self._room.taken():
            await self._room.wait()
        told: asyncio.Future[T] = self._loop.create_future()
        self._put(work(told))
        return await told

    def _put(self, work: Submitted | Chore | Fold) -> None:
        if self._closed:
            self._resolve([refusal(work, STOPPED)])
        else:
            if not self._gathered:
                self._loop.call_soon(self._hand_over)
            self._gathered.append(work)

    def _hand_over(self) -> None:
        """What was asked for in one turn of the loop goes to the writer together: it is woken once, not at the first of many."""
        works, self._gathered = self._gathered, []
        for first in range(0, len(works), BATCH_WORKS):
            self._writer.inbox.put(works[first : first + BATCH_WORKS])

    def _tell(self, answers: list[Answered], tally: Tally) -> None:
        with suppress(RuntimeError):  # the loop was closed under us: nobody listens any more
            self._loop.call_soon_threadsafe(self._hear, answers, tally)

    def _alarm_from_thread(self, name: str, text: str) -> None:
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._alarm, name, text)

    def _hear(self, answers: list[Answered], tally: Tally) -> None:
        self._resolve(answers)
        if tally.opened != self._tally.opened:
            self._readers.renew()
        turned = tally.commits != self._tally.commits
        self._tally = tally
        if turned:
            self._turned.set()
            self._turned = asyncio.Event()
        if not self._opened.done():
            self._opened.set_result(None)

    def _resolve(self, answers: list[Answered]) -> None:
        places = 0
        for answer in answers:
            told = answer.told
            if told is None:
                continue
            places += 1
            if told.done():  # nobody waits any more; the row stays
                continue
            if answer.error is None:
                told.set_result(answer.result)
            else:
                told.set_exception(answer.error)
        self._room.give_back(places)

    def _ended(self, failed: asyncio.Future[None]) -> None:
        self._closed = True
        self._hand_over()
        self._resolve([refusal(work, STOPPED) for work in self._writer.left_over()])
        failed.exception()
        if not self._opened.done():
            self._opened.set_result(None)

    def _checked(self, damage: asyncio.Future[str]) -> None:
        if damage.result():
            self._writer.inbox.put([Suspect(damage.result())])

    def _shut(self) -> None:
        self._check.shutdown(wait=True)
        self._readers.close()
        self._thread.shutdown(wait=True)
