"""Every row that can still be read moves from a damaged file into a new one; the damaged file is kept aside for a specialist."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync import first_page
from sync.disk import open_reader, open_writer
from sync.kept_aside import damaged_name
from sync.migrations import Migration, migrate
from sync.retention import ranges_of

DERIVED = {"counts", "_sqlite_migrations"}
FARTHEST = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvaged:
    """``kept``: rows by table. ``unreadable``: ranges of sequence that could not be read. ``aside``: the damaged file now."""

    kept: dict[str, int]
    unreadable: tuple[tuple[int, int], ...]
    aside: Path


def salvage(path: Path, migrations: Sequence[Migration], *, highest: int) -> Salvaged:
    """Replace ``path`` by a new file with every readable row; no sequence above ``highest`` is believed.

    A crash on the way leaves the old file or the new one. Raises sqlite3.Error or OSError when the disk cannot take a new file.
    """
    fresh = Path(f"{path}.salvage")
    _clear(fresh)
    new = open_writer(fresh)
    try:
        migrate(new, migrations)
        kept, unreadable = _copy_all(path, new, highest)
        new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        new.close()
    aside = damaged_name(path)
    path.rename(aside)
    _clear_beside(path, aside)
    finish_salvage(path)
    return Salvaged(kept=kept, unreadable=tuple(unreadable), aside=aside)


def finish_salvage(path: Path) -> None:
    """Put the new file in its place; also when the box died just before. One that was cut off before is no use to anybody."""
    fresh = Path(f"{path}.salvage")
    if path.exists():
        _clear(fresh)
    elif fresh.exists():
        _clear_beside(path, damaged_name(path))
        fresh.rename(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _clear(fresh: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{fresh}{suffix}").unlink(missing_ok=True)


def _clear_beside(path: Path, aside: Path) -> None:
    """No WAL of the old file may stay beside the new one: SQLite would play it into it."""
    with suppress(FileNotFoundError):
        Path(f"{path}-wal").rename(f"{aside}-wal")
    Path(f"{path}-shm").unlink(missing_ok=True)


def _copy_all(path: Path, new: sqlite3.Connection, highest: int) -> tuple[dict[str, int], list[tuple[int, int]]]:
    new.execute("PRAGMA foreign_keys = OFF")  # the children may be copied before their parents
    tables = new.execute("SELECT name, sql LIKE '%WITHOUT ROWID%' FROM sqlite_master WHERE type = 'table'").fetchall()
    kept: dict[str, int] = {}
    unreadable: list[tuple[int, int]] = []
    lost = first_page.is_lost(path)
    new.execute("BEGIN")
    for table, without_rowid in tables:
        if table in DERIVED or table.startswith("sqlite_"):
            continue
        with first_page.naming(table, path, new) if lost else nullcontext():
            copy = _copied(path, new, table, without_rowid=bool(without_rowid))
        kept[table] = copy.kept if copy else 0
        if copy and table == "events":
            unreadable = copy.unreadable
    new.execute("DELETE FROM events WHERE sequence > ?", (highest,))
    senseless = new.execute("DELETE FROM events WHERE NOT json_valid(data) RETURNING sequence").fetchall()
    unreadable += ranges_of(sorted(sequence for (sequence,) in senseless))
    _drop_orphans(new, kept)
    new.execute("DELETE FROM counts")
    new.execute("INSERT INTO counts SELECT state, class, count(*) FROM events WHERE state <> 'queued' GROUP BY state, class")
    new.execute("COMMIT")
    return kept, unreadable


def _drop_orphans(new: sqlite3.Connection, kept: dict[str, int]) -> None:
    """A row that goes with another (ON DELETE CASCADE) does not outlive one that is lost: no consent, no template."""
    for table, rowid, _parent, key in new.execute("PRAGMA foreign_key_check").fetchall():
        on_delete = {row[0]: row[6] for row in new.execute(f"PRAGMA foreign_key_list({table})")}
        if rowid is not None and on_delete[key] == "CASCADE":
            kept[table] -= new.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,)).rowcount  # noqa: S608 - our own names


def _copied(path: Path, new: sqlite3.Connection, table: str, *, without_rowid: bool) -> _Copy | None:
    try:
        old = open_reader(path)
    except sqlite3.Error:
        return None
    with closing(old):
        old.execute("PRAGMA writable_schema = ON")  # or SQLite reads nothing of a file that is shorter than it says
        copy = _Copy(old, new, table)
        if without_rowid:
            copy.by_key()
        else:
            copy.by_rowid()
    return copy


class _Copy:
    """One table on its way: what a damaged page hides is stepped over, never what lies behind it."""

    def __init__(self, old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> None:
        self._old = old
        self._new = new
        self._table = '"' + table.replace('"', '""') + '"'
        self._columns = self._common_columns()
        self._names = ", ".join(self._columns)
        self.kept = 0
        self.unreadable: list[tuple[int, int]] = []
        self._last = 0
        self._hurt = False

    def by_rowid(self) -> None:
        """Read on until a page fails, feel for the next readable row, go on from there."""
        query = f"SELECT rowid, {self._names} FROM {self._table} WHERE rowid > ? ORDER BY rowid"  # noqa: S608
        reached = 0
        while self._names and not self._read_on(query, reached):
            self._hurt = True
            following = self._next_readable(max(reached, self._last))
            if following is None:
                return
            reached = max(following - 1, reached + 1)  # a senseless page must not hold the walk in a circle

    def by_key(self) -> None:
        """Read from both ends towards the damage."""
        if not self._names:
            return
        keys = [
            name
            for _, name, _, _, _, place in sorted(self._new.execute(f"PRAGMA table_info({self._table})"), key=lambda row: row[5])
            if place
        ]
        for direction in ("ASC", "DESC"):
            order = ", ".join(f'"{name}" {direction}' for name in keys)
            if self._read_on(f"SELECT NULL, {self._names} FROM {self._table} ORDER BY {order}"):  # noqa: S608
                return

    def _read_on(self, query: str, *values: int) -> bool:
        """Copy rows until the end (True) or a page that cannot be read."""
        marks = ", ".join("?" * len(self._columns))
        insert = f"INSERT OR REPLACE INTO {self._table} ({self._names}) VALUES ({marks})"  # noqa: S608
        readable = _rows(self._old, query, values)
        for row in readable:
            if row is None:
                return False
            self._take(insert, row[0], row[1:])
        return True

    def _take(self, insert: str, rowid: int | None, row: Sequence[object]) -> None:
        try:
            self._new.execute(insert, row)
        except sqlite3.IntegrityError:  # a row that damage made senseless
            self._hurt = True
            return
        self.kept += 1
        if rowid is not None:
            if self._hurt and rowid > self._last + 1:
                self.unreadable.append((self._last + 1, rowid - 1))
            self._last, self._hurt = max(rowid, self._last), False

    def _next_readable(self, after: int) -> int | None:
        """The first rowid above ``after`` from which reading works again: by doubling steps, then halving back."""
        step = 1
        while not self._readable(after + step):
            step *= 2
            if after + step > FARTHEST:
                return None
        low, high = after + step // 2, after + step
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._readable(middle) else (middle, high)
        return high

    def _readable(self, rowid: int) -> bool:
        query = f"SELECT {self._names} FROM {self._table} WHERE rowid >= ? ORDER BY rowid LIMIT 1"  # noqa: S608
        try:
            self._old.execute(query, (rowid,)).fetchall()
        except sqlite3.DatabaseError:
            return False
        return True

    def _common_columns(self) -> list[str]:
        """The columns of the new table that the old one has, too; none when the old table cannot be read."""
        try:
            there = {row[1] for row in self._old.execute(f"PRAGMA table_info({self._table})")}
        except sqlite3.DatabaseError:
            return []
        names = [row[1] for row in self._new.execute(f"PRAGMA table_info({self._table})")]
        return ['"' + name.replace('"', '""') + '"' for name in names if name in there]


def _rows(db: sqlite3.Connection, query: str, values: Sequence[int]) -> Iterator[tuple[Any, ...] | None]:
    """Rows of ``query``, closed by None where a page cannot be read; errors of whoever takes them stay theirs."""
    cursor = db.cursor()
    try:
        cursor.execute(query, values)
    except sqlite3.DatabaseError:
        yield None
        return
    while True:
        try:
            row = cursor.fetchone()
        except sqlite3.DatabaseError:
            yield None
            return
        if row is None:
            return
        yield row
