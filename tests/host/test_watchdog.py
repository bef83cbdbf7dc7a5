"""The watchdog is fed while every part turns, and not one moment longer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.host.notify import Notify
from edge.host.watchdog import Pulse, feed, hung


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(str(tmp_path / "notify"))
        wire.setblocking(False)
        yield wire


@pytest.fixture
def notify(systemd: socket.socket) -> Notify:
    return Notify(address=systemd.getsockname(), watchdog_s=30.0)


@contextlib.asynccontextmanager
async def feeding(pulses: list[Pulse], notify: Notify) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(feed(pulses, notify, interval_s=0.005), name="feed the watchdog")
        yield
        task.cancel()


async def heard(systemd: socket.socket, wanted: bytes) -> None:
    """Wait until systemd was told ``wanted``."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(20):
        while wanted not in await loop.sock_recv(systemd, 4096):
            pass


def test_a_part_that_turns_is_never_overdue(clock: Clock):
    pulse = Pulse("uploader", limit_s=10, clock=clock)
    for _ in range(5):
        clock.now += 9
        assert pulse.overdue_s() == 0
        pulse.turn()


def test_a_part_that_does_not_turn_is_hung_after_its_limit(clock: Clock):
    journal, page = (Pulse(part, limit_s=10, clock=clock) for part in ("journal", "page"))
    clock.now += 8
    page.turn()
    clock.now += 4
    assert journal.overdue_s() == 2
    assert hung([page, journal]) == ["journal"]


def test_a_rest_on_purpose_counts_as_turning_until_it_is_over(clock: Clock):
    pulse = Pulse("scale-1", limit_s=10, clock=clock)
    pulse.rest(3600)
    clock.now += 3609
    assert hung([pulse]) == []
    clock.now += 2
    assert hung([pulse]) == ["scale-1"]


def test_a_part_that_has_ended_owes_nothing(clock: Clock):
    pulse = Pulse("adoption", limit_s=10, clock=clock)
    pulse.stop()
    clock.now += 1_000_000
    assert hung([pulse]) == []


async def test_a_turning_box_feeds_the_watchdog(systemd: socket.socket, notify: Notify, clock: Clock):
    async with feeding([Pulse("journal", limit_s=10, clock=clock)], notify):
        await heard(systemd, b"WATCHDOG=1")
        await heard(systemd, b"WATCHDOG=1")


async def test_a_hung_part_starves_the_watchdog_until_it_turns_again(systemd: socket.socket, notify: Notify, clock: Clock):
    pulses = [Pulse("journal", limit_s=10, clock=clock), Pulse("page", limit_s=10_000, clock=clock)]
    with capture_logs() as lines:
        async with feeding(pulses, notify):
            await heard(systemd, b"WATCHDOG=1")
            clock.now += 11
            await heard(systemd, b"STATUS=hung: journal; systemd restarts the box unless they turn again")
            await asyncio.sleep(0.1)
            with pytest.raises(BlockingIOError):
                systemd.recv(4096)
            pulses[0].turn()
            await heard(systemd, b"STATUS=every part turns again")
            await heard(systemd, b"WATCHDOG=1")
    assert [(line["log_level"], line["event"]) for line in lines] == [
        ("error", "hung: journal; systemd restarts the box unless they turn again"),
        ("info", "every part turns again"),
    ]


async def test_a_part_that_joins_later_is_watched_too(systemd: socket.socket, notify: Notify, clock: Clock):
    pulses: list[Pulse] = []
    async with feeding(pulses, notify):
        await heard(systemd, b"WATCHDOG=1")
        pulses.append(Pulse("scale-1", limit_s=10, clock=clock))
        clock.now += 11
        await heard(systemd, b"hung: scale-1")


async def test_without_a_watchdog_there_is_nothing_to_feed(systemd: socket.socket, clock: Clock):
    async with asyncio.timeout(20):
        await feed([Pulse("journal", limit_s=10, clock=clock)], Notify(address=systemd.getsockname()))
    with pytest.raises(BlockingIOError):
        systemd.recv(4096)
