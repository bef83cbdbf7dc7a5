"""Text as a device of a fixed number of columns can show it: in its code page, without commands, broken where the line ends.

    "¥12.50"  gb18030   A3 A4 31 32 2E 35 30     the wide yen sign, which every Chinese font has
    "价格→5"  cp437     "???5"                    what the code page lacks is seen to be missing
    "a\\x1b@b"           "a@b"                     a control character never reaches the wire

In a Chinese code page a character of two bytes takes two columns: what is counted are the bytes that are sent.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

Encoding = Literal[
    "gb18030", "gbk", "big5", "cp437", "cp850", "cp852", "cp858", "cp860", "cp863", "cp865", "cp866", "cp1252"
]  # fmt: skip
CHINESE: tuple[Encoding, ...] = ("gb18030", "gbk", "big5")
MISSING = "?"
LIKENESSES = {
    "¥": "￥",
    "•": "·",
    "−": "-",
    "\u00a0": " ",
    "–": "-",
    "—": "-",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "…": "...",
}
"""What stands in for a character that a code page lacks; ¥ has no two-byte code in gb18030, ￥ has."""
NEVER_SENT = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Control and formatting characters: some of their bytes are commands, none of them can be seen."""
NOT_FIRST = frozenset("，。、；：？！）】》」』”’,.;:?!)]}%")
"""Characters that do not begin a line."""


@dataclass(frozen=True, slots=True)
class CodePage:
    """One code page of a device. ``encode`` never fails and never yields a control byte."""

    encoding: Encoding

    @property
    def chinese(self) -> bool:
        return self.encoding in CHINESE

    def printable(self, text: str) -> str:
        """``text`` of characters that the code page has; tabs become spaces, control characters go, line ends stay."""
        composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
        if self._has_all(composed):
            return composed
        return "".join([self._shown(char) for char in composed if char == "\n" or unicodedata.category(char) not in NEVER_SENT])

    def encode(self, text: str) -> bytes:
        """The bytes of one printable line."""
        return self.printable(text).replace("\n", " ").encode(self.encoding)

    def columns(self, text: str) -> int:
        """How many columns printable ``text`` takes."""
        return sum(self._widths(text))

    def cut_to(self, columns: int, text: str) -> str:
        """The printable beginning of ``text`` that fits, on one line."""
        shown = self.printable(text).replace("\n", " ")
        return shown[: _fitting(_edges(self._widths(shown)), 0, columns)]

    def lines(self, text: str, columns: int) -> Iterator[str]:
        """``text`` broken into lines of at most ``columns``: after a space, beside a wide character, at worst anywhere."""
        for line in self.printable(text).split("\n"):
            widths = self._widths(line)
            edges = _edges(widths)
            begin, end = 0, _fitting(edges, 0, columns)
            while end < len(line):
                end = _breaking(line, widths, begin, end)
                yield line[begin:end].rstrip(" ")
                begin = end + len(line[end:]) - len(line[end:].lstrip(" "))
                end = _fitting(edges, begin, columns)
            yield line[begin:]

    def _has_all(self, text: str) -> bool:
        """Whether ``text`` can be sent as it is: most is, and looking at each letter takes three times as long."""
        if not text.replace("\n", "").isprintable() or not LIKENESSES.keys().isdisjoint(text):
            return False
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True

    def _widths(self, text: str) -> list[int]:
        if not self.chinese or text.isascii():
            return [1] * len(text)
        return [2 if self._bytes(char) > 1 else 1 for char in text]

    def _shown(self, char: str) -> str:
        if char.isascii():
            return char
        size = self._bytes(char)
        if 0 < size <= 2:
            return char
        likeness = LIKENESSES.get(char, "")
        if likeness and all(0 < self._bytes(other) <= 2 for other in likeness):
            return likeness
        return char if size else MISSING  # four bytes of gb18030: newer printers have them

    def _bytes(self, char: str) -> int:
        return 1 if char.isascii() else len(char.encode(self.encoding, "ignore"))


def _edges(widths: list[int]) -> list[int]:
    """The column at which each character begins, and the one after the last."""
    return list(accumulate(widths, initial=0))


def _fitting(edges: list[int], begin: int, columns: int) -> int:
    """The end of what fits on a line that begins at ``begin``; at least one character."""
    return min(len(edges) - 1, max(begin + 1, bisect_right(edges, edges[begin] + columns) - 1))


def _breaking(line: str, widths: list[int], begin: int, fits: int) -> int:
    """Where to break between ``begin`` and ``fits``: indentation is no place for it."""
    first = begin + len(line[begin:fits]) - len(line[begin:fits].lstrip(" ")) + 1
    return next((end for end in range(fits, first - 1, -1) if _may_break(line, widths, end)), fits)


def _may_break(line: str, widths: list[int], end: int) -> bool:
    if line[end] in NOT_FIRST:
        return False
    return " " in line[end - 1 : end + 1] or 2 in widths[end - 1 : end + 1]
