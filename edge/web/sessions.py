"""Who is logged in: without it the password would travel with every request.

A session is a random 256-bit value in a cookie; the box keeps only its SHA-256, in memory. A restart logs everyone out.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

LIFETIME_S = 12 * 3600
MOST_SESSIONS = 64


def digest(secret: str) -> bytes:
    """What is kept of a random secret: guessing it back is not possible at 256 bits, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).digest()


@dataclass(slots=True, kw_only=True)
class Sessions:
    """The open sessions; ``clock`` counts seconds and never jumps."""

    clock: Callable[[], float] = time.monotonic
    _ends: dict[bytes, float] = field(default_factory=dict)

    def open(self, *, instead_of: str = "") -> str:
        """A new session's secret. ``instead_of`` is what the browser brought: it ends now, whoever planted it."""
        self.close(instead_of)
        self._sweep()
        while len(self._ends) >= MOST_SESSIONS:
            del self._ends[next(iter(self._ends))]
        secret = secrets.token_urlsafe(32)
        self._ends[digest(secret)] = self.clock() + LIFETIME_S
        return secret

    def is_open(self, secret: str) -> bool:
        """Whether ``secret`` was given out here and has neither ended nor expired."""
        return self._ends.get(digest(secret), 0.0) > self.clock()

    def close(self, secret: str) -> None:
        """End one session; fine when there is none."""
        self._ends.pop(digest(secret), None)

    def close_all(self) -> None:
        """End every session: the password has changed."""
        self._ends.clear()

    def _sweep(self) -> None:
        now = self.clock()
        for key in [key for key, end in self._ends.items() if end <= now]:
            del self._ends[key]
