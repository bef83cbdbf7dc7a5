"""Every mistake of a document, not only the first: what is wrong is taken out and the rest is checked again by the same parser.

A mistake that is only there because something else was taken out is not told: when it names that, the search ends. A parser that
finds all mistakes at once is believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sync.adopters import DocumentRefused

MOST = 20
PLACE = re.compile(r"`\$([^`]*)`")
STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
NAMES = ("name", "id", "sku", "code", "coupon", "ref", "device", "zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """``mistakes`` name their places as they are in the file; ``more``: there may be others behind them."""

    mistakes: tuple[str, ...]
    more: bool


def find_mistakes(parse: Callable[[bytes], object], body: bytes) -> Found:
    """What ``parse`` refuses in ``body`` (JSON), one thing after the other."""
    found: list[str] = []
    thinned: _Thinned | None = None
    while len(found) < MOST:
        try:
            parse(body)
        except DocumentRefused as refusal:
            problem, at_once = str(refusal), refusal.mistakes
        else:
            return Found(mistakes=tuple(found), more=False)
        if len(at_once) > 1 and not found:
            return Found(mistakes=at_once, more=False)
        thinned = thinned or _Thinned.of(body)
        if thinned is None or thinned.follows_from_removal(problem):
            break
        found.append(thinned.as_in_file(problem))
        if not thinned.take_out(problem):
            break
        body = msgspec.json.encode(thinned.tree)
    return Found(mistakes=tuple(found) or (problem,), more=True)


@dataclass(slots=True, kw_only=True)
class _Thinned:
    """The document without what was found wrong; ``_places`` keeps where the elements of each list that lost some had been."""

    tree: Any
    _places: dict[int, list[int]] = field(default_factory=dict)
    _removed: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, body: bytes) -> _Thinned | None:
        """None for what is no JSON at all."""
        try:
            return cls(tree=msgspec.json.decode(body))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None

    def follows_from_removal(self, problem: str) -> bool:
        """Whether ``problem`` speaks of something that was taken out."""
        said = PLACE.sub(" ", problem)
        return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", said) for name in self._removed)

    def as_in_file(self, problem: str) -> str:
        """``problem`` with the places that its elements have in the file."""
        return PLACE.sub(lambda place: f"`${self._original(place[1])}`", problem)

    def take_out(self, problem: str) -> bool:
        """Remove the innermost element of a list that the first place of ``problem`` is in; false where there is none."""
        place = PLACE.search(problem)
        lists = [] if place is None else [(node, index) for node, index, _ in self._walk(place[1]) if isinstance(node, list)]
        if not lists:
            return False
        node, index = lists[-1]
        if index >= len(node):
            return False
        self._places.setdefault(id(node), list(range(len(node)))).pop(index)
        removed = node.pop(index)
        if isinstance(removed, dict):
            self._removed |= {removed[name] for name in NAMES if isinstance(removed.get(name), str) and removed[name]}
        return True

    def _original(self, path: str) -> str:
        steps = []
        for node, index, text in self._walk(path):
            places = self._places.get(id(node))
            shown = places[index] if places is not None and index < len(places) else index
            steps.append(f"[{shown}]" if isinstance(node, list) else text)
        return "".join(steps)

    def _walk(self, path: str) -> list[tuple[Any, int, str]]:
        """The nodes that the steps of ``path`` start from, with the index or the text of each step."""
        node, walked = self.tree, []
        for step in STEP.finditer(path):
            name, index = step[1], int(step[2] or 0)
            walked.append((node, index, step[0]))
            if name is not None:
                node = node.get(name) if isinstance(node, dict) else None
            else:
                node = node[index] if isinstance(node, list) and index < len(node) else None
        return walked
