"""How many guesses a source has: without it a password or a pairing code could be tried ten thousand times an hour.

Each source has its own allowance, so that one guesser does not lock anyone else out. An IPv6 source is a /64: a single
machine owns all of it. When there are too many sources to remember, the new ones share one allowance.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network

WINDOW_S = 3600.0
MOST_SOURCES = 4096
EVERYONE_ELSE = "everyone else"


def source_of(remote: str) -> str:
    """The source that an address belongs to."""
    try:
        address = ip_address(remote.partition("%")[0])
    except ValueError:
        return remote
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((address, 64), strict=False))
    return str(address)


@dataclass(slots=True, kw_only=True)
class Guesses:
    """``per_hour`` guesses for each source in any 3600 s; ``clock`` counts seconds and never jumps."""

    per_hour: int = 20
    clock: Callable[[], float] = time.monotonic
    _made: dict[str, deque[float]] = field(default_factory=dict)

    def wait_s(self, remote: str) -> float:
        """Seconds until ``remote`` may guess again; at 0 a guess has been taken from its allowance."""
        now = self.clock()
        made = self._of(source_of(remote), now)
        while made and made[0] <= now - WINDOW_S:
            made.popleft()
        if len(made) >= self.per_hour:
            return made[0] + WINDOW_S - now
        made.append(now)
        return 0.0

    def right(self, remote: str) -> None:
        """The last guess of ``remote`` was right: it does not count."""
        made = self._made.get(source_of(remote))
        if made:
            made.pop()

    def _of(self, source: str, now: float) -> deque[float]:
        if source not in self._made and len(self._made) >= MOST_SOURCES:
            self._forget(now)
            if len(self._made) >= MOST_SOURCES:
                source = EVERYONE_ELSE
        return self._made.setdefault(source, deque(maxlen=self.per_hour))

    def _forget(self, now: float) -> None:
        old = [source for source, made in self._made.items() if not made or made[-1] <= now - WINDOW_S]
        for source in old:
            del self._made[source]
