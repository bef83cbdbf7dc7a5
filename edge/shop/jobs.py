"""The rows of jobs as decisions use them: put in with the event that wants them, found by the runner, closed by its answer.

The content of a job (a receipt, a picture) must never be in an event: ``queue_job`` puts it aside, the event makes the row.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from edge.shop.job_events import JobDismissed, JobFinished, JobQueued, Outcome
from sync.document_events import CommandFinished
from sync.entries import EntryRefused
from sync.events import Event, rfc3339

CLOUD_PREFIX = "cloud-"
"""A job that headquarters asked for is called after its command: the same command is never a second job."""

JobState = Literal["queued", "sent", "confirmed", "accepted", "unknown", "failed", "dismissed"]
_FIELDS = "id, device, command, coalesce(content, ''), state, tries, by_whom, origin, cause, asked_at, expires_at, detail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as the tables have it. ``content`` is the command as JSON, empty once forgotten; ``expires_at`` None is never."""

    id: str
    device: str
    command: str
    content: str
    state: JobState = "queued"
    tries: int = 0
    by: str
    origin: str
    cause: str = ""
    asked_at: datetime
    expires_at: datetime | None = None
    detail: str = ""


def queue_job(job: Job, db: sqlite3.Connection) -> tuple[JobQueued, ...]:
    """Put ``job`` behind the others of its device; nothing when its id is there already."""
    if find_job(db, job.id) is not None:
        return ()
    db.execute("INSERT OR REPLACE INTO job_contents (id, content) VALUES (?, ?)", (job.id, job.content))
    return (
        JobQueued(
            job=job.id,
            device=job.device,
            command=job.command,
            by=job.by,
            origin=job.origin,
            cause=job.cause,
            asked_at=rfc3339(job.asked_at),
            expires_at=None if job.expires_at is None else rfc3339(job.expires_at),
        ),
    )


def mark(job: str, state: Literal["queued", "sent"], db: sqlite3.Connection) -> tuple[Event, ...]:
    """Write down that ``job`` is about to be tried, or waits again; nobody else need know."""
    db.execute("UPDATE jobs SET state = ?, tries = tries + (? = 'sent') WHERE id = ?", (state, state, job))
    return ()


def finish_job(job: str, outcome: Outcome, detail: str, db: sqlite3.Connection) -> tuple[Event, ...]:
    """Close ``job``, and report to headquarters if it was theirs; nothing when it is closed already."""
    found = find_job(db, job)
    if found is None or found.state not in {"queued", "sent"}:
        return ()
    finished = JobFinished(job=job, device=found.device, command=found.command, outcome=outcome, detail=detail)
    if found.origin != "cloud":
        return (finished,)
    told = CommandFinished(id=job.removeprefix(CLOUD_PREFIX), kind=found.cause, outcome=outcome, detail=detail)
    return (finished, told)


def settle_job(job: str, by: str, again: Job | None, db: sqlite3.Connection) -> tuple[Event, ...]:
    """A person has looked: let it rest, or have it done again as ``again``. Raises EntryRefused."""
    found = find_job(db, job)
    problem = why_settled(job, found)
    if found is None or problem:
        raise EntryRefused(problem)
    dismissed = JobDismissed(
        job=job, device=found.device, command=found.command, by=by, again=None if again is None else again.id
    )
    return (dismissed,) if again is None else (dismissed, *queue_job(again, db))


def why_settled(job: str, found: Job | None) -> str:
    """Why no person is asked about ``job``; empty when one is."""
    if found is None:
        return f"no job is called {job}; list them: storebox jobs"
    if found.state not in {"unknown", "failed"}:
        return f"job {job} is {found.state}: only one that is unknown or failed waits for a person"
    return ""


def find_job(db: sqlite3.Connection, job: str) -> Job | None:
    """The job of this id."""
    return next(iter(_jobs(db, "WHERE id = ?", job)), None)


def next_job(db: sqlite3.Connection, device: str) -> Job | None:
    """The job that ``device`` gets next: one that was sent stands before those that wait."""
    return next(iter(_jobs(db, "WHERE device = ? AND state IN ('queued', 'sent') ORDER BY number LIMIT 1", device)), None)


def devices_with_jobs(db: sqlite3.Connection) -> list[str]:
    """Which devices have something to do."""
    return [device for (device,) in db.execute("SELECT DISTINCT device FROM jobs WHERE state IN ('queued', 'sent')")]


def jobs_for_people(db: sqlite3.Connection, limit: int = 50) -> list[Job]:
    """The jobs of which a person must decide, the newest first."""
    return _jobs(db, "WHERE state IN ('unknown', 'failed') ORDER BY number DESC LIMIT ?", limit)


def newest_jobs(db: sqlite3.Connection, limit: int) -> list[Job]:
    """The newest first, whatever became of them."""
    return _jobs(db, "ORDER BY number DESC LIMIT ?", limit)


def _jobs(db: sqlite3.Connection, which: str, value: str | int) -> list[Job]:
    rows = db.execute(f"SELECT {_FIELDS} FROM jobs LEFT JOIN job_contents USING (id) {which}", (value,))  # noqa: S608 - both are written in this file
    return [
        Job(
            id=id_,
            device=device,
            command=command,
            content=content,
            state=state,
            tries=tries,
            by=by,
            origin=origin,
            cause=cause,
            asked_at=datetime.fromisoformat(asked_at),
            expires_at=None if expires_at is None else datetime.fromisoformat(expires_at),
            detail=detail,
        )
        for id_, device, command, content, state, tries, by, origin, cause, asked_at, expires_at, detail in rows
    ]
