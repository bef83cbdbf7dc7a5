"""What happens to a job: somebody wants it done, it is done or not, a person has looked. What is printed is never told."""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Literal

from sync.events import Event, EventClass

KEEP_JOBS = 1_000
"""How many settled jobs are remembered, so that a receipt can be printed again."""

Outcome = Literal["confirmed", "accepted", "unknown", "failed"]
"""confirmed: the device proved it · accepted: it took it, unproved · unknown: a person must look · failed: it did not happen."""


class JobEvent(Event, frozen=True, kw_only=True):
    """``command`` is what ``device`` is asked for, by its name only."""

    event_class: ClassVar[EventClass] = EventClass.ORDER
    job: str
    device: str
    command: str

    def subject(self) -> str:
        """The job."""
        return self.job


class JobQueued(JobEvent, frozen=True, kw_only=True):
    """It is to be done as soon as the device can. ``cause`` is the event or the command of headquarters that wants it."""

    type: ClassVar[str] = "storebox.job.queued"
    by: str
    origin: str
    cause: str
    asked_at: str
    expires_at: str | None = None

    def apply(self, db: sqlite3.Connection) -> None:
        """Put it behind the others of its device; forget the settled one that was put in ``KEEP_JOBS`` before it."""
        number = db.execute(
            "INSERT INTO jobs (id, device, command, state, by_whom, origin, cause, asked_at, expires_at) "
            "VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?)",
            (self.job, self.device, self.command, self.by, self.origin, self.cause, self.asked_at, self.expires_at),
        ).lastrowid
        old = "number <= ? AND state NOT IN ('queued', 'sent')"
        oldest = ((number or 0) - KEEP_JOBS,)
        db.execute(f"DELETE FROM job_contents WHERE id IN (SELECT id FROM jobs WHERE {old})", oldest)  # noqa: S608
        db.execute(f"DELETE FROM jobs WHERE {old}", oldest)  # noqa: S608


class JobFinished(JobEvent, frozen=True, kw_only=True):
    """What became of it; ``detail`` is the device's answer, or what to do."""

    type: ClassVar[str] = "storebox.job.finished"
    outcome: Outcome
    detail: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Close the row. Only a receipt may be wanted again after it worked: of anything else the content is forgotten."""
        db.execute("UPDATE jobs SET state = ?, detail = ? WHERE id = ?", (self.outcome, self.detail, self.job))
        if self.outcome in {"confirmed", "accepted"} and self.command != "print":
            db.execute("DELETE FROM job_contents WHERE id = ?", (self.job,))


class JobDismissed(JobEvent, frozen=True, kw_only=True):
    """``by`` looked at a job that was unknown or failed, and lets it rest, or has it done again as job ``again``."""

    type: ClassVar[str] = "storebox.job.dismissed"
    by: str
    again: str | None = None

    def apply(self, db: sqlite3.Connection) -> None:
        """Nobody is asked about it any more."""
        db.execute("UPDATE jobs SET state = 'dismissed' WHERE id = ?", (self.job,))
