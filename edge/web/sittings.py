"""Who sits before which mirror and what they wear, in memory only: what staff see, and what goes home on a telephone.

Nothing of it is written anywhere. What was tried long enough is an event of the mirror's driver.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.bell import Bell
from edge.mirror.words import Look

KEPT_S = 600.0
"""A look can be taken home for ten minutes; its picture, if one was asked for, is gone with it."""

MOST_KEPT = 64
TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One visit at a mirror. ``worn``: SKU and intensity in percent of everything on the face, look by look."""

    session: str
    worn: tuple[tuple[tuple[str, int], ...], ...]
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenHome:
    """What a telephone may fetch until then, by the clock of ``Sittings``. ``picture`` (JPEG) only if the shopper wanted it."""

    skus: tuple[str, ...]
    picture: bytes | None = field(repr=False)
    until_s: float


@dataclass(slots=True, kw_only=True)
class Sittings:
    """``clock`` counts seconds and never jumps."""

    clock: Callable[[], float] = time.monotonic
    open: set[str] = field(default_factory=set)
    """The mirrors whose page is open on a screen."""

    bell: Bell = field(default_factory=Bell)
    """For those who follow: somebody else sits there, or wears something else."""

    _now: dict[str, Sitting] = field(default_factory=dict)
    _openings: Counter[str] = field(default_factory=Counter)
    _taken: dict[str, TakenHome] = field(default_factory=dict)

    def opened(self, mirror: str) -> int:
        """The page of that mirror is open on a screen; for the how many-th time."""
        self.open.add(mirror)
        self._openings[mirror] += 1
        self.bell.ring()
        return self._openings[mirror]

    def shut(self, mirror: str) -> None:
        """It is open no more; who sat there may come back."""
        self.open.discard(mirror)
        self.bell.ring()

    def sit(self, mirror: str, sitting: Sitting | None) -> None:
        """What is worn there now; None: the visit is over."""
        if sitting == self._now.get(mirror):
            return
        if sitting is None:
            del self._now[mirror]
        else:
            self._now[mirror] = sitting
        self.bell.ring()

    def is_left(self, mirror: str, opening: int) -> bool:
        """Whether the page was not opened again after that time, and is shut."""
        return mirror not in self.open and self._openings[mirror] == opening

    def worn(self) -> list[tuple[str, str]]:
        """Every mirror with every SKU that is worn there now, each once."""
        found = [(mirror, sku) for mirror, sitting in self._now.items() for look in sitting.worn for sku, _ in look]
        return list(dict.fromkeys(found))

    def at(self, mirror: str) -> Sitting | None:
        """Who sits there, as the page said last."""
        return self._now.get(mirror)

    def take_home(self, skus: tuple[str, ...], picture: bytes | None) -> str:
        """A token under which they can be fetched for KEPT_S; nobody can guess it."""
        self.forget()
        while len(self._taken) >= MOST_KEPT:
            del self._taken[next(iter(self._taken))]
        token = secrets.token_hex(TOKEN_BYTES)
        self._taken[token] = TakenHome(skus=skus, picture=picture, until_s=self.clock() + KEPT_S)
        return token

    def taken(self, token: str) -> TakenHome | None:
        """What lies under the token; None when its time is over or it never was one."""
        self.forget()
        return self._taken.get(token)

    def forget(self) -> None:
        """Let go of what is too old; the picture's memory with it."""
        now_s = self.clock()
        self._taken = {token: each for token, each in self._taken.items() if each.until_s > now_s}
