"""What every simulated scale has: a pan that moves for a while when goods are put on it, a zero and a tare."""

from __future__ import annotations

import time


class Pan:
    """Grams on a load plate. ``put`` moves it for ``settle_ms``; ``held_moving`` keeps it moving (a fan, a leaning elbow).

    ``moves`` counts how often something was put on it or taken off.
    """

    def __init__(self, *, settle_ms: int, capacity_g: int) -> None:
        self.settle_ms = settle_ms
        self.capacity_g = capacity_g
        self.held_moving = False
        self.tare_g = 0
        self.moves = 0
        self._zero_g = 0
        self._from_g = 0
        self._load_g = 0
        self._put_at = float("-inf")

    def put(self, grams: int) -> None:
        """From now on ``grams`` lie on the pan; below zero: somebody lifts it."""
        self.moves += 1
        self._from_g = self._now_g()
        self._load_g = grams
        self._put_at = time.monotonic()

    @property
    def moving(self) -> bool:
        return self.held_moving or self._progress() < 1.0

    @property
    def gross_g(self) -> int:
        return self._now_g() - self._zero_g

    @property
    def net_g(self) -> int:
        return self.gross_g - self.tare_g

    @property
    def over(self) -> bool:
        return self.gross_g > self.capacity_g

    @property
    def zeroable(self) -> bool:
        """Within 2 % of capacity of the true zero, as legal scales demand."""
        return abs(self._now_g()) * 50 <= self.capacity_g

    def set_zero(self) -> None:
        self._zero_g = self._now_g()
        self.tare_g = 0

    def set_tare(self) -> None:
        self.tare_g = self.gross_g

    def settles_in_ms(self) -> int:
        """How long until the last ``put`` has come to rest."""
        return max(0, round(self.settle_ms * (1.0 - self._progress())))

    def _progress(self) -> float:
        if self.settle_ms == 0:
            return 1.0
        return min(1.0, (time.monotonic() - self._put_at) * 1000 / self.settle_ms)

    def _now_g(self) -> int:
        return round(self._from_g + (self._load_g - self._from_g) * self._progress())
