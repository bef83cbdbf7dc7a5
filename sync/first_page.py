"""A journal whose first page is destroyed: SQLite finds no table without it, though every row may still be there.

In a file with ``auto_vacuum`` the tables begin at the lowest pages in the order in which they were made, so a new journal of the
same migrations knows where those of the damaged file begin. A first page that names one table, and where it begins, is put in the
place of the lost one while that table is read.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sync.disk import open_reader

PAGE_BYTES = 4096
_WAL = b"\x02\x02"  # fileformat2.html 1.3: write and read version 2 is a file with a write-ahead log


def is_lost(path: Path) -> bool:
    """Whether SQLite cannot tell which tables there are in ``path``."""
    try:
        with closing(open_reader(path)) as db:
            return not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.DatabaseError:
        return True


@contextmanager
def naming(table: str, path: Path, like: sqlite3.Connection) -> Iterator[None]:
    """Let the first page of ``path`` name ``table``, which begins where it does in ``like``; what was there comes back after.

    Raises OSError.
    """
    with path.open("r+b", buffering=0) as file:
        found = file.read(PAGE_BYTES)
        pages = file.seek(0, 2) // PAGE_BYTES
        os.pwrite(file.fileno(), _page_naming(table, like, pages), 0)
        try:
            yield
        finally:
            os.pwrite(file.fileno(), found, 0)


def _page_naming(table: str, like: sqlite3.Connection, pages: int) -> bytes:
    (sql,) = like.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
    roots = like.execute("SELECT rootpage, name FROM sqlite_master WHERE tbl_name = ?", (table,)).fetchall()
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute(sql)
        db.execute("PRAGMA writable_schema = ON")
        db.executemany("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", roots)
        page = db.serialize()[:PAGE_BYTES]
    return b"".join((page[:18], _WAL, page[20:28], pages.to_bytes(4, "big"), page[32:]))
