"""What is wrong, in the reader's language: without it a technician who reads Chinese is told in English what to do.

Drivers, journal and sync say in English what is wrong. ``pages/problems.zh.toml`` holds what they say beside the same in Chinese:

    "no port {path}: is the cable plugged in? …" = "找不到端口 {path}：线缆插好了吗？…"

What stands not in there, such as the words of a driver that was installed as its own package, is shown as it was said.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from typing import NamedTuple

from edge.web.words import PAGES, Language

_PLACE = re.compile(r"\{(\w+)\}")


class Saying(NamedTuple):
    """What the box says in English, as a pattern of the whole text, and the same with places in another language."""

    english: re.Pattern[str]
    said: str


@lru_cache(maxsize=256)  # each look at the board asks again for each device that is down
def say_problem(problem: str, language: Language) -> str:
    """``problem`` in ``language``, or as it is."""
    if not problem or language == "en":
        return problem
    for english, said in _sayings(language):
        found = english.fullmatch(problem)
        if found:
            places = found.groupdict()
            if "problem" in places:
                places["problem"] = say_problem(places["problem"], language)
            return said.format(**places)
    return problem


@cache  # they come with the box and do not change while it runs; the first problem asks for them
def _sayings(language: Language) -> tuple[Saying, ...]:
    table = tomllib.loads((PAGES / f"problems.{language}.toml").read_text("utf-8"))
    return tuple(Saying(english=as_pattern(english), said=said) for english, said in table.items())


def as_pattern(english: str) -> re.Pattern[str]:
    """The pattern of a text with ``{places}``; a place that comes again is the same again."""
    known: set[str] = set()
    pattern = ""
    for at, part in enumerate(_PLACE.split(english)):
        if at % 2 == 0:
            pattern += re.escape(part)
        elif part in known:
            pattern += f"(?P={part})"
        else:
            known.add(part)
            pattern += f"(?P<{part}>.*?)"
    return re.compile(pattern, re.DOTALL)
