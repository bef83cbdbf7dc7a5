"""What the writer does beside committing, one small slice at a time: mind the space, sweep what is old, give pages back."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sync.disk import fold_wal
from sync.entries import Limits, Stamp
from sync.events import EventClass, rfc3339
from sync.kept_aside import KEEP, remove_set_aside
from sync.recorder import Batch
from sync.retention import drop_telemetry, give_back, trim_done, trim_receipts
from sync.space import Room, Space, Verdict

Slice = Callable[[sqlite3.Connection, Batch], None]

WAL_SMALL_BYTES = 256 << 10
SLICE_EVERY_S = 0.05
PASS_EVERY_S = 60.0
LOOK_EVERY_S, FAR_BYTES = 0.02, 64 << 20
"""With so much room to spare nobody looks again for so long: no disk writes that fast."""


class Upkeep:
    """Says which slice is due; one thread uses it, inside the writer's transactions."""

    def __init__(self, path: Path, *, limits: Limits, stamp: Stamp, space: Space) -> None:
        self._path = path
        self._limits = limits
        self._stamp = stamp
        self._space = space
        self._slice_at = self._pass_at = self._look_at = 0.0
        self._verdict: Verdict = "ample"
        self._done_after: int | None = None
        self._receipts_after: tuple[str, str] | None = None
        self._early_after = 0
        self._nothing_sent = self._nothing_to_drop = False
        self._more_pages = False

    @property
    def next_at(self) -> float:
        """When (monotonic) the next slice may be due, so that the writer sleeps no longer."""
        busy = self._verdict != "ample" or self._done_after is not None or self._receipts_after is not None or self._more_pages
        return self._slice_at if busy else self._pass_at

    def look(self, db: sqlite3.Connection, *, in_trouble: bool) -> Room | None:
        """Measure and judge, before a commit; the room when there is none left. Raises sqlite3.Error, OSError."""
        now = time.monotonic()
        if now < self._look_at and not in_trouble:
            return None
        self._space.take_ballast()
        room = self._space.measure(db)
        self._verdict = self._space.verdict(room)
        if self._verdict == "ample":
            self._nothing_sent = self._nothing_to_drop = False
        elif room.wal > WAL_SMALL_BYTES:
            fold_wal(db)
            room = self._space.measure(db)
            self._verdict = self._space.verdict(room)
        self._look_at = now + LOOK_EVERY_S if self._space.spare_bytes(room) > FAR_BYTES else now
        return room if self._verdict == "full" else None

    def slice(self) -> Slice | None:
        """The work that is due now, to run inside a transaction."""
        now = time.monotonic()
        if now < self._slice_at:
            return None
        if now >= self._pass_at and self._done_after is None and self._receipts_after is None:
            self._pass_at = now + PASS_EVERY_S
            self._done_after, self._receipts_after = 0, ("", "")
            self._sweep_set_aside()
        self._slice_at = now + SLICE_EVERY_S
        if self._verdict != "ample":
            return self.make_room
        if self._done_after is not None:
            return self._sweep_done
        # A clock that is not synced may be years off; a receipt forgotten too early would let a repeat through.
        if self._receipts_after is not None and self._stamp.clock() == "synced":
            return self._sweep_receipts
        self._receipts_after = None
        return None

    def give_back(self, db: sqlite3.Connection) -> None:
        """Return free pages to the disk, outside a transaction. Raises sqlite3.Error."""
        if self._verdict == "ample":
            self._more_pages = give_back(db)

    def can_make_room(self, queued: Mapping[EventClass, int]) -> bool:
        """Whether anything is left that may go."""
        return not self._nothing_sent or not self._nothing_to_drop or queued.get(EventClass.TELEMETRY, 0) > 0

    def make_room(self, db: sqlite3.Connection, batch: Batch) -> None:
        """Remove sent events whatever their age, then telemetry that the cloud refused, then the oldest telemetry."""
        swept = trim_done(db, after=self._early_after, before=None)
        self._early_after = int(swept.after[0]) if swept.after is not None else 0
        self._nothing_sent = swept.after is None and swept.removed == 0
        if self._nothing_sent:
            self._nothing_to_drop = drop_telemetry(db, batch) == 0

    def _sweep_set_aside(self) -> None:
        if self._stamp.clock() == "synced":
            with suppress(OSError):  # it is tried again with the next pass
                remove_set_aside(self._path, before=datetime.now(UTC) - KEEP)

    def _sweep_done(self, db: sqlite3.Connection, _batch: Batch) -> None:
        before = rfc3339(datetime.now(UTC) - self._limits.keep_sent)
        swept = trim_done(db, after=self._done_after or 0, before=before)
        self._done_after = int(swept.after[0]) if swept.after is not None else None

    def _sweep_receipts(self, db: sqlite3.Connection, _batch: Batch) -> None:
        before = rfc3339(datetime.now(UTC) - self._limits.keep_receipts)
        swept = trim_receipts(db, after=self._receipts_after or ("", ""), before=before)
        self._receipts_after = (str(swept.after[0]), str(swept.after[1])) if swept.after is not None else None
