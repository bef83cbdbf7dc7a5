"""Every string that the page says, in Chinese and English: without it words would hide in templates and code.

The strings are in ``pages/words.zh.toml`` and ``pages/words.en.toml``, those of one noun in ``pages/words.lane.zh.toml``,
with the same keys; a test holds them together.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The strings of one language by dotted key."""

    language: Language
    strings: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """The string of ``key`` with its ``{places}`` filled. Raises KeyError: a missing string is a bug."""
        return self.strings[key].format(**values)

    def name(self, family: str, word: str) -> str:
        """The string of ``family.word``, or ``word`` itself when a foreign driver or a newer event brought it."""
        return self.strings.get(f"{family}.{word}", word)


def load_words() -> dict[Language, Words]:
    """Both languages, from the files beside the templates."""
    return {language: Words(language=language, strings=_strings(language)) for language in LANGUAGES}


@cache  # they come with the box and do not change while it runs; the doors and the parts that speak each ask for them
def _strings(language: Language) -> Mapping[str, str]:
    strings: dict[str, str] = {}
    for path in sorted([*PAGES.glob(f"words.{language}.toml"), *PAGES.glob(f"words.*.{language}.toml")]):
        for key, text in _flat(tomllib.loads(path.read_text("utf-8")), ""):
            if key in strings:
                raise ValueError(f"{path.name} says {key} again; each key stands in one file")
            strings[key] = text
    return MappingProxyType(strings)


def _flat(table: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield above + key, value
        else:
            yield from _flat(value, f"{above}{key}.")
