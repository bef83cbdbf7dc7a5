"""A recording that is played: what was said is waited for, what was heard is said, and a file that is none is refused by line."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from drivers.sim import replay
from drivers.sim.pty_port import PtyPort
from drivers.sim.replay import CannotReplay, Replay, play, read_recording

HEADER = '{"recording":1,"driver":"scale/x","settings":{"baud":4800},"source":"a test"}\n'
CONVERSATION = (
    HEADER
    + '{"t_ms":100,"way":"said","text":"SI\\r\\n"}\n'
    + '{"t_ms":150,"way":"heard","hex":"02b1"}\n{"t_ms":90000,"way":"heard","text":"S"}\n'
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recording.ndjson"


def write(file: Path, text: str) -> None:
    file.write_text(text)


async def test_the_device_answers_when_it_is_asked_and_not_before(file: Path, tmp_path: Path) -> None:
    write(file, CONVERSATION)
    port = PtyPort(tmp_path / "port")
    port.plug()
    host = os.open(port.link, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            playing = group.create_task(Replay(read_recording(file), port, fast=True).play())
            await asyncio.sleep(0.05)
            with pytest.raises(BlockingIOError):
                os.read(host, 10)
            os.write(host, b"noise SI\r\n")
        assert playing.result() == []
        assert os.read(host, 10) == b"\x02\xb1S"
    finally:
        os.close(host)
        port.unplug()


async def test_words_that_never_come_are_told(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "PATIENCE_S", 0.2)
    write(file, CONVERSATION)
    told: list[str] = []
    await play(file, link=tmp_path / "port", listen="", fast=False, tell=told.append)
    assert told == ["nobody said b'SI\\r\\n' within 0.2 s; told was b''"]
    assert not (tmp_path / "port").is_symlink()


async def test_a_recording_is_played_on_tcp_too(file: Path) -> None:
    write(file, HEADER + '{"t_ms":5,"way":"heard","text":"hello"}\n')
    reader: asyncio.StreamReader | None = None
    async with asyncio.timeout(30):
        with pytest.raises(CannotReplay, match="'nowhere' is no address: write it as HOST:PORT"):
            await play(file, link=None, listen="nowhere", fast=True, tell=print)
        taken = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
        async with taken:
            at = f"127.0.0.1:{taken.sockets[0].getsockname()[1]}"
            with pytest.raises(CannotReplay, match=f"cannot play at {at}: Address already in use"):
                await play(file, link=None, listen=at, fast=True, tell=print)
        taken.close()
        await taken.wait_closed()
        playing = asyncio.create_task(play(file, link=None, listen=at, fast=True, tell=print))
        while reader is None:
            try:
                reader, writer = await asyncio.open_connection(*at.split(":"))
            except OSError:
                await asyncio.sleep(0.02)
        assert await reader.readexactly(5) == b"hello"
        await playing
        writer.close()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is no recording of storebox"),
        ("{", "line 1 is not JSON"),
        ("[]", "line 1 is no JSON object"),
        ("{}", "is no recording of storebox: its first line has no recording = 1"),
        (HEADER + "[]", "line 2 is no JSON object"),
        (HEADER + '{"t_ms":1,"way":"sang","text":"x"}', "line 2 is no piece of a recording: KeyError"),
        (HEADER + '{"t_ms":1,"way":"said","hex":"x"}', "line 2 is no piece of a recording: ValueError"),
        (HEADER + '{"t_ms":1,"lost":3}', "line 2: 3 pieces were lost while it was recorded; record it again"),
        (HEADER + '{"t_ms":1,"way":"said","topic":"ack","text":"x"}', "line 2 passed at a broker: only serial and TCP"),
    ],
)
def test_what_is_no_recording_is_refused(file: Path, text: str, problem: str) -> None:
    file.write_text(text)
    with pytest.raises(CannotReplay, match=problem):
        read_recording(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotReplay, match=r"cannot read .*No such file"):
        read_recording(tmp_path / "none")
