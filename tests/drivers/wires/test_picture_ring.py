"""The ring of pictures: whole or none, the newest first, across processes, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from drivers.wires.picture_ring import (
    HEADER,
    LENGTH_AT,
    NEWEST_AT,
    SLOT_HEADER,
    WORD,
    NoRing,
    RingReader,
    RingWriter,
    make_ring,
)

BYTES = 300_000
DEADLINE_S = 30.0
WRITER = """
import sys
from drivers.wires.picture_ring import RingWriter
writer = RingWriter(int(sys.argv[1]))
size = writer.ring.slot_bytes
pictures = [bytes([shade]) * size for shade in range(1, 8)]
turn = 0
while True:
    turn += 1
    writer.room[:size] = pictures[turn % 7]
    writer.publish(size, turn)
"""


@pytest.fixture
def ring() -> Iterator[Callable[..., int]]:
    """Makes rings and closes them with the test."""
    made: list[int] = []

    def make(slot_bytes: int = 64, slots: int = 4) -> int:
        made.append(make_ring("cam-1-i420", slot_bytes=slot_bytes, width_px=8, height_px=4, slots=slots))
        return made[-1]

    yield make
    for descriptor in made:
        os.close(descriptor)


@pytest.fixture
def busy_ring(ring: Callable[..., int]) -> Iterator[int]:
    """A ring that another process writes into as fast as it can: every picture is of one shade."""
    descriptor = ring(BYTES, slots=2)
    with subprocess.Popen([sys.executable, "-c", WRITER, str(descriptor)], pass_fds=[descriptor]) as writer:
        yield descriptor
        writer.kill()


def put(writer: RingWriter, data: bytes) -> None:
    writer.room[: len(data)] = data
    writer.publish(len(data), 7_000_000)


def of_one_shade(picture: bytes) -> bool:
    return picture == picture[:1] * BYTES


def read_torn(reader: RingReader) -> bool:
    """A copy of the newest slot without the checks: what a reader would see who does not look twice."""
    start = reader.ring.slot(reader.newest_sequence) + SLOT_HEADER
    copy = bytes(reader.ring.bytes[start : start + BYTES])
    return not of_one_shade(copy)


def test_the_newest_picture_wins_and_the_gap_is_seen(ring: Callable[..., int]) -> None:
    descriptor = ring()
    writer, reader = RingWriter(descriptor), RingReader(descriptor)
    assert reader.newest() is None
    for shade in b"abcdefgh":
        put(writer, bytes([shade]) * 8)
    picture = reader.newest(after=2)
    assert picture is not None
    assert (picture.sequence, picture.data, picture.monotonic_ns) == (8, b"h" * 8, 7_000_000)
    assert reader.newest(after=8) is None
    assert (reader.ring.width_px, reader.ring.height_px) == (8, 4)
    writer.close()
    reader.close()


def test_another_writer_goes_on_where_the_first_ended(ring: Callable[..., int]) -> None:
    descriptor = ring()
    for data in (b"first", b"second"):
        writer = RingWriter(descriptor)
        put(writer, data)
        writer.close()
    reader = RingReader(descriptor)
    picture = reader.newest(after=1)
    assert picture is not None
    assert (picture.sequence, picture.data) == (2, b"second")
    reader.close()


def test_a_reader_in_another_process_never_sees_half_a_picture(busy_ring: int) -> None:
    reader = RingReader(busy_ring)
    whole, last, give_up_at = 0, 0, time.monotonic() + DEADLINE_S
    while whole < 150:
        assert time.monotonic() < give_up_at, f"only {whole} whole pictures"
        picture = reader.newest(after=last)
        if picture is not None:
            assert of_one_shade(picture.data)
            assert picture.sequence > last
            whole, last = whole + 1, picture.sequence
    reader.close()


def test_control_a_reader_that_does_not_look_twice_does(busy_ring: int) -> None:
    reader = RingReader(busy_ring)
    give_up_at = time.monotonic() + DEADLINE_S
    while not read_torn(reader):
        assert time.monotonic() < give_up_at, "no picture was torn: the test above proves nothing"
    reader.close()


def test_a_writer_that_dies_in_the_middle_spoils_no_picture(ring: Callable[..., int]) -> None:
    descriptor = ring(slots=2)
    writer, reader = RingWriter(descriptor), RingReader(descriptor)
    put(writer, b"whole")
    writer.room[:3] = b"hal"  # and nothing more
    picture = reader.newest()
    assert picture is not None
    assert picture.data == b"whole"
    writer.close()
    reader.close()


def test_a_writer_gone_mad_gives_no_picture_and_hurts_no_reader(ring: Callable[..., int]) -> None:
    descriptor = ring()
    writer, reader = RingWriter(descriptor), RingReader(descriptor)
    put(writer, b"whole")
    writer.ring.words[reader.ring.slot(1) // WORD + LENGTH_AT] = 1 << 40
    assert reader.newest() is None
    writer.ring.words[NEWEST_AT] = 99
    assert reader.newest() is None
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 0)
    writer.close()
    reader.close()


def test_what_is_no_ring_is_not_read() -> None:
    descriptor = os.memfd_create("other", os.MFD_CLOEXEC)
    os.ftruncate(descriptor, HEADER - 1)
    with pytest.raises(NoRing, match="this is no ring of pictures: it is too short"):
        RingReader(descriptor)
    os.ftruncate(descriptor, HEADER + SLOT_HEADER)
    with pytest.raises(NoRing, match="this is no ring of pictures: its header does not fit its size"):
        RingReader(descriptor)
    os.close(descriptor)
