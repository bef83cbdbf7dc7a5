"""The wire on a real pty: frames, deadlines, one conversation at a time, unplugging, and descriptors that come back."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.contract import BadFrame, DeviceGone, DeviceSilent, Frame
from drivers.sim.pty_port import PtyPort
from drivers.wires.framing import Framing
from drivers.wires.serial_line import SerialLine
from drivers.wires.unread import QUEUE_FRAMES

LINES = Framing(end=b"\r\n", longest=40)
SECONDS = 30


@asynccontextmanager
async def cable(folder: Path) -> AsyncIterator[PtyPort]:
    far_end = PtyPort(folder / "port")
    far_end.plug()
    yield far_end
    far_end.unplug()


def wire(far_end: PtyPort, *, gap_ms: int = 0, line: str = "8N1") -> SerialLine:
    return SerialLine(
        str(far_end.link),
        device="lane-1",
        framing=LINES,
        explain=lambda heard: f"{len(heard)} bytes of nonsense",
        baud=9600,
        gap_ms=gap_ms,
        line=line,
    )


def as_text(frame: Frame) -> str:
    if not frame.data.startswith(b"OK"):
        raise BadFrame(f"{frame.data!r} is not OK", frame.data)
    return frame.data.decode().strip()


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def everything(line: SerialLine) -> None:
    while True:
        await line.frame()


async def test_a_frame_is_stamped_on_arrival(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line:
        before, before_ms = datetime.now(UTC), time.monotonic_ns() // 1_000_000
        far_end.write(b"S S 1 kg\r\nS S 2 kg\r\n")
        async with asyncio.timeout(SECONDS):
            first, second = await line.frame(), await line.frame()
    assert (first.data, second.data, first.device) == (b"S S 1 kg\r\n", b"S S 2 kg\r\n", "lane-1")
    assert before <= first.at <= datetime.now(UTC)
    assert first.at.utcoffset() == timedelta(0)
    assert before_ms <= first.monotonic_ms <= time.monotonic_ns() // 1_000_000


async def test_an_answer_that_arrives_byte_by_byte_is_one_frame(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line, asyncio.timeout(SECONDS):
        asking = asyncio.ensure_future(line.ask(b"?", as_text, deadline_ms=20_000))
        assert await far_end.read() == b"?"
        for byte in b"OK 1\r\n":
            far_end.write(bytes([byte]))
            await asyncio.sleep(0.002)
        assert await asking == "OK 1"


async def test_a_late_answer_is_not_taken_for_the_next(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line, asyncio.timeout(SECONDS):
        with pytest.raises(DeviceSilent):
            await line.ask(b"1", as_text, deadline_ms=50)
        far_end.write(b"OK late\r\nOK ha")
        asking = asyncio.ensure_future(line.ask(b"2", as_text, deadline_ms=20_000))
        assert await far_end.read() in {b"1", b"12"}
        await asyncio.sleep(0.05)
        far_end.write(b"OK 2\r\n")
        assert await asking == "OK 2"


async def test_silence_says_what_to_check(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line:
        with pytest.raises(DeviceSilent) as caught:
            await line.ask(b"W", as_text, deadline_ms=50)
    assert str(caught.value) == (
        f"{far_end.link}: no answer to b'W' within 50 ms: "
        "is the device switched on, cabled, and set to this protocol, baud rate and parity?"
    )


async def test_bytes_that_make_no_frame_are_kept_and_explained(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line, asyncio.timeout(SECONDS):
        asking = asyncio.ensure_future(line.ask(b"W", as_text, deadline_ms=1_500))
        await far_end.read()
        far_end.write(b"\x00\xff\x00")
        with pytest.raises(BadFrame) as caught:
            await asking
    assert caught.value.frame == b"\x00\xff\x00"
    assert str(caught.value) == (f"{far_end.link}: heard b'\\x00\\xff\\x00', which is no answer to b'W': 3 bytes of nonsense")


async def test_bad_frames_before_the_answer_are_passed_over(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line, asyncio.timeout(SECONDS):
        asking = asyncio.ensure_future(line.ask(b"W", as_text, deadline_ms=20_000))
        await far_end.read()
        far_end.write(b"\xfe\xfe\r\n\x00\r\nOK 7\r\n")
        assert await asking == "OK 7"


async def test_only_bad_frames_are_a_bad_frame(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line, asyncio.timeout(SECONDS):
        asking = asyncio.ensure_future(line.ask(b"W", as_text, deadline_ms=1_500))
        await far_end.read()
        far_end.write(b"ERR\r\n")
        with pytest.raises(BadFrame, match=r"'ERR.*' is not OK"):
            await asking


async def test_commands_keep_the_gap_that_the_manual_asks_for(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end, gap_ms=200) as line, asyncio.timeout(SECONDS):
        began = time.monotonic()
        for _ in range(3):
            asking = asyncio.ensure_future(line.ask(b"W", as_text, deadline_ms=20_000))
            await far_end.read()
            last_heard = time.monotonic()
            far_end.write(b"OK\r\n")
            await asking
    assert last_heard - began >= 2 * 0.2  # single arrivals jitter on a busy machine; two gaps are never less than this


async def test_a_seven_bit_line_has_no_parity_bits(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end, line="7E1") as line, asyncio.timeout(SECONDS):
        far_end.write(bytes(byte | 0x80 for byte in b"OK 5\r\n"))
        assert (await line.frame()).data == b"OK 5\r\n"


async def test_a_device_that_takes_no_bytes_is_silent(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end:
        asyncio.get_running_loop().remove_reader(far_end._master or 0)
        async with wire(far_end) as line:
            with pytest.raises(DeviceSilent) as caught:
                await line.ask(b"x" * 500_000, as_text, deadline_ms=200)
    assert str(caught.value) == f"{far_end.link} took no bytes for 200 ms: is the device held by flow control?"


async def test_what_needs_no_answer_is_said_and_what_is_not_taken_is_told(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line, asyncio.timeout(SECONDS):
        await line.say(b"\x04", deadline_ms=20_000)
        assert await far_end.read() == b"\x04"
        asyncio.get_running_loop().remove_reader(far_end._master or 0)
        with pytest.raises(DeviceSilent, match="took no bytes for 200 ms: is the device held by flow control"):
            await line.say(b"x" * 500_000, deadline_ms=200)


async def test_unplugged_while_sending_is_gone(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end:
        asyncio.get_running_loop().remove_reader(far_end._master or 0)
        async with wire(far_end) as line, asyncio.timeout(SECONDS):
            asking = asyncio.ensure_future(line.ask(b"x" * 500_000, as_text, deadline_ms=20_000))
            await asyncio.sleep(0.1)
            far_end.unplug()
            with pytest.raises(DeviceGone, match="is gone"):
                await asking


async def test_unplugged_while_waiting_is_gone(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line, asyncio.timeout(SECONDS):
        asking = asyncio.ensure_future(line.ask(b"W", as_text, deadline_ms=20_000))
        await far_end.read()
        far_end.unplug()
        with pytest.raises(DeviceGone) as caught:
            await asking
        assert str(caught.value).startswith(f"{far_end.link} is gone (")
        assert str(caught.value).endswith("): unplugged or without power? It is opened again when it comes back")
        with pytest.raises(DeviceGone, match="is gone"):
            await line.ask(b"W", as_text, deadline_ms=20_000)


async def test_unplugged_before_anyone_noticed_is_gone(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line:
        far_end.unplug()
        with pytest.raises(DeviceGone, match="is gone"):
            await line.ask(b"W", as_text, deadline_ms=20_000)


async def test_unplugged_between_two_turns_of_the_loop_is_gone(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line:
        far_end.unplug()
        with pytest.raises(DeviceGone, match="is gone"):
            line._drop_stale()
        with pytest.raises(DeviceGone, match="is gone"):
            await line._write(b"W")


async def test_a_wakeup_without_bytes_is_nothing_and_a_read_error_is_gone(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line:
        line._on_bytes(line._check_open().fileno())
        line._check_open()
        unreadable = os.open(tmp_path / "unreadable", os.O_WRONLY | os.O_CREAT)
        line._on_bytes(unreadable)
        os.close(unreadable)
        with pytest.raises(DeviceGone, match=r"is gone \(Bad file descriptor\): unplugged or without power"):
            await line.frame()


async def test_a_line_that_is_not_open_says_so(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end:
        line = wire(far_end)
        with pytest.raises(DeviceGone) as caught:
            await line.ask(b"W", as_text, deadline_ms=100)
        assert str(caught.value) == f"{far_end.link} is not open"
        await line.__aexit__(None, None, None)
        async with line:
            waiting = asyncio.ensure_future(line.frame())
            await asyncio.sleep(0.01)
        with pytest.raises(DeviceGone, match="is not open"):
            await waiting


async def test_a_port_that_came_back_under_another_number_is_found(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, asyncio.timeout(SECONDS):
        names = set()
        line = wire(far_end)
        for number in range(4):
            names.add(far_end.link.readlink())
            async with line:
                asking = asyncio.ensure_future(line.ask(b"W", as_text, deadline_ms=20_000))
                await far_end.read()
                far_end.write(b"OK %d\r\n" % number)
                assert await asking == f"OK {number}"
            far_end.unplug()
            far_end.plug()
    assert len(names) > 1


async def test_a_hundred_unpluggings_leave_no_descriptor_open(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end:
        open_before = open_descriptors()
        for cycle in range(100):
            async with wire(far_end) as line:
                if cycle % 2:
                    far_end.write(b"OK\r\n\x02half a fra")
                far_end.unplug()
                with pytest.raises(DeviceGone):
                    await asyncio.wait_for(everything(line), SECONDS)
            with pytest.raises(DeviceGone, match="no port"):
                await line.__aenter__()
            far_end.plug()
        assert open_descriptors() == open_before


async def test_unread_frames_are_bounded_and_none_is_lost(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line, asyncio.timeout(SECONDS):
        total, unsent = 30_000, b"".join(b"%d\r\n" % number for number in range(30_000))
        while not line._paused:
            unsent = unsent[far_end.write(unsent) :]
            await asyncio.sleep(0.001)
        for _ in range(50):
            unsent = unsent[far_end.write(unsent) :]
            await asyncio.sleep(0)
        assert unsent, "the sender is held back"
        assert QUEUE_FRAMES < len(line._unread.frames) < QUEUE_FRAMES + 2000

        async def send_on() -> None:
            nonlocal unsent
            while unsent:
                unsent = unsent[far_end.write(unsent) :]
                await asyncio.sleep(0.001)

        sending = asyncio.ensure_future(send_on())
        assert [int((await line.frame()).data) for _ in range(total)] == list(range(total))
        await sending


async def test_a_chattering_device_still_answers(tmp_path: Path) -> None:
    async with cable(tmp_path) as far_end, wire(far_end) as line, asyncio.timeout(SECONDS):
        for _ in range(200):
            far_end.write(b"chatter\r\n" * 200)
            await asyncio.sleep(0)
        asking = asyncio.ensure_future(line.ask(b"W", as_text, deadline_ms=20_000))
        await far_end.read()
        far_end.write(b"OK\r\n")
        assert await asking == "OK"


async def test_who_waits_to_send_is_told_when_the_line_is_closed_and_the_next_one_is_not_harmed(tmp_path: Path) -> None:
    async def refused(closed: SerialLine) -> str:
        with pytest.raises(DeviceGone) as caught:
            await closed.say(b"x" * 200_000, deadline_ms=30_000)
        return str(caught.value)

    async with cable(tmp_path) as far_end, asyncio.timeout(30), asyncio.TaskGroup() as group:
        far_end.pause()
        async with wire(far_end) as first:
            sending = group.create_task(refused(first), name="sending")
            await asyncio.sleep(0.02)  # it writes what fits, then waits
            assert not sending.done()
        async with wire(far_end) as again:
            assert await sending == f"{far_end.link} is not open"
            far_end.resume()
            await again.say(b"y" * 20_000, deadline_ms=30_000)
            far_end.write(b"1\r\n")
            assert (await again.frame()).data == b"1\r\n"
