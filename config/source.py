"""Reads the settings file: every way in which a file can fail to be TOML text ends here as a plain mistake."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.lines import Key, key_lines
from config.mistakes import Mistake, SettingsError, dotted
from config.syntax import syntax_mistake

MOST_BYTES = 1 << 20
"""A file of settings for a hundred devices has 30 kB; what is larger than 1 MiB is another file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A settings file as it was read: its tables, and the line of every key."""

    path: Path
    tables: dict[str, Any]
    lines: dict[Key, int]

    def mistake(self, key: Key, problem: str, hint: str = "") -> Mistake:
        """A mistake at ``key``; a key that is missing stands where its table begins."""
        at = key
        while at and at not in self.lines:
            at = at[:-1]
        return Mistake(key=dotted(key), line=self.lines.get(at), problem=problem, hint=hint)


def read(path: Path) -> Source:
    """Read and parse ``path``. Raises SettingsError with the one thing that keeps it from being read."""
    text = _text(path)
    try:
        tables, lines = tomllib.loads(text), key_lines(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(path, [syntax_mistake(str(error), text)]) from error
    except RecursionError as error:
        raise _unreadable(
            path, "lists or tables inside each other too deeply", "no setting needs more than three levels"
        ) from error
    return Source(path=path, tables=tables, lines=lines)


def _text(path: Path) -> str:
    raw = _bytes(path)
    try:
        return raw.decode("utf-8-sig")  # editors on Windows put a byte order mark in front
    except UnicodeDecodeError as error:
        mistake = Mistake(
            key="",
            line=raw.count(b"\n", 0, error.start) + 1,
            problem=f"not UTF-8 text: byte 0x{raw[error.start]:02x}",
            hint="save the file as UTF-8",
        )
        raise SettingsError(path, [mistake]) from error


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise _unreadable(path, "no such file", "give the path of the settings file with --settings") from error
    except IsADirectoryError as error:
        raise _unreadable(path, "is a directory, not a file", f"did you mean {path / 'storebox.toml'}?") from error
    except PermissionError as error:
        raise _unreadable(
            path, "may not be read by this user", "run as root or as the user storebox, or chmod the file"
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise _unreadable(path, f"cannot be read: {error}", "check the path and the disk") from error
    if len(raw) > MOST_BYTES:
        raise _unreadable(path, "larger than 1 MiB, so not a settings file", "check the path")
    return raw


def _unreadable(path: Path, problem: str, hint: str) -> SettingsError:
    return SettingsError(path, [Mistake(key="", line=None, problem=problem, hint=hint)])
