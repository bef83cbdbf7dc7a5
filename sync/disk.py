"""Connections to the journal's file, and what an SQLite error says about the disk below it.

    JournalError
    └── JournalUnavailable   not durable now: the disk is full, failing, read-only or damaged; try again later

WAL and synchronous=FULL: a commit is one flushed append, and readers never wait for it. ``locking_mode`` stays NORMAL, so that
the page, the CLI and ``sqlite3`` can read at any time.
"""

from __future__ import annotations

import errno
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

BUSY_S = 5.0  # how long to wait for another program that writes (a technician's sqlite3)
WAL_KEPT_BYTES = 8 << 20

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_DISK_FAILS = "the disk fails ({name}): see dmesg, replace the disk of {path}"
_HELD = "another program holds {path} locked: end it (fuser {path} names it)"
_FAILING = {
    sqlite3.SQLITE_IOERR: _DISK_FAILS,
    sqlite3.SQLITE_READONLY: "the disk is read-only: see dmesg, mount {folder} read-write again",
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened: is {folder} there, and may storebox write to it?",
    sqlite3.SQLITE_PERM: "{path} may not be opened: give {folder} to the user that runs storebox",
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_PROTOCOL: _HELD,
    sqlite3.SQLITE_NOMEM: "there is no memory left to write {path}: see what uses it, then restart storebox",
}


class JournalError(Exception):
    """The journal cannot do what was asked."""


class JournalUnavailable(JournalError):
    """Not durable now; the text says why and what to do. The same call may be made again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why the disk cannot be written: ``full`` frees and waits, ``failing`` reopens, ``damaged`` salvages."""

    kind: Literal["full", "failing", "damaged"]
    problem: str


class DiskTrouble(Exception):
    """Raised through the writer when a statement meets the disk's trouble, so that no decision is blamed for it."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.problem)
        self.trouble = trouble


def trouble_of(error: BaseException, path: Path) -> Trouble | None:
    """What ``error`` says about the disk; None when the disk is not to blame."""
    if not isinstance(error, sqlite3.Error) or getattr(error, "sqlite_errorcode", None) is None:
        return None
    primary = error.sqlite_errorcode & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return Trouble(kind="full", problem=f"the disk is full: free space on the disk of {path.parent}")
    if primary in _DAMAGED:
        return Trouble(kind="damaged", problem=f"{path} is damaged ({error}): it is being salvaged, have the disk checked")
    what_to_do = _FAILING.get(primary)
    if what_to_do is None:
        return None
    return Trouble(kind="failing", problem=what_to_do.format(path=path, folder=path.parent, name=error.sqlite_errorname))


def os_trouble_of(error: OSError, path: Path) -> Trouble:
    """What an error of the operating system says about the disk."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Trouble(kind="full", problem=f"the disk is full: free space on the disk of {path.parent}")
    if error.errno == errno.EROFS:
        return Trouble(kind="failing", problem=_FAILING[sqlite3.SQLITE_READONLY].format(folder=path.parent))
    return Trouble(kind="failing", problem=f"the disk fails ({error}): see dmesg, replace the disk of {path}")


def open_writer(path: Path) -> sqlite3.Connection:
    """The one connection that writes, in autocommit mode (transactions are begun by hand). Raises sqlite3.Error."""
    db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_S, cached_statements=512, check_same_thread=False)
    try:
        _set_up(db)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _set_up(db: sqlite3.Connection) -> None:
    if not db.execute("PRAGMA auto_vacuum").fetchone()[0]:  # said again it would write into a file that may not be ours to touch
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # only heard before the first table is made
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute("PRAGMA trusted_schema = OFF")
    # Also pages that fall free are overwritten: a forgotten member is read out of no file. It costs the broom some writing.
    db.execute("PRAGMA secure_delete = ON")
    db.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")


def fold_wal(db: sqlite3.Connection) -> bool:
    """Play the WAL into the file and cut it to nothing; False while a reader is in the way. Raises sqlite3.Error."""
    db.execute("PRAGMA busy_timeout = 50")
    (busy, _frames, _played) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    db.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")
    return not busy


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write. Raises sqlite3.Error."""
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=BUSY_S, check_same_thread=False
    )
    db.execute("PRAGMA query_only = ON")
    return db
