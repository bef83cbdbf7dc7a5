"""The jobs of which a person must decide: how the page shows them, and what the desk answers to the decision."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from zoneinfo import ZoneInfo

import msgspec

from drivers.commands import OpenDrawer, command_name
from edge.job_desk import JobRefused
from edge.shop.jobs import Job
from edge.web.look import Look
from edge.web.problems import Problem
from edge.web.quantities import clock_time
from edge.web.words import Words
from sync.disk import JournalUnavailable


class JobShown(msgspec.Struct, frozen=True, kw_only=True):
    """One job. ``again``: it may be done once more."""

    id: str
    title: str
    where: str
    detail: str
    look: Look
    word: str
    again: bool


class JobsShown(msgspec.Struct, frozen=True, kw_only=True):
    """All that wait for a person, the newest first."""

    jobs: tuple[JobShown, ...]


@asynccontextmanager
async def settling() -> AsyncIterator[None]:
    """Turns what a job desk raises into the answer of the address."""
    try:
        yield
    except JobRefused as error:
        raise Problem(HTTPStatus.CONFLICT, "refused", str(error)) from error
    except JournalUnavailable as error:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-left", f"not written down yet, try again: {error}") from error


def show_jobs(jobs: Sequence[Job], words: Words, zone: ZoneInfo) -> JobsShown:
    """The lines of ``jobs``."""
    return JobsShown(jobs=tuple(_job(job, words, zone) for job in jobs))


def _job(job: Job, words: Words, zone: ZoneInfo) -> JobShown:
    return JobShown(
        id=job.id,
        title=words.name("command", job.command),
        where=f"{job.device} · {clock_time(job.asked_at, zone)}",
        detail=job.detail,
        look="bad" if job.state == "unknown" else "warn",
        word=words.name("job", job.state),
        again=bool(job.content) and job.command != command_name(OpenDrawer),
    )
