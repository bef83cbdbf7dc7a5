"""Does the jobs: each device gets its own in order, one at a time, and none waits for another's.

    queued -> sent -> confirmed | accepted | unknown | failed

``sent`` is on disk before the device hears of it, so a job that is found ``sent`` at the start was perhaps done: it is done
again only where twice is as good as once. The others are ``unknown`` until a person has looked.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import NoReturn, assert_never

import structlog

from drivers.commands import Accepted, Answer, Charged, Done, Refused, Unknown
from edge.asking import Asker, detail_of
from edge.command_json import NotACommand
from edge.job_kinds import RESTART, SAME_TWICE, RestartDevice, Task, read_task
from edge.job_workers import Asks, Working
from edge.label_drawing import CannotDraw, draw_label
from edge.shop.asked_events import storable
from edge.shop.catalogue.faces import PriceLabel
from edge.shop.consequences import WithConsequences
from edge.shop.job_events import Outcome
from edge.shop.jobs import Job, devices_with_jobs, finish_job, jobs_for_people, mark, next_job
from edge.shop.moment import Moment
from edge.shop.shop import Shop
from edge.status import Board
from edge.supervisor import Part
from sync.disk import JournalUnavailable
from sync.entries import Entry, NotRecorded
from sync.events import Event, EventClass
from sync.journal import Journal

log = structlog.get_logger()

LOOK_S = 0.1
AGAIN_S = 1.0
OPEN_WAIT_S = 5.0
MOST_TRIES = 5
INTERRUPTED = "the box was stopped while this was being done"
LOOK_FIRST = "look whether it happened, then have it done again or dismiss it"


class JobNotRecorded(Exception):
    """A bug of ours in what was to be written of a job: its device's other jobs go on."""


@dataclass(slots=True, kw_only=True)
class _Lane:
    """The jobs of one device; ``woken`` when there may be one. ``part`` keeps it going whatever the driver does."""

    device: str
    part: Part
    woken: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, kw_only=True)
class Jobs:
    """The runner of all jobs; the rows are the truth, it keeps nothing itself. ``shop()`` is the shop by the settings in use."""

    journal: Journal
    devices: Working
    asking: Asks
    board: Board
    shop: Callable[[], Shop]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    again_s: float = AGAIN_S
    _lanes: dict[str, _Lane] = field(default_factory=dict)

    async def run(self) -> NoReturn:
        """Look for jobs after each commit, and wake the lane of every device that has one."""
        self._lanes.clear()
        async with asyncio.TaskGroup() as group:
            seen = -1
            while True:
                seen = await self.journal.watch(seen)
                with suppress(JournalUnavailable):  # it tells of itself, and there is a commit when it is back
                    await self._look(group)
                await asyncio.sleep(LOOK_S)
        raise AssertionError("only a cancellation ends the group")

    async def _look(self, group: asyncio.TaskGroup) -> None:
        for device in await self.journal.query(devices_with_jobs):
            if device not in self._lanes:
                self._lanes[device] = self._open_lane(device, group)
            self._lanes[device].woken.set()
        self._tell_people(await self.journal.query(jobs_for_people))

    def _open_lane(self, device: str, group: asyncio.TaskGroup) -> _Lane:
        """A part of its own for each device: a bug in one driver stops the jobs of that device alone."""
        name = f"jobs of {device}"
        part = Part(
            name=name,
            run=lambda: self._work(self._lanes[device]),
            expected=(JournalUnavailable,),
            down=lambda error: log.warning("the jobs of a device wait", device=device, problem=str(error)),
            broken=partial(self.board.raise_alarm, name),
        )
        group.create_task(part.keep_running(), name=name)
        return _Lane(device=device, part=part)

    async def _work(self, lane: _Lane) -> NoReturn:
        while True:
            lane.woken.clear()
            job = await self.journal.query(partial(next_job, device=lane.device))
            if job is None:
                await lane.woken.wait()
            elif job.state == "sent":
                await self._found_sent(job)
            elif await self._may_begin(job):
                await self._do(job)
                lane.part.works()
                self.board.clear_alarm(lane.part.name)

    async def _found_sent(self, job: Job) -> None:
        """It was being done when the box stopped, or when the driver failed by a bug."""
        if _same_twice(job):
            await self._again(job, INTERRUPTED)
        else:
            await self._finish(job, "unknown", f"{INTERRUPTED}: {LOOK_FIRST}")

    async def _may_begin(self, job: Job) -> bool:
        """Wait until the device is open. A job that expires before, or is for a device that nobody knows, is closed."""
        began = time.monotonic()
        while not self._is_over(job):
            seen = self.board.version
            if job.command == RESTART or self.devices.is_open(job.device):
                return True
            with suppress(TimeoutError):
                async with asyncio.timeout(self._left_s(job)):
                    await self.board.changed(seen)
            # not at once: after a start the devices are still being plugged in
            if self.devices.driver_of(job.device) is None and time.monotonic() - began > OPEN_WAIT_S:
                await self._finish(job, "failed", f"no device is called {job.device} in the settings")
                return False
        await self._finish(job, "failed", f"{job.device} was not there in time: look at the device, then ask for it anew")
        return False

    def _is_over(self, job: Job) -> bool:
        return job.expires_at is not None and self.now() >= job.expires_at

    def _left_s(self, job: Job) -> float:
        left_s = OPEN_WAIT_S if job.expires_at is None else (job.expires_at - self.now()).total_seconds()
        return min(OPEN_WAIT_S, max(0.0, left_s))

    async def _do(self, job: Job) -> None:
        try:
            task = read_task(job.content)
        except NotACommand as error:
            await self._finish(job, "failed", str(error))
            return
        await self._record(partial(mark, job.id, "sent"))
        if self._is_over(job):  # a full disk may have held it up for hours
            await self._finish(job, "failed", f"it could not be written down in time that {job.device} is asked: ask for it anew")
            return
        await self._close(job, task, await self._ask(job, task))

    async def _close(self, job: Job, task: Task, answer: Answer) -> None:
        match answer:
            case Done() | Charged():
                await self._finish(job, "confirmed", detail_of(answer))
            case Accepted(detail=detail):
                await self._finish(job, "accepted", detail)
            case Refused(unheard=True):
                await self._record(partial(mark, job.id, "queued"))
                await asyncio.sleep(self.again_s)  # it may not have been noticed yet that the device is gone
            case Refused(reason=reason):
                await self._finish(job, "failed", reason)
            case Unknown(reason=reason) if isinstance(task, SAME_TWICE):
                await self._again(job, reason)
            case Unknown(reason=reason):
                await self._finish(job, "unknown", f"{reason}; {LOOK_FIRST}")
            case _:
                assert_never(answer)

    async def _ask(self, job: Job, task: Task) -> Answer:
        asker = Asker(by=job.by, origin="job")
        if isinstance(task, RestartDevice):
            return await self.asking.restart(job.device, asker)
        if not isinstance(task, PriceLabel):
            return await self.asking.ask(job.device, task, asker)
        try:
            picture = await asyncio.to_thread(draw_label, task)
        except CannotDraw as error:
            return Refused(reason=str(error))
        return await self.asking.ask(job.device, picture, asker)

    async def _again(self, job: Job, why: str) -> None:
        if job.tries + 1 >= MOST_TRIES:
            await self._finish(job, "unknown", f"tried {MOST_TRIES} times: {why}")
            return
        await self._record(partial(mark, job.id, "queued"))
        await asyncio.sleep(self.again_s * 2**job.tries)

    async def _finish(self, job: Job, outcome: Outcome, detail: str) -> None:
        await self._record(partial(finish_job, job.id, outcome, storable(detail)))
        log.info("a job is over", job=job.id, device=job.device, command=job.command, outcome=outcome)

    async def _record(self, decide: Callable[[sqlite3.Connection], tuple[Event, ...]]) -> None:
        """Durable on return, however long the disk refuses: a job whose answer is known must not become unknown.

        Raises JobNotRecorded when it never will be.
        """
        while True:
            moment = Moment(at=self.now(), monotonic_ms=time.monotonic_ns() // 1_000_000)
            followed = WithConsequences(decide=decide, moment=moment, shop=self.shop(), place="jobs", asked="job")
            entry = Entry(
                decide=followed, event_class=EventClass.ORDER, at=moment.at, monotonic_ms=moment.monotonic_ms, told="a job"
            )
            outcome = await self.journal.record(entry)
            if not isinstance(outcome, NotRecorded):
                return
            if not outcome.retry:
                raise JobNotRecorded(outcome.problem)
            await asyncio.sleep(self.again_s)

    def _tell_people(self, jobs: list[Job]) -> None:
        unknown = [job for job in jobs if job.state == "unknown"]
        if not unknown:
            self.board.clear_alarm("jobs")
            return
        what = ", ".join(f"{job.command} at {job.device}" for job in unknown[:3]) + (" …" if len(unknown) > 3 else "")
        self.board.raise_alarm("jobs", f"nobody can tell whether this was done: {what}; {LOOK_FIRST}")


def _same_twice(job: Job) -> bool:
    try:
        return isinstance(read_task(job.content), SAME_TWICE)
    except NotACommand:
        return False
