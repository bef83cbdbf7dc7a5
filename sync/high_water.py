"""The highest number ever given, kept beside the database: a damaged or lost file never makes the box use a number twice.

``last`` follows every commit without a flush: after a kill it may be one commit behind, after a power cut more, never ahead.
``reserved`` is flushed before any number up to it is used. A database behind ``last`` has lost commits.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

RESERVE = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class HighWater:
    """Every sequence up to ``last`` was committed; none above ``reserved`` was ever used."""

    last: int
    reserved: int


class HighWaterFile:
    """Two numbers in a file; one thread uses it. Raises OSError when the disk fails."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None
        self._last = 0
        self._reserved = 0

    def read(self) -> HighWater:
        """What the file says; zeros when there is none or it makes no sense."""
        try:
            words = self._path.read_bytes().split()
        except FileNotFoundError:
            words = []
        if len(words) != 2 or not all(word.isdigit() for word in words):
            return HighWater(last=0, reserved=0)
        return HighWater(last=int(words[0]), reserved=int(words[1]))

    def start(self, last: int) -> None:
        """Count from ``last``, which the database (or a salvage) has settled."""
        self._last = last
        self._reserved = 0

    def reserve(self, sequence: int) -> None:
        """Make sure that numbers up to ``sequence`` may be used; flushes once in RESERVE numbers."""
        if sequence <= self._reserved:
            return
        handle = self._open()
        os.pwrite(handle, _text(self._last, sequence + RESERVE), 0)
        os.fdatasync(handle)
        self._reserved = sequence + RESERVE

    def passed(self, sequence: int) -> None:
        """``sequence`` is committed."""
        if sequence != self._last:
            os.pwrite(self._open(), _text(sequence, self._reserved), 0)
            self._last = sequence

    def close(self) -> None:
        """Give the file back; used again it opens anew."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _open(self) -> int:
        if self._handle is None:
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        return self._handle


def _text(last: int, reserved: int) -> bytes:
    return f"{last:020d} {reserved:020d}\n".encode()
