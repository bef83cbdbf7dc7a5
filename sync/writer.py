"""The one thread that writes: takes everything that waits, commits it together, tells everyone after COMMIT.

A lone entry is committed at once; under load the batch grows by itself, because entries gather while the disk flushes.
"""

from __future__ import annotations

import queue
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from sync.box_events import BOX_EVENTS, JournalRemoved
from sync.disk import DiskTrouble, Trouble, os_trouble_of, trouble_of
from sync.entries import Limits, Stamp
from sync.events import EventClass, Registry
from sync.high_water import HighWaterFile
from sync.migrations import Migration
from sync.opening import lost_ranges_told, open_journal
from sync.recorder import Batch, Recorder
from sync.space import Space
from sync.upkeep import Upkeep
from sync.works import Answered, Chore, JournalState, Stop, Submitted, Suspect, Tally, Work, refusal

BATCH_WORKS = 512
SLICES_BEFORE_REFUSING = 20
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
        self._registry = Registry([*BOX_EVENTS, *registry])
        self._migrations = migrations
        self._stamp = stamp
        self._tell = tell
        self._alarm = alarm
        self._abandoned = abandoned
        self._log = structlog.get_logger("storebox.journal")
        self._space = Space(path, limits)
        self._upkeep = Upkeep(limits=limits, stamp=stamp, space=self._space)
        self._high_water = HighWaterFile(Path(f"{path}.sequence"))
        self._works: list[Work] = []
        self._recorder: Recorder | None = None
        self._trouble: Trouble | None = None
        self._retry_at = 0.0
        self._retry_s = RETRY_FIRST_S
        self._sequence = 0
        self._queued: Counter[EventClass] = Counter()
        self._turns = 0
        self._opened = 0
        self._refused_telemetry = 0

    def run(self) -> None:
        """Open, then serve until Stop. Raises what no policy covers: SchemaNewer, a bug in a migration or in the writer."""
        try:
            self._try_open()
            self._tell([], self._tally())
            while self._turn():
                pass
        finally:
            self._close()

    def left_over(self) -> list[Submitted | Chore]:
        """What nobody will answer any more; asked when ``run`` has ended."""
        works = [*self._works, *_drained(self.inbox)]
        return [work for work in works if isinstance(work, Submitted | Chore)]

    def _turn(self) -> bool:
        self._works = works = self._take()
        stop = self._abandoned() if not works else isinstance(works[-1], Stop)
        before = self._trouble, self._sequence
        for work in works:
            if isinstance(work, Suspect) and self._recorder is not None:
                self._meet(Trouble(kind="damaged", problem=f"{self._path} is damaged ({work.problem}): it is being salvaged"))
        if self._recorder is None and time.monotonic() >= self._retry_at:
            self._try_open()
        answers = self._serve(works)
        self._works = []
        if answers or before != (self._trouble, self._sequence):
            self._tell(answers, self._tally())
        return not stop

    def _take(self) -> list[Work]:
        wait = IDLE_S if self._recorder is None else min(IDLE_S, max(0.001, self._upkeep.next_at - time.monotonic()))
        try:
            works = [self.inbox.get(timeout=wait)]
        except queue.Empty:
            return []
        while len(works) < BATCH_WORKS and not isinstance(works[-1], Stop):
            try:
                works.append(self.inbox.get_nowait())
            except queue.Empty:
                break
        return works

    def _serve(self, works: list[Work]) -> list[Answered]:
        recorder = self._recorder
        if recorder is None:
            return self._refuse(works)
        try:
            self._mind_space(recorder)
            refused = self._refuse([work for work in works if isinstance(work, Submitted)]) if self._trouble else []
            admitted = [work for work in works if isinstance(work, Chore if self._trouble else Submitted | Chore)]
            due = self._upkeep.slice()
            answers = self._commit([*admitted, *([Chore(due, None)] if due else [])], recorder)
            if not works and due is None:
                self._upkeep.give_back(recorder.db)
        except (DiskTrouble, sqlite3.Error, OSError) as error:
            self._meet(self._blame(error))
            return self._refuse(works)
        return refused + answers

    def _mind_space(self, recorder: Recorder) -> None:
        room = self._upkeep.look(recorder.db)
        for _ in range(SLICES_BEFORE_REFUSING):
            if room is None or not self._upkeep.can_make_room(self._queued):
                break
            self._commit([Chore(self._upkeep.make_room, None)], recorder)
            room = self._upkeep.look(recorder.db)
        if room is not None:
            self._meet(self._space.trouble(room))
        elif self._trouble is not None:
            self._recovered()

    def _commit(self, works: Sequence[Work], recorder: Recorder) -> list[Answered]:
        if not works:
            return []
        batch = recorder.begin(self._sequence)
        answers = []
        recorder.db.execute("BEGIN IMMEDIATE")
        for work in works:
            if isinstance(work, Submitted):
                answers.append(Answered(work.told, recorder.record(work.entry, batch)))
            elif isinstance(work, Chore):
                done = work.run(recorder.db, batch)
                if work.told is not None:
                    answers.append(Answered(work.told, done))
        recorder.tell_own(batch)
        self._high_water.reserve(batch.sequence)
        recorder.db.commit()
        self._committed(batch)
        return answers

    def _committed(self, batch: Batch) -> None:
        if batch.sequence != self._sequence:
            self._sequence = batch.sequence
            with suppress(OSError):  # the commit stands; a disk that fails is met at the next one
                self._high_water.passed(batch.sequence)
        self._queued.update(batch.queued)
        for bug in batch.bugs:
            self._log.error("a decision failed", problem=bug)
            self._alarm("journal-decision", f"a decision failed and its input is kept as a dead letter: {bug}")

    def _refuse(self, works: Sequence[Work]) -> list[Answered]:
        problem = self._trouble.problem if self._trouble is not None else ""
        asked = [work for work in works if isinstance(work, Submitted) or (isinstance(work, Chore) and work.told)]
        self._refused_telemetry += sum(
            isinstance(work, Submitted) and work.entry.event_class is EventClass.TELEMETRY for work in asked
        )
        return [refusal(work, problem) for work in asked]

    def _blame(self, error: DiskTrouble | sqlite3.Error | OSError) -> Trouble:
        if isinstance(error, DiskTrouble):
            return error.trouble
        if isinstance(error, OSError):
            return os_trouble_of(error, self._path)
        trouble = trouble_of(error, self._path)
        if trouble is None:
            raise error
        return trouble

    def _meet(self, trouble: Trouble) -> None:
        """Stop recording. On a full disk the connection stays open: opening needs room that is not there."""
        if trouble.kind == "full" and self._recorder is not None:
            if self._recorder.db.in_transaction:
                self._recorder.db.rollback()
            if trouble == self._space.disk_full():
                self._space.let_go()
        else:
            self._close()
            self._retry_at = time.monotonic() + self._retry_s
            self._retry_s = min(self._retry_s * 2, RETRY_MOST_S)
        if self._trouble is None or self._trouble.kind != trouble.kind:
            self._log.error("the journal cannot record", problem=trouble.problem)
            self._alarm("journal", trouble.problem)
        self._trouble = trouble

    def _recovered(self) -> None:
        self._retry_s = RETRY_FIRST_S
        self._trouble = None
        self._log.info("the journal records again")
        self._alarm("journal", "")

    def _try_open(self) -> None:
        try:
            self._open()
        except (DiskTrouble, sqlite3.Error, OSError) as error:
            self._meet(self._blame(error))

    def _open(self) -> None:
        damaged = self._trouble is not None and self._trouble.kind == "damaged"
        opened = open_journal(
            self._path,
            migrations=self._migrations,
            space=self._space,
            high_water=self._high_water,
            damaged=damaged,
            tell=self._tell_damage,
        )
        recorder = Recorder(opened.db, path=self._path, registry=self._registry, stamp=self._stamp)
        rows = opened.db.execute("SELECT class, count(*) FROM events WHERE state = 'queued' GROUP BY class")
        self._queued = Counter({EventClass(event_class): rows for event_class, rows in rows})
        self._sequence = opened.sequence
        self._high_water.start(opened.sequence)
        self._recorder = recorder
        self._opened += 1
        if opened.lost:
            self._commit([Chore(_explain(opened.lost), None)], recorder)
        if self._trouble is not None:
            self._recovered()

    def _tell_damage(self, text: str) -> None:
        self._log.error("the journal is damaged", problem=text)
        self._alarm("journal-damaged", text)

    def _close(self) -> None:
        self._high_water.close()
        if self._recorder is not None:
            self._recorder.db.close()
            self._recorder = None

    def _tally(self) -> Tally:
        self._turns += 1
        state: JournalState = "ok"
        if self._trouble is not None:
            state = "full" if self._trouble.kind == "full" else "failing"
        return Tally(
            commits=self._turns,
            last_sequence=self._sequence,
            queued=dict(self._queued),
            state=state,
            problem=self._trouble.problem if self._trouble is not None else "",
            refused_telemetry=self._refused_telemetry,
            opened=self._opened,
        )


def _explain(lost: tuple[tuple[int, int], ...]) -> Callable[[sqlite3.Connection, Batch], None]:
    def run(db: sqlite3.Connection, batch: Batch) -> None:
        batch.own.append(JournalRemoved(ranges=lost, reason="damaged"))
        lost_ranges_told(db)

    return run


def _drained(inbox: queue.SimpleQueue[Work]) -> list[Work]:
    works = []
    while not inbox.empty():
        works.append(inbox.get_nowait())
    return works
