"""Cuts ffmpeg's stream of JPEGs (``-f mpjpeg``) into pictures.

--ffmpeg CR LF Content-type: image/jpeg CR LF Content-length: 5120 CR LF CR LF <5120 bytes> CR LF --ffmpeg …
"""

from __future__ import annotations

import re

LONGEST_HEAD = 512
LENGTH = re.compile(rb"(?i)content-length: *([0-9]{1,9})\r\n")
HEAD_END = b"\r\n\r\n"


class NoJpeg(ValueError):
    """The stream is not what ffmpeg is known to write; the text shows its beginning."""


class JpegCutter:
    """Feed it bytes, get whole pictures; keeps at most one unfinished of ``longest`` bytes."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._rest = b""
        self._wanted = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The pictures that are whole now. Raises NoJpeg."""
        self._rest += data
        pictures: list[bytes] = []
        while True:
            if not self._wanted and not self._head():
                return pictures
            if len(self._rest) < self._wanted:
                return pictures
            pictures.append(self._rest[: self._wanted])
            self._rest, self._wanted = self._rest[self._wanted :], 0

    def _head(self) -> bool:
        head, end, rest = self._rest.partition(HEAD_END)
        if not end:
            if len(head) > LONGEST_HEAD:
                raise NoJpeg(f"no end of a head in {head[:40]!r}")
            return False
        length = LENGTH.search(head + b"\r\n")
        if length is None or not 0 < int(length[1]) <= self._longest:
            raise NoJpeg(f"no length up to {self._longest} in {head[:120]!r}")
        self._wanted, self._rest = int(length[1]), rest
        return True
