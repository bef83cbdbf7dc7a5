"""From a file in an unknown state to one that can be written: room to open, lost commits, damage, migrations, the next number."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sync.disk import DiskTrouble, fold_wal, open_writer, trouble_of
from sync.events import rfc3339
from sync.high_water import HighWater, HighWaterFile
from sync.kept_aside import damaged_name
from sync.migrations import Migration, migrate
from sync.salvage import finish_salvage, salvage
from sync.space import Space
from sync.wal import lost_commits

_LOST = "damaged_ranges"
"""Key of ``meta``: ranges that no event explains yet; cleared in the commit that records ``storebox.journal.removed``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A journal that can be written after ``sequence``; ``lost`` ranges are still to be explained."""

    db: sqlite3.Connection
    sequence: int
    lost: tuple[tuple[int, int], ...]


def open_journal(
    path: Path,
    *,
    migrations: Sequence[Migration],
    space: Space,
    high_water: HighWaterFile,
    damaged: bool,
    tell: Callable[[str], None],
) -> Opened:
    """Open ``path``, salvaging it when damaged; ``tell`` hears what was lost. Raises sqlite3.Error, OSError, DiskTrouble."""
    no_room = space.may_open()
    if no_room is not None:
        raise DiskTrouble(no_room)
    finish_salvage(path)
    known = high_water.read()
    wal_lost = _keep_damaged_wal(path, tell)
    if damaged:
        return _salvage(path, migrations, known, tell)
    try:
        with _opened(path) as db:
            migrate(db, migrations)
            _make_durable(db)
            return _settled(db, known, unreadable=(), damaged=wal_lost, tell=tell)
    except sqlite3.DatabaseError as error:
        trouble = trouble_of(error, path)
        if trouble is None or trouble.kind != "damaged":
            raise
    return _salvage(path, migrations, known, tell)


def lost_ranges_told(db: sqlite3.Connection) -> None:
    """The event that explains them is in this transaction."""
    db.execute("DELETE FROM meta WHERE key = ?", (_LOST,))


def _salvage(path: Path, migrations: Sequence[Migration], known: HighWater, tell: Callable[[str], None]) -> Opened:
    done = salvage(path, migrations, highest=known.reserved or 1 << 53)
    rows = ", ".join(f"{table} {rows}" for table, rows in done.kept.items() if rows) or "none"
    tell(f"the journal was damaged: rows saved: {rows}; the damaged file is {done.aside}, have the disk checked")
    with _opened(path) as db:
        return _settled(db, known, unreadable=done.unreadable, damaged=True, tell=lambda _text: None)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that stays open, unless what is done with it fails: a damaged file is not held while it is salvaged."""
    with ExitStack() as on_failure:
        db = on_failure.enter_context(closing(open_writer(path)))
        yield db
        on_failure.pop_all()


def _settled(
    db: sqlite3.Connection,
    known: HighWater,
    *,
    unreadable: Sequence[tuple[int, int]],
    damaged: bool,
    tell: Callable[[str], None],
) -> Opened:
    (sequence,) = db.execute("SELECT coalesce(max(sequence), 0) FROM events").fetchone()
    kept = db.execute("SELECT value FROM meta WHERE key = ?", (_LOST,)).fetchone()
    lost = [(low, high) for low, high in json.loads(kept[0])] if kept else []
    lost += [span for span in unreadable if span[0] <= sequence]
    if damaged or sequence < known.last:
        # Nobody knows how far the lost commits went: every number that may have been used is given up.
        reached = max(sequence, known.last, known.reserved)
        tell(f"commits after event {sequence} are lost; numbering goes on above {reached}, have the disk checked")
        if reached > sequence:
            lost.append((sequence + 1, reached))
        sequence = reached
    elif lost:
        sequence = max(sequence, *(high for _, high in lost))
    if lost:
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (_LOST, json.dumps(lost)))
    return Opened(db=db, sequence=sequence, lost=tuple(lost))


def _make_durable(db: sqlite3.Connection) -> None:
    """Flush what is in the file before anyone hears that it is there.

    A commit whose flush failed, or whose process was killed before it, is in the WAL and looks like any other from now on;
    its report comes again and would be answered "recorded before". A failed flush leaves pages that the kernel calls clean
    (fsync never writes them again), so the WAL is played into the database, which writes every page anew.
    """
    db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('opened_at', ?)", (rfc3339(datetime.now(UTC)),))
    fold_wal(db)


def _keep_damaged_wal(path: Path, tell: Callable[[str], None]) -> bool:
    wal = Path(f"{path}-wal")
    commits = lost_commits(wal)
    if commits < 2:
        return False
    aside = damaged_name(path, "-wal")
    shutil.copyfile(wal, aside)  # opening the journal writes over it
    tell(f"the write-ahead log is damaged: {commits} commits behind the bad place are lost; it is kept as {aside}")
    return True
