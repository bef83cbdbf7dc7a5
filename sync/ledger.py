"""The open file with the numbers that belong to it: what was given last, what is queued; every commit goes through here."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from sync.box_events import BOX_EVENTS, JournalRemoved
from sync.entries import Stamp
from sync.events import EventClass, Registry
from sync.high_water import HighWaterFile
from sync.migrations import Migration
from sync.opening import lost_ranges_told, open_journal
from sync.recorder import Batch, Recorder
from sync.space import Space
from sync.works import Answered, Chore, Submitted, Work


class Ledger:
    """Opened and closed by the writer as the disk allows; ``report(alarm, text)`` hears of damage and of failed decisions."""

    def __init__(
        self,
        path: Path,
        *,
        registry: Registry,
        migrations: Sequence[Migration],
        stamp: Stamp,
        space: Space,
        report: Callable[[str, str], None],
    ) -> None:
        self._path = path
        self._registry = Registry([*BOX_EVENTS, *registry])
        self._migrations = migrations
        self._stamp = stamp
        self._space = space
        self._report = report
        self._high_water = HighWaterFile(Path(f"{path}.sequence"))
        self._recorder: Recorder | None = None
        self.sequence = 0
        self.queued: Counter[EventClass] = Counter()
        self.opened = 0
        """How often the file was opened."""
        self.changes = 0
        """How many commits changed a row for somebody who waits; what is decided while goods rest on a pan changes none."""

    @property
    def db(self) -> sqlite3.Connection | None:
        """The writing connection, None while closed."""
        return self._recorder.db if self._recorder is not None else None

    def open(self, *, damaged: bool) -> None:
        """Open the file, salvaging it when ``damaged`` or found so. Raises DiskTrouble, sqlite3.Error, OSError, SchemaNewer."""
        opened = open_journal(
            self._path,
            migrations=self._migrations,
            space=self._space,
            high_water=self._high_water,
            damaged=damaged,
            tell=lambda text: self._report("journal-damaged", text),
        )
        self._recorder = Recorder(opened.db, path=self._path, registry=self._registry, stamp=self._stamp)
        rows = opened.db.execute("SELECT class, count(*) FROM events WHERE state = 'queued' GROUP BY class")
        self.queued = Counter({EventClass(event_class): rows for event_class, rows in rows})
        self.sequence = opened.sequence
        self._high_water.start(opened.sequence)
        self.opened += 1
        if opened.lost:
            self.commit([Chore(_explain(opened.lost), None)])

    def close(self) -> None:
        """Give the file back; what is not committed is undone."""
        self._high_water.close()
        if self._recorder is not None:
            self._recorder.db.close()
            self._recorder = None

    def commit(self, works: Sequence[Work]) -> list[Answered]:
        """Run ``works`` in one transaction; the answers are true from then on. Raises DiskTrouble, sqlite3.Error, OSError."""
        recorder = self._recorder
        if not works or recorder is None:
            return []
        batch = recorder.begin(self.sequence)
        rows_before = recorder.db.total_changes
        recorder.db.execute("BEGIN IMMEDIATE")
        answers = _do(works, recorder, batch)
        recorder.tell_own(batch)
        self._high_water.reserve(batch.sequence)
        recorder.db.commit()
        self.changes += bool(answers) and recorder.db.total_changes != rows_before
        self._committed(batch)
        return answers

    def follow(self) -> None:
        """Let the sequence file know how far the commits have come; after everyone was told, for nobody waits for it."""
        with suppress(OSError):  # the commits stand; a disk that fails is met at the next one
            self._high_water.passed(self.sequence)

    def _committed(self, batch: Batch) -> None:
        self.sequence = batch.sequence
        self.queued.update(batch.queued)
        for bug in batch.bugs:
            self._report("journal-decision", f"a decision failed and its input is kept as a dead letter: {bug}")


def _do(works: Sequence[Work], recorder: Recorder, batch: Batch) -> list[Answered]:
    """Everything in the order it came; a run of plain entries at once."""
    answers = []
    for plain, run in groupby(works, _is_plain):
        if plain:
            entered = [work for work in run if isinstance(work, Submitted)]
            outcomes = recorder.record_plain([work.entry for work in entered], batch)
            answers += [Answered(work.told, outcome) for work, outcome in zip(entered, outcomes, strict=True)]
            continue
        for work in run:
            if isinstance(work, Submitted):
                answers.append(Answered(work.told, recorder.record(work.entry, batch)))
            elif isinstance(work, Chore):
                done = work.run(recorder.db, batch)
                if work.told is not None:
                    answers.append(Answered(work.told, done))
    return answers


def _is_plain(work: Work) -> bool:
    return isinstance(work, Submitted) and work.entry.is_plain()


def _explain(lost: tuple[tuple[int, int], ...]) -> Callable[[sqlite3.Connection, Batch], None]:
    def run(db: sqlite3.Connection, batch: Batch) -> None:
        batch.own.append(JournalRemoved(ranges=lost, reason="damaged"))
        lost_ranges_told(db)

    return run
