"""On which line each key of a TOML text stands: without it a mistake has no line, for ``tomllib`` keeps no places.

The text has been accepted by ``tomllib`` before; so this only has to tell keys, strings, comments and brackets apart.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left

Key = tuple[str | int, ...]
"""A key from the top of the file; a number counts the tables of an array or the items of a list from 0."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART = re.compile(r"""[ \t]*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
# TOML 1.0: up to two more quotes may stand right before the three that close a multi-line string.
_STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:[^"\\]|\\.)*"|'[^']*\'''',
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]+")


def key_lines(text: str) -> dict[Key, int]:
    """Every key and table of a valid TOML ``text`` with its line, counted from 1."""
    return _Scan(text).lines


class _Scan:
    def __init__(self, text: str) -> None:
        self.lines: dict[Key, int] = {}
        self._text = text
        self._at = 0
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._array_tables: dict[Key, int] = {}
        self._document()

    def _document(self) -> None:
        table: Key = ()
        self._take(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._take(_BLANK)

    def _header(self) -> Key:
        is_array = self._text.startswith("[[", self._at)
        start = self._at
        self._at += 2 if is_array else 1
        *parents, name = self._dotted()
        self._at += 2 if is_array else 1
        path: Key = ()
        for part in parents:
            path = self._inside((*path, part), start)
        path = (*path, name)
        if is_array:
            self._note(path, start, again=False)
            self._array_tables[path] = self._array_tables.get(path, -1) + 1
            path = (*path, self._array_tables[path])
        self._note(path, start)
        return path

    def _inside(self, path: Key, start: int) -> Key:
        """A header under an array of tables means the array's last table."""
        self._note(path, start, again=False)
        return (*path, self._array_tables[path]) if path in self._array_tables else path

    def _pair(self, table: Key) -> None:
        start = self._at
        *parents, name = self._dotted()
        for part in parents:
            table = (*table, part)
            self._note(table, start, again=False)
        self._note((*table, name), start)
        self._at += 1  # the "="
        self._take(_BLANK)
        self._value((*table, name))

    def _dotted(self) -> list[str]:
        parts = [self._key_part()]
        while self._text[self._at] == ".":
            self._at += 1
            parts.append(self._key_part())
        return parts

    def _key_part(self) -> str:
        word = self._take(_KEY_PART)[1]
        return str(tomllib.loads(f"key = {word}")["key"]) if word[0] in "\"'" else word

    def _value(self, path: Key) -> None:
        match self._text[self._at]:
            case "[":
                self._items(path)
            case "{":
                self._inline_table(path)
            case '"' | "'":
                self._take(_STRING)
            case _:
                self._take(_SCALAR)

    def _items(self, path: Key) -> None:
        self._at += 1
        index = 0
        while self._more("]"):
            self._note((*path, index), self._at)
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Key) -> None:
        self._at += 1
        while self._more("}"):
            self._pair(path)

    def _more(self, closing: str) -> bool:
        """Whether another item follows; steps over the comma, or over ``closing``."""
        self._take(_BLANK)
        if self._text[self._at] == ",":
            self._at += 1
            self._take(_BLANK)
        if self._text[self._at] != closing:
            return True
        self._at += 1
        return False

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise AssertionError(f"not the TOML that tomllib accepted, at character {self._at}")
        self._at = match.end()
        return match

    def _note(self, path: Key, start: int, *, again: bool = True) -> None:
        """A table that is only passed through keeps its first place; its own header is the better one."""
        if again or path not in self.lines:
            self.lines[path] = bisect_left(self._newlines, start) + 1
