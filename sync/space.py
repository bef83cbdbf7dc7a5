"""How much room the journal has, and the ballast that is let go first, so that recovery never starts on a disk without a byte."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sync.disk import Trouble
from sync.entries import Limits

OPEN_NEEDS_BYTES = 512 << 10
"""Opening maps the -shm file; on a disk without room for it the process would die of SIGBUS instead of hearing an error."""

TIGHT_PERCENT = 90
"""Of the quota: from here on sent events go early, then the oldest telemetry."""

Verdict = Literal["ample", "tight", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """In bytes: rows, WAL and shared memory now; the WAL alone; free pages inside the file; free space on its disk."""

    live: int
    wal: int
    free_inside: int
    free_on_disk: int


class Space:
    """Judges the room of one journal and keeps its ballast file."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._ballast = Path(f"{path}.ballast")
        self._slack = max(1 << 20, limits.ballast_bytes // 8)

    def may_open(self) -> Trouble | None:
        """Let the ballast go when the disk is full, so that opening is safe; the trouble when even that does not help."""
        if self._free_on_disk() < OPEN_NEEDS_BYTES:
            self.let_go()
        return self.disk_full() if self._free_on_disk() < OPEN_NEEDS_BYTES else None

    def measure(self, db: sqlite3.Connection) -> Room:
        """Raises sqlite3.Error, OSError."""
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        (free,) = db.execute("PRAGMA freelist_count").fetchone()
        (page_bytes,) = db.execute("PRAGMA page_size").fetchone()
        wal, shm = (_size(Path(f"{self._path}{suffix}")) for suffix in ("-wal", "-shm"))
        live = (pages - free) * page_bytes + wal + shm
        return Room(live=live, wal=wal, free_inside=free * page_bytes, free_on_disk=self._free_on_disk())

    def verdict(self, room: Room) -> Verdict:
        """``tight``: free what may be freed; ``full``: refuse, too."""
        budget = self._limits.quota_bytes - self._limits.ballast_bytes
        reserve = 0 if self.holds_ballast() else self._limits.ballast_bytes + self._slack
        free = room.free_on_disk + room.free_inside
        if room.live >= budget or free < reserve:
            return "full"
        if room.live * 100 >= budget * TIGHT_PERCENT or free < self._limits.ballast_bytes:
            return "tight"
        return "ample"

    def spare_bytes(self, room: Room) -> int:
        """How much may be written before the verdict is no longer ``ample``; negative when it is not."""
        budget = (self._limits.quota_bytes - self._limits.ballast_bytes) * TIGHT_PERCENT // 100
        reserve = self._limits.ballast_bytes + (0 if self.holds_ballast() else self._slack)
        return min(budget - room.live, room.free_on_disk + room.free_inside - reserve)

    def trouble(self, room: Room) -> Trouble:
        """Why it is full, and what to do."""
        if room.live < self._limits.quota_bytes - self._limits.ballast_bytes:
            return self.disk_full()
        mib = self._limits.quota_bytes >> 20
        problem = f"the journal's {mib} MiB are used up by events that the cloud does not have: "
        return Trouble(kind="full", problem=f"{problem}bring the line to the cloud back, or raise [journal] quota_mib")

    def disk_full(self) -> Trouble:
        """The disk has no room."""
        return Trouble(kind="full", problem=f"the disk is full: free space on the disk of {self._path.parent}")

    def holds_ballast(self) -> bool:
        """Whether the reserve is there."""
        return _size(self._ballast) >= self._limits.ballast_bytes

    def let_go(self) -> None:
        """Give the ballast's bytes back to the disk."""
        with suppress(FileNotFoundError):
            self._ballast.unlink()

    def take_ballast(self) -> bool:
        """Reserve the ballast if that leaves the disk some slack; whether it is held now."""
        if self.holds_ballast():
            return True
        if self._free_on_disk() < self._limits.ballast_bytes + self._slack:
            return False
        handle = os.open(self._ballast, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            os.posix_fallocate(handle, 0, self._limits.ballast_bytes)
        except OSError:  # somebody else was faster with the last bytes; the next turn tries again
            self.let_go()
            return False
        finally:
            os.close(handle)
        return True

    def _free_on_disk(self) -> int:
        disk = os.statvfs(self._path.parent)
        return disk.f_bavail * disk.f_frsize


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
