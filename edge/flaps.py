"""How often the log is told that a device is down or back: one that comes and goes all day must not fill the disk with it.

Pure: the monotonic time comes in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

LINES = 4
WINDOW_S = 600.0


@dataclass(slots=True)
class Flaps:
    """Each change is told at once, but no more than four in ten minutes; the next one then says how many there were."""

    _up: bool = True
    _untold: int = 0
    _told_at: deque[float] = field(default_factory=lambda: deque(maxlen=LINES))

    def sign(self, now_s: float, *, up: bool) -> int:
        """How many changes are to be told now, at monotonic ``now_s``; 0 for nothing new, and for not yet."""
        self._untold += up != self._up
        self._up = up
        if not self._untold or (len(self._told_at) == LINES and now_s < self._told_at[0] + WINDOW_S):
            return 0
        self._told_at.append(now_s)
        changes, self._untold = self._untold, 0
        return changes
