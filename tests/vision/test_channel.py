"""What box and inference process say to each other arrives whole, with its ring, and neither waits for the other without end."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from itertools import repeat
from pathlib import Path

import msgspec
import pytest

from drivers.wires.picture_ring import RingReader, RingWriter, make_ring
from edge.channel import LARGEST_BYTES, UNREAD_BYTES, BoxEnd, ChannelBroken, Frames, ProcessEnd, framed
from edge.vision.layout import Layout, Line
from edge.vision.words import SPEECH, Beat, BoxLine, Crossed, Heated, Hide, ProcessLine, Show, Unwatch, Watch

DOOR = Layout(lines=(Line(name="door", a=(0.1, 0.5), b=(0.9, 0.5), inside=(0.5, 0.9)),))
CROSSED = Crossed(camera="cam-door", line="door", direction="in", at_ns=7)
SOON_S = 30.0


@pytest.fixture
def ends() -> Iterator[tuple[BoxLine, ProcessLine]]:
    ours, theirs = socket.socketpair()
    box, process = BoxEnd(ours, SPEECH), ProcessEnd(theirs, SPEECH)
    yield box, process
    box.close()
    process.close()


@pytest.fixture
def raw() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two plain ends, for what no end of ours would send."""
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


@pytest.fixture
def ring() -> Iterator[int]:
    descriptor = make_ring("test", slot_bytes=96, width_px=8, height_px=8)
    yield descriptor
    os.close(descriptor)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_what_the_box_asks_arrives_with_its_ring(ends: tuple[BoxLine, ProcessLine], ring: int):
    box, process = ends
    await box.say(Watch(camera="cam-door", layout=DOOR, fps=5), ring)
    await box.say(Hide(camera="cam-door"))
    heard: list[object] = []
    descriptors = []
    while len(heard) < 2:
        for word, got in process.hear(SOON_S):
            heard.append(word)
            descriptors.append(got)
    assert heard == [Watch(camera="cam-door", layout=DOOR, fps=5), Hide(camera="cam-door")]
    assert descriptors[1] is None
    assert descriptors[0] is not None
    with closing(RingWriter(ring)) as writer, closing(RingReader(descriptors[0])) as reader:
        writer.room[:2] = b"hi"
        writer.publish(2, 1)
        picture = reader.newest()
    os.close(descriptors[0])
    assert picture is not None
    assert picture.data == b"hi"


async def test_each_of_many_rings_comes_with_its_own_word(ends: tuple[BoxLine, ProcessLine]):
    box, process = ends
    heard: list[tuple[str, int]] = []
    for number in range(1, 9):
        descriptor = make_ring("test", slot_bytes=8, width_px=number, height_px=2)
        await box.say(Unwatch(camera="other"))
        await box.say(Show(camera=f"cam-{number}"), descriptor)
        os.close(descriptor)
    while len(heard) < 8:
        for word, got in process.hear(SOON_S):
            if got is not None:
                with closing(RingReader(got)) as reader:
                    heard.append((word.camera, reader.ring.width_px))
                os.close(got)
    assert heard == [(f"cam-{number}", number) for number in range(1, 9)]


async def test_what_the_process_says_arrives_in_order(ends: tuple[BoxLine, ProcessLine]):
    box, process = ends
    beat = Beat(at_ns=1, inferences={}, cameras={})
    process.say(beat)
    process.say(CROSSED)
    heard: list[object] = []
    async with asyncio.timeout(SOON_S):
        while len(heard) < 2:
            heard += await box.hear()
    assert heard == [beat, CROSSED]
    assert process.is_read


def test_words_are_found_however_they_are_torn():
    frames, line = Frames(), framed(CROSSED) * 3
    bodies = [body for at in range(len(line)) for body in frames.feed(line[at : at + 1])]
    assert [msgspec.msgpack.decode(body, type=Crossed) for body in bodies] == [CROSSED] * 3
    assert Frames().feed(line) == bodies


def test_nothing_is_heard_when_nothing_is_said(ends: tuple[BoxLine, ProcessLine]):
    assert ends[1].hear(0) == []


async def test_a_box_that_reads_late_misses_nothing_and_holds_nobody_up(ends: tuple[BoxLine, ProcessLine]):
    box, process = ends
    for at_ns in range(20_000):
        process.say(msgspec.structs.replace(CROSSED, at_ns=at_ns))
    assert not process.is_read
    heard: list[object] = []
    async with asyncio.timeout(SOON_S):
        while len(heard) < 20_000:
            heard += await box.hear()
            process.hear(0)
    assert [word.at_ns for word in heard if isinstance(word, Crossed)] == list(range(20_000))


def test_a_box_that_never_reads_ends_the_process(ends: tuple[BoxLine, ProcessLine]):
    heat = Heated(camera="cam", grid="picture", columns=1, rows=1, cell_mm=0, cells=((1, 1),) * 10_000, at_ns=1)
    with pytest.raises(ChannelBroken, match=f"the box has left {UNREAD_BYTES} bytes unread: it hangs"):
        deque(map(ends[1].say, repeat(heat)), maxlen=0)


async def test_a_process_that_never_reads_is_given_up(ends: tuple[BoxLine, ProcessLine], ring: int):
    before = open_files()

    async def flood() -> None:
        while True:
            await ends[0].say(Watch(camera="cam", layout=DOOR, fps=5), ring)

    with pytest.raises(ChannelBroken, match="the inference process has read nothing for 2 s"):
        await flood()
    with closing(ends[1]):
        pass
    assert open_files() == before - 1  # that of the process's end: rings on the way are closed with it


@pytest.mark.parametrize("word", [Watch(camera="cam", layout=DOOR, fps=5), Show(camera="cam")])
def test_a_word_without_its_ring_is_refused(raw: tuple[socket.socket, socket.socket], word: Watch | Show):
    raw[0].sendall(framed(word))
    with pytest.raises(ChannelBroken, match=f"a {type(word).__name__} came without its ring"):
        ProcessEnd(raw[1], SPEECH).hear(SOON_S)


def test_garbage_is_no_word(raw: tuple[socket.socket, socket.socket]):
    raw[0].sendall(struct.pack(">I", 5) + b"\xc1\xc1\xc1\xc1\xc1")
    with pytest.raises(ChannelBroken, match="the box says what is no word"):
        ProcessEnd(raw[1], SPEECH).hear(SOON_S)


@pytest.mark.parametrize("body", [b"\xc1\xc1", msgspec.msgpack.encode({"type": "Hide", "camera": "cam"}), b"\x92\x01"])
async def test_garbage_of_the_process_is_no_word(raw: tuple[socket.socket, socket.socket], body: bytes):
    raw[1].sendall(struct.pack(">I", len(body)) + body)
    with pytest.raises(ChannelBroken, match="the inference process says what is no word"):
        await BoxEnd(raw[0], SPEECH).hear()


async def test_a_word_too_long_to_be_one_is_not_waited_for(raw: tuple[socket.socket, socket.socket]):
    raw[1].sendall(struct.pack(">I", LARGEST_BYTES + 1))
    with pytest.raises(ChannelBroken, match=f"a word of {LARGEST_BYTES + 1} bytes is announced; {LARGEST_BYTES} are taken"):
        await BoxEnd(raw[0], SPEECH).hear()


def test_a_word_that_is_too_long_is_not_sent():
    heat = Heated(camera="cam", grid="picture", columns=1, rows=1, cell_mm=0, cells=((300, 300),) * 200_000, at_ns=1)
    with pytest.raises(ChannelBroken, match=rf"a Heated of \d+ bytes is more than the {LARGEST_BYTES} that are taken"):
        framed(heat)


async def test_who_dies_in_the_middle_of_a_word_is_gone(raw: tuple[socket.socket, socket.socket]):
    box, process = BoxEnd(raw[0], SPEECH), raw[1]
    process.sendall(framed(CROSSED)[:10])
    assert await box.hear() == []
    process.close()
    with pytest.raises(ChannelBroken, match="the inference process has ended"):
        await box.hear()
    with pytest.raises(ChannelBroken, match="the inference process has ended"):
        await box.say(Hide(camera="cam"))


def test_a_box_that_is_gone_is_noticed(raw: tuple[socket.socket, socket.socket]):
    process = ProcessEnd(raw[1], SPEECH)
    raw[0].close()
    with pytest.raises(ChannelBroken, match="the box is gone"):
        process.hear(SOON_S)
    with pytest.raises(ChannelBroken, match="the box is gone"):
        process.say(CROSSED)


def test_a_ring_for_which_there_is_no_room_is_noticed(raw: tuple[socket.socket, socket.socket], ring: int):
    import resource

    process = ProcessEnd(raw[1], SPEECH)
    socket.send_fds(raw[0], [framed(Show(camera="cam"))], [ring])
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(ring)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, most))
    try:
        with pytest.raises(ChannelBroken, match="a ring was lost on the way: this process may open no more files"):
            process.hear(SOON_S)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


def test_rings_that_nobody_took_are_closed(raw: tuple[socket.socket, socket.socket], ring: int):
    before = open_files()
    process = ProcessEnd(raw[1], SPEECH)
    socket.send_fds(raw[0], [framed(Show(camera="cam"))[:6]], [ring])
    assert process.hear(SOON_S) == []
    assert open_files() == before + 1
    process.close()
    assert open_files() == before - 1
