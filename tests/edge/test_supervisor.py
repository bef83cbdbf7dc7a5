"""What fails is restarted, what has a bug is given up alone, and a person can ask for a new try."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import structlog

from drivers.contract import DeviceGone
from edge.budget import Budget
from edge.supervisor import Part, only

EVENTUALLY_S = 30


@dataclass
class Log:
    """What a part's state was shown as, in order."""

    shown: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, text: str) -> None:
        self.shown.append(text)
        self.news.set()

    async def reaches(self, count: int) -> None:
        async with asyncio.timeout(EVENTUALLY_S):
            while len(self.shown) < count:
                self.news.clear()
                await self.news.wait()


def part(log: Log, error: Exception | None, budget: Budget | None = None) -> Part:
    async def run() -> None:
        if error is not None:
            raise error

    return Part(
        name="scale-1",
        run=run,
        expected=(DeviceGone,),
        down=lambda failure: log.add(f"down: {failure}"),
        broken=lambda problem: log.add(f"broken: {problem}"),
        ceiling_s=lambda _error: 0.01,
        budget=budget or Budget(),
    )


@asynccontextmanager
async def kept(part: Part) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(part.keep_running(), name=part.name)
        yield
        task.cancel()


async def test_a_gone_device_is_tried_again_without_end() -> None:
    log = Log()
    async with kept(part(log, DeviceGone("unplugged"))):
        await log.reaches(20)
    assert set(log.shown) == {"down: unplugged"}


async def test_a_bug_is_given_up_after_its_budget() -> None:
    log = Log()
    async with kept(part(log, ZeroDivisionError("oops"), Budget(failures=3))):
        await log.reaches(3)
    assert log.shown[:2] == ["down: oops", "down: oops"]
    assert log.shown[2] == (
        "broken: scale-1 was given up after 3 failures in 10 minutes (ZeroDivisionError: oops);"
        " reconnect it, change its settings, or wait an hour"
    )


async def test_an_accident_is_counted_and_says_itself_what_happened() -> None:
    log = Log()
    killed = part(log, TimeoutError("killed"), Budget(failures=3))
    killed.accidents = (TimeoutError,)
    with structlog.testing.capture_logs() as logged:
        async with kept(killed):
            await log.reaches(3)
    assert [each["event"] for each in logged] == ["a part was given up"]
    assert [text.partition(":")[0] for text in log.shown[:3]] == ["down", "down", "broken"]


async def test_a_person_brings_a_given_up_part_back() -> None:
    log = Log()
    failing = part(log, ZeroDivisionError("oops"), Budget(failures=2))
    async with kept(failing):
        await log.reaches(2)
        failing.reconnect()
        await log.reaches(3)
    assert log.shown[2] == "down: oops"


async def test_a_part_that_returns_is_a_bug() -> None:
    log = Log()
    async with kept(part(log, None)):
        await log.reaches(1)
    assert log.shown == ["down: scale-1 returned although it should run for ever"]


async def test_cancelling_is_never_swallowed() -> None:
    log = Log()
    task = asyncio.get_running_loop().create_task(part(log, DeviceGone("x")).keep_running())
    await log.reaches(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_failure_in_the_moment_of_cancelling_does_not_outlive_it() -> None:
    log, running = Log(), asyncio.Event()

    async def run() -> None:
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise DeviceGone("the wire broke while it was closed")

    failing = part(log, None)
    failing.run = run
    task = asyncio.get_running_loop().create_task(failing.keep_running())
    await running.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, EVENTUALLY_S)
    assert log.shown == []


async def test_a_part_of_several_tasks_is_tried_again() -> None:
    log = Log()
    failing = part(log, DeviceGone("unplugged"))
    fail = failing.run

    async def run() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asyncio.Event().wait(), name="one that waits")
            tasks.create_task(fail(), name="one that fails")  # type: ignore[arg-type]

    failing.run = run
    task = asyncio.get_running_loop().create_task(failing.keep_running())
    await log.reaches(3)
    assert set(log.shown) == {"down: unplugged"}
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_the_cause_is_found_inside_nested_groups() -> None:
    cause = DeviceGone("unplugged")
    assert only(ExceptionGroup("outer", [ExceptionGroup("inner", [cause])])) is cause
