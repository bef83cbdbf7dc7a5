"""Where jobs are left, and where a person says what becomes of one that nobody can tell about."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from uuid_utils import uuid7

from drivers.commands import AnyCommand, OpenDrawer, command_name
from drivers.contract import Driver
from edge.asking import Asker
from edge.command_json import command_json
from edge.job_kinds import LASTING, may_be_left
from edge.shop.jobs import Job, find_job, queue_job, settle_job, why_settled
from sync.disk import JournalUnavailable
from sync.entries import Entry, NotRecorded
from sync.events import Event, EventClass
from sync.journal import Journal

PATIENCE = timedelta(hours=1)
"""Nobody wants a test receipt of yesterday."""


class JobRefused(ValueError):
    """There will be no such job; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDesk:
    """``driver_of`` names the driver of a device of the settings."""

    journal: Journal
    driver_of: Callable[[str], Driver | None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def leave(self, device: str, command: AnyCommand, asker: Asker) -> str:
        """Leave ``command`` for ``device``; its id, on disk when this returns. Raises JobRefused, JournalUnavailable."""
        self._check(device, command)
        at = self.now()
        job = Job(
            id=uuid7().hex,
            device=device,
            command=command_name(type(command)),
            content=command_json(command),
            by=asker.by,
            origin=asker.origin,
            asked_at=at,
            expires_at=at + PATIENCE,
        )
        await self._record(partial(queue_job, job), at)
        return job.id

    async def again(self, job: str, asker: Asker) -> str:
        """Have a job done once more, as a new one; its id. Raises JobRefused, JournalUnavailable."""
        old = await self._waiting(job)
        if old.command == command_name(OpenDrawer):
            raise JobRefused("a drawer is never kicked again by a job: open it anew, with a reason")
        if not old.content:
            raise JobRefused(f"it is no longer known what job {job} was to do: ask the device anew")
        at = self.now()
        new = Job(
            id=uuid7().hex,
            device=old.device,
            command=old.command,
            content=old.content,
            by=asker.by,
            origin=asker.origin,
            cause=f"again: {job}",
            asked_at=at,
            expires_at=at + PATIENCE,
        )
        await self._record(partial(settle_job, job, asker.by, new), at)
        return new.id

    async def dismiss(self, job: str, asker: Asker) -> None:
        """Let it rest. Raises JobRefused, JournalUnavailable."""
        await self._waiting(job)
        await self._record(partial(settle_job, job, asker.by, None), self.now())

    async def _waiting(self, job: str) -> Job:
        """Asked before the journal is, so that a finger that taps twice leaves no dead letter."""
        found = await self.journal.query(partial(find_job, job=job))
        problem = why_settled(job, found)
        if found is None or problem:
            raise JobRefused(problem)
        return found

    def _check(self, device: str, command: AnyCommand) -> None:
        driver = self.driver_of(device)
        if driver is None:
            raise JobRefused(f"no device is called {device} in the settings; list them: storebox devices")
        name = command_name(type(command))
        if not may_be_left(command):
            lasting = ", ".join(sorted(command_name(each) for each in LASTING))
            raise JobRefused(f"{name} is about this moment and cannot wait as a job; jobs are: {lasting}")
        if not isinstance(command, driver.commands):
            can = ", ".join(command_name(each) for each in driver.commands) or "nothing"
            raise JobRefused(f"{device} cannot {name}; it can: {can}")

    async def _record(self, decide: Callable[[sqlite3.Connection], tuple[Event, ...]], at: datetime) -> None:
        monotonic_ms = time.monotonic_ns() // 1_000_000
        outcome = await self.journal.record(
            Entry(decide=decide, event_class=EventClass.ORDER, at=at, monotonic_ms=monotonic_ms, told="a job")
        )
        if isinstance(outcome, NotRecorded):
            raise JournalUnavailable(outcome.problem) if outcome.retry else JobRefused(outcome.problem)
