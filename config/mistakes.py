"""One mistake in the settings, said so that a technician can mend it: without this each reader would word its own."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from config.lines import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """``key`` is dotted, empty for the file itself; ``line`` counts from 1; ``hint`` says what to do."""

    key: str
    line: int | None
    problem: str
    hint: str = ""

    def told(self, path: Path) -> str:
        """One line: ``storebox.toml:17: device.scale-1.prot: unknown setting; did you mean "port"?``"""
        place = f"{path}:{self.line}" if self.line else f"{path}"
        return ": ".join(part for part in (place, self.key, self.problem) if part) + (f"; {self.hint}" if self.hint else "")


class SettingsError(Exception):
    """The settings cannot be used; ``mistakes`` are all that were found, in the order of the file."""

    def __init__(self, path: Path, mistakes: Iterable[Mistake]) -> None:
        self.path = path
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake.line or 0))
        super().__init__("\n".join(mistake.told(path) for mistake in self.mistakes))


def dotted(key: Key) -> str:
    """A key as it could be written in the file: ``device.scale-1.port``, ``goods[2].name``."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (
                part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else json.dumps(part, ensure_ascii=False)
            )
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``did you mean "port"?``, or nothing when no known word is near."""
    by_small_letters = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_small_letters, n=1, cutoff=0.6)
    return f'did you mean "{by_small_letters[near[0]]}"?' if near else ""


def choices(known: Iterable[str]) -> str:
    """``"a", "b" or "c"``."""
    *others, last = (json.dumps(name, ensure_ascii=False) for name in known)
    return f"{', '.join(others)} or {last}" if others else last
