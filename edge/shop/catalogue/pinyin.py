"""The initials of Chinese names, by which people search: 可口可乐 is ``kkkl``, and also ``kkky`` because 乐 is read ``yue`` too.

The readings are pypinyin's table. The package itself is not imported: its phrases alone would take 55 MB of a running box. The
table is read when a catalogue is parsed and forgotten with it. It stays the text that it is, a character a line in the order of
their numbers (``"20048": "lè,yuè,…",``): to decode it all takes 20 ms and 8 MB, and the names of a shop need little of it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path

MOST_READINGS = 2
"""Of one character, the commonest first; a third reading is hardly ever that of a name of goods."""

MOST_TOGETHER = 4
"""Ways to read a whole name; beyond, only one character at a time is read in its second way."""


LINE = re.compile(rb'"(\d+)": "([^"]*)"')


class NoReadings(Exception):
    """The table of readings is not installed."""


class Readings:
    """What each character may begin with."""

    def __init__(self) -> None:
        """Raises NoReadings."""
        spec = find_spec("pypinyin")
        if spec is None or spec.origin is None:
            raise NoReadings("pypinyin is not installed: no initials; install storebox with its dependencies")
        self._table = Path(spec.origin).with_name("pinyin_dict.json").read_bytes()
        self._of = lru_cache(maxsize=8192)(self._begins)

    def initials(self, name: str) -> tuple[str, ...]:
        """Every way to write ``name`` by initials; letters and digits stand for themselves. Empty without Chinese letters."""
        letters = name.lower()
        begins = [self._of(letter) for letter in letters]
        if all(each == (letter,) for letter, each in zip(letters, begins, strict=True)):
            return ()
        usual = "".join(each[0] for each in begins)
        several = [place for place, each in enumerate(begins) if len(each) > 1]
        if 1 << len(several) <= MOST_TOGETHER:
            return tuple(map("".join, product(*begins)))
        return (usual, *(usual[:place] + begins[place][1] + usual[place + 1 :] for place in several))

    def _begins(self, letter: str) -> tuple[str, ...]:
        said = self._said(ord(letter))
        if said is None:
            return (letter,)
        first = (unicodedata.normalize("NFD", reading)[0] for reading in said.split(","))
        return tuple(dict.fromkeys(first))[:MOST_READINGS]

    def _said(self, number: int) -> str | None:
        """The readings of a character, found by halving."""
        low, high = 0, len(self._table)
        while low < high and (line := self._line(low, high)) is not None:
            found = int(line[1])
            if found == number:
                return line[2].decode()
            low, high = (line.end(), high) if found < number else (low, line.start())
        return None

    def _line(self, low: int, high: int) -> re.Match[bytes] | None:
        """The line in the middle between two places, or the next below it."""
        begins = self._table.rfind(b"\n", low, (low + high) // 2)
        return LINE.search(self._table, max(begins, low), high)
