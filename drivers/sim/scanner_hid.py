"""A barcode scanner that acts as an American keyboard, as far as a machine without one has it: its events come out of a FIFO.

Every event is the record that Linux writes (linux/input.h): two times of 8 bytes, type, code, value.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from types import TracebackType
from typing import Self

RECORD = "=qqHHi"
KEY, SYNCHRONISE = 1, 0
KEY_ENTER, KEY_LEFTSHIFT, KEY_LEFTCTRL, KEY_RIGHTBRACE = 28, 42, 29, 27
PLAIN = {
    **dict(zip("1234567890", range(2, 12), strict=True)),
    **dict(zip("qwertyuiop", range(16, 26), strict=True)),
    **dict(zip("asdfghjkl", range(30, 39), strict=True)),
    **dict(zip("zxcvbnm", range(44, 51), strict=True)),
    "-": 12,
    "=": 13,
    ".": 52,
    "/": 53,
    ";": 39,
    "[": 26,
    "]": 27,
    " ": 57,
}
SHIFTED = {"!": 2, "(": 10, ")": 11, "?": 53, ":": 39, "_": 12, "&": 8, "+": 13}


def keys(text: str) -> bytes:
    """The events of typing ``text`` and nothing else."""
    return b"".join(_typed(character) for character in text)


def enter() -> bytes:
    """The events of the Enter key."""
    return _pressed(KEY_ENTER)


def _typed(character: str) -> bytes:
    if character == "\x1d":
        return _held(KEY_LEFTCTRL, KEY_RIGHTBRACE)
    if character.isupper():
        return _held(KEY_LEFTSHIFT, PLAIN[character.lower()])
    return _held(KEY_LEFTSHIFT, SHIFTED[character]) if character in SHIFTED else _pressed(PLAIN[character])


def _held(modifier: int, key: int) -> bytes:
    return _event(KEY, modifier, 1) + _pressed(key) + _event(KEY, modifier, 0)


def _pressed(key: int) -> bytes:
    down, repeat, up = (_event(KEY, key, value) for value in (1, 2, 0))
    return down + _event(SYNCHRONISE, 0, 0) + repeat + up + _event(SYNCHRONISE, 0, 0)


def _event(kind: int, code: int, value: int) -> bytes:
    return struct.pack(RECORD, 1_700_000_000, 0, kind, code, value)


class HidScannerSim:
    """The FIFO at ``path`` in the place of /dev/input/by-id/…-event-kbd."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        # opened for both, so that it waits for no reader and outlives each of them
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.unplug()

    def unplug(self) -> None:
        """The last writer goes, so readers see the end."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self.path.unlink()
        self._descriptor = -1

    def write(self, events: bytes) -> None:
        """Put events out."""
        os.write(self._descriptor, events)

    def scan(self, code: str) -> None:
        """Type a code and press Enter."""
        self.write(keys(code) + enter())
