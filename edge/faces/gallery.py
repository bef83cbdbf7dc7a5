"""Which templates the process holds: it learns those of the journal and lets go of those that are gone, and that is waited for.

    Learn(100 templates)     Learnt(templates=100)           the next ones after the answer, so that nothing piles up
    Forget("0197…")          Forgotten("0197…")              in time, or the process is killed: then it holds none either

One task speaks (``step``), one hears (``learnt``, ``forgotten``), any number wait for ``settled``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from edge.child import ProcessFailed
from edge.faces.words import BoxLine, Forget, Learn, Sealed

LEARN_AT_ONCE = 100
"""90 kB: the socket takes as much even of a process that loads a model just then."""

FORGET_AT_ONCE = 500
LEARNS_WITHIN_S = 60.0
FORGETS_WITHIN_S = 10.0
"""A look at a picture takes a tenth of a second, a model that is loaded a few."""

ANEW_S = 30.0
"""So often the names are read even if nobody was enrolled or forgotten: templates expire."""


class Stored(Protocol):
    """The templates of the journal (edge.faces.stored). Each raises JournalUnavailable."""

    async def version(self) -> int:
        """Another number whenever a template came or went."""
        ...

    async def names(self) -> Collection[str]:
        """The names of all; whoever holds another holds what is gone."""
        ...

    async def sealed(self, names: Sequence[str]) -> Sequence[Sealed]:
        """Those of ``names`` that may be used now."""
        ...


@dataclass(slots=True, kw_only=True)
class Gallery:
    """One life of the process: it begins with nothing learnt. ``may_learn``: it has key and models.

    ``refused`` are names of templates that do not open; ``counted`` is told how many there are.
    """

    stored: Stored
    counted: Callable[[int], None]
    may_learn: bool = False
    refused: set[str] = field(default_factory=set)
    _held: set[str] = field(default_factory=set)
    _names: frozenset[str] = frozenset()
    _version: int = -1
    _read_s: float = 0.0
    _asks: int = 0
    _answered: int = 0
    _learning: tuple[str, ...] = ()
    _forgetting: set[str] = field(default_factory=set)
    _within_s: float = 0.0
    _is_over: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def step(self, line: BoxLine) -> bool:
        """Tell the process one thing that it should know; whether there is more. Raises ChannelBroken, JournalUnavailable."""
        await self._read()
        if self._learning or self._forgetting:
            return False
        if gone := sorted(self._held - self._names)[:FORGET_AT_ONCE]:
            self._forgetting, self._within_s = set(gone), time.monotonic() + FORGETS_WITHIN_S
            await line.say(Forget(templates=tuple(gone)))
            return True
        new = sorted(self._names - self._held - self.refused)[:LEARN_AT_ONCE] if self.may_learn else []
        if new:
            await self._learn(line, new)
        return bool(new)

    def learnt(self, refused: Collection[str]) -> None:
        """The process has answered a Learn."""
        self.refused.update(set(refused) & set(self._learning))
        self._held -= self.refused
        self._learning = ()
        self._tell()

    def forgotten(self, templates: Collection[str]) -> None:
        """The process has answered a Forget."""
        self._held.difference_update(templates)
        self._forgetting.difference_update(templates)
        self._tell()

    def look(self) -> None:
        """Raises ProcessFailed when the process should have answered."""
        if (self._learning or self._forgetting) and time.monotonic() > self._within_s:
            what = "let go of templates" if self._forgetting else "learnt templates"
            raise ProcessFailed(f"the process that reads faces has not {what} in time: it is killed and started again")

    def over(self) -> None:
        """The process is dead, and holds nothing."""
        self._is_over = True
        self._tell()

    @property
    def known(self) -> frozenset[str]:
        """What the process has said that it has learnt."""
        return frozenset(self._held - set(self._learning))

    @property
    def forgetting(self) -> frozenset[str]:
        """What the process was told to let go of, and has not yet."""
        return frozenset(self._forgetting)

    async def settled(self) -> None:
        """Until the process holds nothing that is not in the journal now, or is dead; ``look`` bounds the wait."""
        self._asks += 1
        asked = self._asks
        while not self._is_over and (self._answered < asked or self._held - self._names):
            await self._changed.wait()

    async def _read(self) -> None:
        """The names, when they may have changed."""
        asks, version = self._asks, await self.stored.version()
        now_s = time.monotonic()
        if version == self._version and asks == self._answered and now_s - self._read_s < ANEW_S:
            return
        self._names = frozenset(await self.stored.names())
        self._version, self._answered, self._read_s = version, asks, now_s
        self.refused &= self._names
        self.counted(len(self._names))
        self._tell()

    async def _learn(self, line: BoxLine, names: Sequence[str]) -> None:
        templates = await self.stored.sealed(names)
        found = tuple(each.template for each in templates)
        self._names -= set(names) - set(found)
        if found:
            self._held.update(found)
            self._learning, self._within_s = found, time.monotonic() + LEARNS_WITHIN_S
            await line.say(Learn(templates=tuple(templates)))

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
