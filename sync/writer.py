"""The one thread that writes: takes everything that waits, commits it together, tells everyone after COMMIT.

A lone entry is committed at once; under load the batch grows by itself, because entries gather while the disk flushes.
"""

from __future__ import annotations

import queue
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from sync.disk import DiskTrouble, Trouble, fold_wal, os_trouble_of, trouble_of
from sync.entries import Limits, Stamp
from sync.events import EventClass, Registry
from sync.ledger import Ledger
from sync.migrations import Migration
from sync.space import Space
from sync.upkeep import Upkeep
from sync.works import Answered, Chore, Fold, JournalState, Stop, Submitted, Suspect, Tally, Work, refusal

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
        self.inbox: queue.SimpleQueue[list[Work]] = queue.SimpleQueue()
        self._path = path
        self._tell = tell
        self._alarm = alarm
        self._abandoned = abandoned
        self._log = structlog.get_logger("storebox.journal")
        self._space = Space(path, limits)
        self._upkeep = Upkeep(path, limits=limits, stamp=stamp, space=self._space)
        self._ledger = Ledger(path, registry=registry, migrations=migrations, stamp=stamp, space=self._space, report=self._report)
        self._works: list[Work] = []
        self._trouble: Trouble | None = None
        self._retry_at = 0.0
        self._retry_s = RETRY_FIRST_S
        self._news = 0
        self._refused_telemetry = 0

    def run(self) -> None:
        """Open, then serve until Stop. Raises what no policy covers: SchemaNewer, a bug in a migration or in the writer."""
        try:
            self._try_open()
            self._tell([], self._tally())
            while self._turn():
                pass
        finally:
            self._ledger.close()

    def left_over(self) -> list[Submitted | Chore | Fold]:
        """What nobody will answer any more; asked when ``run`` has ended."""
        works = [*self._works, *_drained(self.inbox)]
        return [work for work in works if isinstance(work, Submitted | Chore | Fold)]

    def _turn(self) -> bool:
        self._works = works = self._take()
        stop = self._abandoned() if not works else isinstance(works[-1], Stop)
        before = self._stand()
        for work in works:
            if isinstance(work, Suspect) and self._ledger.db is not None:
                self._meet(Trouble(kind="damaged", problem=f"{self._path} is damaged ({work.problem}): it is being salvaged"))
        if self._ledger.db is None and time.monotonic() >= self._retry_at:
            self._try_open()
        answers = self._serve(works)
        self._works = []
        news = before != self._stand()
        self._news += news
        if answers or news:
            self._tell(answers, self._tally())
        self._ledger.follow()
        return not stop

    def _take(self) -> list[Work]:
        wait = IDLE_S if self._ledger.db is None else min(IDLE_S, max(0.001, self._upkeep.next_at - time.monotonic()))
        try:
            works = self.inbox.get(timeout=wait)
        except queue.Empty:
            return []
        while len(works) < BATCH_WORKS and not isinstance(works[-1], Stop):
            try:
                works += self.inbox.get_nowait()
            except queue.Empty:
                break
        return works

    def _serve(self, works: list[Work]) -> list[Answered]:
        db = self._ledger.db
        if db is None:
            return self._refuse(works)
        try:
            self._mind_space(db)
            refused: list[Answered] = []
            admitted = works
            if self._trouble:  # settling goes on
                refused = self._refuse([work for work in works if isinstance(work, Submitted)])
                admitted = [work for work in works if not isinstance(work, Submitted)]
            due = self._upkeep.slice()
            answers = self._ledger.commit([*admitted, Chore(due, None)] if due else admitted)
            if not works and due is None:
                self._upkeep.give_back(db)
        except (DiskTrouble, sqlite3.Error, OSError) as error:
            self._meet(self._blame(error))
            return self._refuse(works)
        return refused + answers + self._fold(db, [work for work in works if isinstance(work, Fold)])

    def _fold(self, db: sqlite3.Connection, folds: Sequence[Fold]) -> list[Answered]:
        """The commit of their batch stands, whatever becomes of them."""
        if not folds:
            return []
        try:
            folded = fold_wal(db)
        except sqlite3.Error as error:
            self._meet(self._blame(error))
            return self._refuse(folds)
        return [Answered(fold.told, folded) for fold in folds]

    def _mind_space(self, db: sqlite3.Connection) -> None:
        in_trouble = self._trouble is not None
        room = self._upkeep.look(db, in_trouble=in_trouble)
        for _ in range(SLICES_BEFORE_REFUSING):
            if room is None or not self._upkeep.can_make_room(self._ledger.queued):
                break
            self._ledger.commit([Chore(self._upkeep.make_room, None)])
            room = self._upkeep.look(db, in_trouble=in_trouble)
        if room is not None:
            self._meet(self._space.trouble(room))
        elif self._trouble is not None:
            self._recovered()

    def _refuse(self, works: Sequence[Work]) -> list[Answered]:
        problem = self._trouble.problem if self._trouble is not None else ""
        asked = [work for work in works if isinstance(work, Submitted | Fold) or (isinstance(work, Chore) and work.told)]
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
        if trouble == self._space.disk_full():
            self._space.let_go()
        db = self._ledger.db
        if trouble.kind == "full" and db is not None:
            if db.in_transaction:
                db.rollback()
        else:
            self._ledger.close()
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
            self._ledger.open(damaged=self._trouble is not None and self._trouble.kind == "damaged")
        except (DiskTrouble, sqlite3.Error, OSError) as error:
            self._meet(self._blame(error))
            return
        if self._trouble is not None:
            self._recovered()

    def _report(self, name: str, text: str) -> None:
        self._log.error(text, alarm=name)
        self._alarm(name, text)

    def _stand(self) -> tuple[Trouble | None, int, int, int]:
        return self._trouble, self._ledger.sequence, self._refused_telemetry, self._ledger.changes

    def _tally(self) -> Tally:
        state: JournalState = "ok"
        if self._trouble is not None:
            state = "full" if self._trouble.kind == "full" else "failing"
        return Tally(
            commits=self._news,
            last_sequence=self._ledger.sequence,
            queued=dict(self._ledger.queued),
            state=state,
            problem=self._trouble.problem if self._trouble is not None else "",
            refused_telemetry=self._refused_telemetry,
            opened=self._ledger.opened,
        )


def _drained(inbox: queue.SimpleQueue[list[Work]]) -> list[Work]:
    works: list[Work] = []
    while not inbox.empty():
        works += inbox.get_nowait()
    return works
