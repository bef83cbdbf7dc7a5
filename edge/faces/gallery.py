"""Which templates the process holds: it learns those of the journal and lets go of those that are gone, and that is waited for.

    Learn(100 templates)     Learnt(templates=100)           the next ones after the answer, so that nothing piles up
    Forget("0197…")          Forgotten("0197…")              in time, or the process is killed: then it holds none either

One task speaks (``step``), one hears (``learnt``, ``forgotten``), any number wait for ``settled``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from edge.bell import Bell
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
    """One life of the process: it begins with nothing learnt. ``refused`` are names of templates that do not open;
    ``counted`` is told how many there are. ``is_learnt``: it knows all that were kept when it began; before, a member might be
    taken for a stranger."""

    stored: Stored
    counted: Callable[[int], None]
    refused: set[str] = field(default_factory=set)
    is_learnt: bool = False
    _may_learn: bool = False
    _held: set[str] = field(default_factory=set)
    _names: frozenset[str] = frozenset()
    _version: int = -1
    _read_s: float = 0.0
    _asks: int = 0
    _answered: int = 0
    _learning: tuple[str, ...] = ()
    _forgetting: set[str] = field(default_factory=set)
    _learn_by_s: float = math.inf
    _forget_by_s: float = math.inf
    _is_even: bool = False
    _is_over: bool = False
    _bell: Bell = field(default_factory=Bell)

    async def step(self, line: BoxLine) -> bool:
        """Tell the process one thing that it should know; whether there is more. Raises ChannelBroken, JournalUnavailable."""
        await self._read()
        if self._is_even:
            return False
        # Also while it learns: who wants to be forgotten waits for nobody.
        gone = () if self._forgetting else tuple(islice(self._held - self._names, FORGET_AT_ONCE))
        if gone:
            self._forgetting, self._forget_by_s = set(gone), time.monotonic() + FORGETS_WITHIN_S
            await line.say(Forget(templates=gone))
            return True
        if self._learning or not self._may_learn:
            return False
        new = tuple(islice(self._names - self._held - self.refused, LEARN_AT_ONCE))
        self._is_even = not new and not self._forgetting
        self.is_learnt |= not new
        if new:
            await self._learn(line, new)
        return bool(new)

    def allow(self, *, may_learn: bool) -> None:
        """Whether the process has key and models."""
        if may_learn != self._may_learn:
            self._may_learn, self._is_even = may_learn, False

    def learnt(self, refused: Collection[str]) -> None:
        """The process has answered a Learn."""
        self.refused.update(set(refused) & set(self._learning))
        self._held -= self.refused
        self._learning, self._learn_by_s = (), math.inf
        self._tell()

    def forgotten(self, templates: Collection[str]) -> None:
        """The process has answered a Forget."""
        self._held.difference_update(templates)
        self._forgetting.difference_update(templates)
        if not self._forgetting:
            self._forget_by_s = math.inf
        self._tell()

    def look(self) -> None:
        """Raises ProcessFailed when the process should have answered."""
        now_s = time.monotonic()
        if now_s > min(self._forget_by_s, self._learn_by_s):
            what = "let go of templates" if now_s > self._forget_by_s else "learnt templates"
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
            await self._bell.after(self._bell.rings)

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
            self._learning, self._learn_by_s = found, time.monotonic() + LEARNS_WITHIN_S
            await line.say(Learn(templates=tuple(templates)))

    def _tell(self) -> None:
        self._is_even = False
        self._bell.ring()
