"""How many events go into one request. Without it a line too slow for a full batch would miss every deadline for ever."""

from __future__ import annotations

STEADY_ANSWERS = 16  # in a row, before more is dared: each attempt that misses costs a whole deadline


class Pace:
    """``events`` is halved by a missed deadline and doubled, up to ``most``, by steady answers."""

    def __init__(self, most: int) -> None:
        self.events = most
        self._most = most
        self._answers = 0

    def late(self) -> None:
        """A request missed its deadline."""
        self.events = max(1, self.events // 2)
        self._answers = 0

    def answered(self) -> None:
        """A request was answered in time, whatever the answer."""
        self._answers += 1
        if self._answers >= STEADY_ANSWERS:
            self.events = min(self._most, self.events * 2)
            self._answers = 0
