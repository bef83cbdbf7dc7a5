"""When a part of the box counts as working again: after a while without a failure, and only if it does its work by then."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from drivers.contract import DeviceGone
from edge import parts
from edge.parts import Parts
from edge.status import Board

PROBLEM = "127.0.0.1:1883 took the connection but does not answer like a broker"


@pytest.fixture(autouse=True)
def soon_steady(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "STEADY_S", 0.01)


async def test_a_part_that_waits_long_for_its_failure_is_one_alarm_that_stays() -> None:
    """As a broker that hangs: the kernel takes the connection, and the deadline is longer than a part takes to be steady."""
    board, looks, tries = Board(), asyncio.Semaphore(0), asyncio.Semaphore(0)

    def connected() -> bool:
        looks.release()
        return False

    async def connect() -> None:
        for _ in range(3):
            await looks.acquire()
        tries.release()
        raise DeviceGone(PROBLEM)

    with capture_logs() as logged:
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            started = Parts(board=board, group=group)
            part = started.start("broker", connect, expected=(DeviceGone,), ceiling_s=0.01, works=connected)
            for _ in range(3):
                await tries.acquire()
            part.cancel()
    assert board.alarms == {"broker": PROBLEM}
    assert [line["event"] for line in logged] == [PROBLEM]


async def test_a_part_that_does_its_work_takes_its_alarm_back() -> None:
    board, failed, seen = Board(), asyncio.Event(), asyncio.Event()

    def connected() -> bool:
        seen.set()
        return True

    async def connect() -> None:
        if not failed.is_set():
            failed.set()
            raise DeviceGone(PROBLEM)
        await asyncio.Event().wait()

    with capture_logs() as logged:
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            started = Parts(board=board, group=group)
            part = started.start("broker", connect, expected=(DeviceGone,), ceiling_s=0.01, works=connected)
            await seen.wait()
            part.cancel()
    assert board.alarms == {}
    assert [line["event"] for line in logged] == [PROBLEM, "works again"]
