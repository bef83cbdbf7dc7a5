"""How often a part of the box may fail by a bug before it is given up, so that one fault does not spin for ever.

Pure: the monotonic time comes in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

FAILURES = 5
WINDOW_S = 600.0
REST_S = 3600.0
"""A part that was given up is tried again after an hour, since nobody may be there to ask."""


@dataclass(slots=True)
class Budget:
    """Five failures in ten minutes are allowed; the fifth spends the budget."""

    failures: int = FAILURES
    window_s: float = WINDOW_S
    _failed_at: deque[float] = field(default_factory=deque)

    def spend(self, now_s: float) -> bool:
        """Count a failure at monotonic ``now_s``; True when there is nothing left."""
        self._failed_at.append(now_s)
        while self._failed_at[0] <= now_s - self.window_s:
            self._failed_at.popleft()
        return len(self._failed_at) >= self.failures

    def refill(self) -> None:
        """Forget the failures: a person looked, or the rest is over."""
        self._failed_at.clear()
