"""Patience: one lost answer is nothing, no reading for long is a failure, a command that takes its time is neither."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.contract import BadFrame, DeviceError, DeviceGone, DeviceSilent, Frame
from drivers.sim.pty_port import PtyPort
from drivers.wires.framing import Framing
from drivers.wires.polling import Pace, poll, poll_by
from drivers.wires.serial_line import SerialLine

PACE = Pace(poll_ms=20, answer_ms=20_000, silent_after_ms=20_000)
IMPATIENT = Pace(poll_ms=20, answer_ms=50, silent_after_ms=300)
SECONDS = 30


class Counter:
    """A device that answers each question with the next number, unless it is told what else to say."""

    def __init__(self, far_end: PtyPort) -> None:
        self.far_end = far_end
        self.asked = 0
        self.heard = asyncio.Event()
        self.instead: bytes | None = None

    async def serve(self) -> None:
        while True:
            await self.far_end.read()
            self.asked += 1
            self.heard.set()
            self.far_end.write(b"%d\n" % self.asked if self.instead is None else self.instead)


@asynccontextmanager
async def counting(folder: Path) -> AsyncIterator[tuple[Counter, SerialLine]]:
    far_end = PtyPort(folder / "port")
    far_end.plug()
    line = SerialLine(
        str(far_end.link), device="counter", framing=Framing(end=b"\n", longest=20), explain=lambda heard: "noise", baud=9600
    )
    counter = Counter(far_end)
    serving = asyncio.ensure_future(counter.serve())
    async with asyncio.timeout(SECONDS), line:
        yield counter, line
    serving.cancel()
    far_end.unplug()


def number(frame: Frame) -> int:
    if frame.data == b"busy\n":
        raise DeviceError("the counter is busy")
    try:
        return int(frame.data)
    except ValueError as error:
        raise BadFrame(f"{frame.data!r} is no number", frame.data) from error


async def test_readings_come_one_after_another(tmp_path: Path) -> None:
    async with counting(tmp_path) as (_, line):
        readings = poll(line, b"?", number, PACE)
        heard = [await anext(readings) for _ in range(5)]
    assert heard == sorted(set(heard))


@pytest.mark.parametrize(
    ("instead", "pace", "error", "text"),
    [
        (b"", Pace(poll_ms=20, answer_ms=300, silent_after_ms=1_500), DeviceSilent, "no answer"),
        (b"x\n", Pace(poll_ms=20, answer_ms=300, silent_after_ms=1_500), BadFrame, "is no number"),
        (b"busy\n", Pace(poll_ms=20, answer_ms=20_000, silent_after_ms=1_000), DeviceError, "busy"),
    ],
)
async def test_patience_ends_with_what_was_last_seen(
    tmp_path: Path, instead: bytes, pace: Pace, error: type[DeviceError], text: str
) -> None:
    async with counting(tmp_path) as (counter, line):
        counter.instead = instead
        with pytest.raises(DeviceError, match=text) as caught:
            await anext(poll(line, b"?", number, pace))
        assert type(caught.value) is error
        assert counter.asked > 1, "it asked again before it gave up"


async def test_a_port_that_vanishes_between_polls_is_gone_at_once(tmp_path: Path) -> None:
    async with counting(tmp_path) as (counter, line):
        readings = poll(line, b"?", number, Pace(poll_ms=60_000, answer_ms=5_000, silent_after_ms=60_000))
        await anext(readings)
        waiting = asyncio.ensure_future(anext(readings))
        await asyncio.sleep(0.05)
        counter.far_end.unplug()
        with pytest.raises(DeviceGone, match="is gone"):
            await waiting


async def test_a_port_that_vanishes_while_asked_is_gone(tmp_path: Path) -> None:
    async with counting(tmp_path) as (counter, line):
        counter.instead = b""
        asking = asyncio.ensure_future(
            anext(poll(line, b"?", number, Pace(poll_ms=20, answer_ms=20_000, silent_after_ms=20_000)))
        )
        await counter.heard.wait()
        counter.far_end.unplug()
        with pytest.raises(DeviceGone, match="is gone"):
            await asking


async def test_a_long_command_is_not_the_devices_silence(tmp_path: Path) -> None:
    async with counting(tmp_path) as (_, line):
        readings = poll(line, b"?", number, IMPATIENT)
        await anext(readings)
        listening = asyncio.ensure_future(anext(readings))
        async with line.turn:
            await asyncio.sleep(0.6)
        assert await listening > 1


async def test_a_reading_may_take_several_questions(tmp_path: Path) -> None:
    async with counting(tmp_path) as (counter, line):

        async def two() -> tuple[int, int]:
            first = await line.ask(b"?", number, deadline_ms=PACE.answer_ms)
            return first, await line.ask(b"?", number, deadline_ms=PACE.answer_ms)

        readings = poll_by(line, two, PACE)
        heard = [await anext(readings) for _ in range(3)]
        assert all(first < second for first, second in heard)
        await readings.aclose()
        counter.instead = b"busy\n"
        with pytest.raises(DeviceError, match="busy"):
            await anext(poll_by(line, two, replace(PACE, silent_after_ms=300)))
