"""The newest pictures of one camera in memory that processes share: one writes, any number read, nobody ever waits.

    header    mark, slots, slot_bytes, width_px, height_px, newest        64-bit words, native order
    slot      sequence, monotonic_ns, length, crc32, then the picture     sequence is 0 while the slot is being written

The newest wins: the writer goes round and never looks back. A reader looks at ``sequence`` before and after it copies, and
proves the copy by its CRC-32, so that it gets a whole picture or none whatever order a processor's stores become visible in.

The memory is a memfd: it has no name, so nothing is left of it when the last process that holds it has died.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from dataclasses import dataclass
from zlib import crc32

MARK = 0x31474E4952435053  # "SPCRING1"
WORD = 8
HEADER = 64
SLOT_HEADER = 64
SLOTS = 4
"""At 30 pictures a second a reader has 100 ms to copy one before its slot comes round."""

TRIES = 8
MARK_AT, SLOTS_AT, SLOT_BYTES_AT, WIDTH_AT, HEIGHT_AT, NEWEST_AT = range(6)
SEQUENCE_AT, MONOTONIC_AT, LENGTH_AT, CRC_AT = range(4)


class NoRing(ValueError):
    """The descriptor holds no ring of pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One whole picture. ``sequence`` counts from 1; the gap to the one before is what the reader skipped."""

    sequence: int
    monotonic_ns: int
    data: bytes


def make_ring(name: str, *, slot_bytes: int, width_px: int, height_px: int, slots: int = SLOTS) -> int:
    """A new ring; the descriptor is the caller's to close. ``name`` is for /proc only. Raises OSError."""
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    rounded = -slot_bytes % WORD + slot_bytes
    os.ftruncate(descriptor, HEADER + slots * (SLOT_HEADER + rounded))
    # A writer that could shrink the memory could kill its readers (SIGBUS).
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    with mmap.mmap(descriptor, HEADER) as memory, memoryview(memory).cast("Q") as words:
        words[SLOTS_AT], words[SLOT_BYTES_AT], words[WIDTH_AT], words[HEIGHT_AT] = slots, rounded, width_px, height_px
        words[MARK_AT] = MARK
    return descriptor


class Ring:
    """A ring as it lies in memory, for the reader and the writer. Raises NoRing."""

    def __init__(self, descriptor: int) -> None:
        size = os.fstat(descriptor).st_size
        if size < HEADER:
            raise NoRing("this is no ring of pictures: it is too short")
        self._memory = mmap.mmap(descriptor, size)
        self.bytes = memoryview(self._memory)
        self.words = self.bytes[: size - size % WORD].cast("Q")
        self.slots, self.slot_bytes = self.words[SLOTS_AT], self.words[SLOT_BYTES_AT]
        self.width_px, self.height_px = self.words[WIDTH_AT], self.words[HEIGHT_AT]
        if self.words[MARK_AT] != MARK or size != HEADER + self.slots * (SLOT_HEADER + self.slot_bytes) or not self.slots:
            self.close()
            raise NoRing("this is no ring of pictures: its header does not fit its size")

    def close(self) -> None:
        """Let go of the memory."""
        self.words.release()
        self.bytes.release()
        self._memory.close()

    def slot(self, sequence: int) -> int:
        """Where the slot of picture ``sequence`` begins, in bytes."""
        return HEADER + sequence % self.slots * (SLOT_HEADER + self.slot_bytes)


class RingWriter:
    """Writes pictures: fill ``room``, then ``publish`` what stands in it."""

    def __init__(self, descriptor: int) -> None:
        self.ring = Ring(descriptor)
        self._next = self.ring.words[NEWEST_AT] + 1
        self.room = self._room()

    def publish(self, length: int, monotonic_ns: int) -> int:
        """The first ``length`` bytes of ``room`` are a picture; returns its CRC-32. ``room`` is then the next slot's."""
        words, at = self.ring.words, self.ring.slot(self._next) // WORD
        crc = crc32(self.room[:length])
        words[at + MONOTONIC_AT], words[at + LENGTH_AT], words[at + CRC_AT] = monotonic_ns, length, crc
        words[at + SEQUENCE_AT] = self._next
        words[NEWEST_AT] = self._next
        self._next += 1
        self.room.release()
        self.room = self._room()
        return crc

    def close(self) -> None:
        """Let go of the memory; readers keep what is in it."""
        self.room.release()
        self.ring.close()

    def _room(self) -> memoryview:
        at = self.ring.slot(self._next)
        self.ring.words[at // WORD + SEQUENCE_AT] = 0
        return self.ring.bytes[at + SLOT_HEADER : at + SLOT_HEADER + self.ring.slot_bytes]


class RingReader:
    """Reads the newest picture, as often as it likes; it never holds the writer up."""

    def __init__(self, descriptor: int) -> None:
        self.ring = Ring(descriptor)

    @property
    def newest_sequence(self) -> int:
        """The number of the newest picture, 0 before the first; costs nothing."""
        return self.ring.words[NEWEST_AT]

    def newest(self, after: int = 0) -> Picture | None:
        """The newest whole picture; None when there is none with a number above ``after``, or the writer is too fast."""
        for _ in range(TRIES):
            sequence = self.newest_sequence
            if sequence <= after:
                return None
            picture = self._copy(sequence)
            if picture is not None:
                return picture
        return None

    def close(self) -> None:
        """Let go of the memory."""
        self.ring.close()

    def _copy(self, sequence: int) -> Picture | None:
        words, start = self.ring.words, self.ring.slot(sequence)
        at = start // WORD
        before, monotonic_ns, length, crc = words[at : at + 4]
        if before != sequence or length > self.ring.slot_bytes:
            return None
        data = bytes(self.ring.bytes[start + SLOT_HEADER : start + SLOT_HEADER + length])
        if words[at + SEQUENCE_AT] != sequence or crc32(data) != crc:
            return None
        return Picture(sequence=sequence, monotonic_ns=monotonic_ns, data=data)
