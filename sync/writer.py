"""The one thread that writes: takes everything that waits, commits it together, tells everyone after COMMIT.

A lone entry is committed at once; under load the batch grows by itself, because entries gather while the disk flushes.
"""

from __future__ import annotations

import queue
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from sync.disk import DiskTrouble, Trouble, open_writer, trouble_of
from sync.entries import Limits, Stamp
from sync.events import EventClass, Registry
from sync.migrations import Migration, migrate
from sync.recorder import Batch, Recorder
from sync.works import Answered, Chore, JournalState, Stop, Submitted, Tally, Work, refusal

BATCH_WORKS = 512
IDLE_S = 0.5
RETRY_FIRST_S, RETRY_MOST_S = 0.2, 5.0


class Writer:
    """Owns the writing connection. Everything but ``inbox.put`` happens on the thread that runs ``run``."""

    def __init__(
        self,
        path: Path,
        *,
        limits: Limits,
        registry: Registry,
        migrations: Sequence[Migration],
        stamp: Stamp,
        tell: Callable[[list[Answered], Tally], None],
        alarm: Callable[[str, str], None],
        abandoned: Callable[[], bool],
    ) -> None:
        self.inbox: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._path = path
        self._limits = limits
        self._registry = registry
        self._migrations = migrations
        self._stamp = stamp
        self._tell = tell
        self._alarm = alarm
        self._abandoned = abandoned
        self._log = structlog.get_logger("storebox.journal")
        self._works: list[Work] = []
        self._recorder: Recorder | None = None
        self._trouble: Trouble | None = None
        self._retry_at = 0.0
        self._retry_s = RETRY_FIRST_S
        self._sequence = 0
        self._queued: Counter[EventClass] = Counter()
        self._commits = 0
        self._refused_telemetry = 0

    def run(self) -> None:
        """Open, then serve until Stop. Raises what no policy covers: SchemaNewer, a bug in a migration or in the writer."""
        try:
            self._try_open()
            self._tell([], self.tally())
            while self._turn():
                pass
        finally:
            self._close()

    def tally(self) -> Tally:
        """What is known now."""
        state: JournalState = "ok"
        if self._trouble is not None:
            state = "full" if self._trouble.kind == "full" else "failing"
        return Tally(
            commits=self._commits,
            last_sequence=self._sequence,
            queued=dict(self._queued),
            state=state,
            problem=self._trouble.problem if self._trouble is not None else "",
            refused_telemetry=self._refused_telemetry,
        )

    def left_over(self) -> list[Submitted | Chore]:
        """What nobody will answer any more; asked when ``run`` has ended."""
        works = [*self._works, *_drained(self.inbox)]
        return [work for work in works if not isinstance(work, Stop)]

    def _turn(self) -> bool:
        self._works = works = self._take()
        stop = self._abandoned() if not works else isinstance(works[-1], Stop)
        if self._trouble is not None and time.monotonic() >= self._retry_at:
            self._try_open()
        answers = self._commit(works) if self._trouble is None else self._refuse(works, self._trouble)
        self._works = []
        if answers:
            self._tell(answers, self.tally())
        return not stop

    def _take(self) -> list[Work]:
        try:
            works = [self.inbox.get(timeout=IDLE_S)]
        except queue.Empty:
            return []
        while len(works) < BATCH_WORKS and not isinstance(works[-1], Stop):
            try:
                works.append(self.inbox.get_nowait())
            except queue.Empty:
                break
        return works

    def _commit(self, works: Sequence[Work]) -> list[Answered]:
        if not works or self._recorder is None:
            return []
        db = self._recorder.db
        try:
            db.execute("BEGIN IMMEDIATE")
            answers, batch = self._fill(works, self._recorder)
            db.commit()
        except (DiskTrouble, sqlite3.Error) as error:
            trouble = error.trouble if isinstance(error, DiskTrouble) else trouble_of(error, self._path)
            if trouble is None:
                raise
            self._enter(trouble)
            return self._refuse(works, trouble)
        self._committed(batch)
        return answers

    def _fill(self, works: Sequence[Work], recorder: Recorder) -> tuple[list[Answered], Batch]:
        batch = recorder.begin(self._sequence)
        answers = []
        for work in works:
            if isinstance(work, Submitted):
                answers.append(Answered(work.told, recorder.record(work.entry, batch)))
            elif isinstance(work, Chore):
                answers.append(Answered(work.told, work.run(recorder.db, batch)))
        recorder.flush(batch)
        return answers, batch

    def _committed(self, batch: Batch) -> None:
        self._sequence = batch.sequence
        self._commits += 1
        self._queued.update(EventClass(row[1]) for row in batch.rows)
        self._queued.subtract(batch.left)
        for bug in batch.bugs:
            self._alarm("journal-decision", f"a decision failed and its input is kept as a dead letter: {bug}")

    def _refuse(self, works: Sequence[Work], trouble: Trouble) -> list[Answered]:
        answers = []
        for work in works:
            if isinstance(work, Submitted):
                self._refused_telemetry += work.entry.event_class is EventClass.TELEMETRY
            if not isinstance(work, Stop):
                answers.append(refusal(work, trouble.problem))
        return answers

    def _enter(self, trouble: Trouble) -> None:
        self._close()
        self._retry_at = time.monotonic() + self._retry_s
        self._retry_s = min(self._retry_s * 2, RETRY_MOST_S)
        if self._trouble is None or self._trouble.kind != trouble.kind:
            self._log.error("the journal cannot record", problem=trouble.problem)
            self._alarm("journal", trouble.problem)
        self._trouble = trouble

    def _try_open(self) -> None:
        try:
            self._open()
        except sqlite3.Error as error:
            trouble = trouble_of(error, self._path)
            if trouble is None:
                raise
            self._enter(trouble)
            return
        self._retry_s = RETRY_FIRST_S
        if self._trouble is not None:
            self._log.info("the journal records again")
            self._alarm("journal", "")
            self._trouble = None

    def _open(self) -> None:
        db = open_writer(self._path)
        self._recorder = Recorder(db, path=self._path, registry=self._registry, stamp=self._stamp)
        migrate(db, self._migrations)
        self._sequence = db.execute("SELECT coalesce(max(sequence), 0) FROM events").fetchone()[0]
        rows = db.execute("SELECT class, count(*) FROM events WHERE state = 'queued' GROUP BY class")
        self._queued = Counter({EventClass(event_class): rows for event_class, rows in rows})

    def _close(self) -> None:
        if self._recorder is not None:
            self._recorder.db.close()
            self._recorder = None


def _drained(inbox: queue.SimpleQueue[Work]) -> list[Work]:
    works = []
    while not inbox.empty():
        works.append(inbox.get_nowait())
    return works
