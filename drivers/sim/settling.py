"""What a load cell under a shelf really says: spikes, drift, hands that hesitate; an event only when the weight has settled.

The rules: median of five against spikes; moving once the weight leaves its base by half a piece (or three sigma); settled
when the range of a whole window is small; less than 0.35 of a piece is drift; a step found at boot is nobody's hand.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import fmean, median


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A settled change of weight in grams; ``kind`` is pick, put or adjust."""

    kind: str
    before_g: int
    after_g: int


@dataclass(slots=True, kw_only=True)
class Settling:
    """One slot. ``unit_g`` is the lightest piece on it, ``remembered_g`` the level before the power was cut."""

    unit_g: int
    settle_ms: int = 800
    sigma_g: float = 1.0
    remembered_g: int = 0
    _five: deque[float] = field(default_factory=lambda: deque(maxlen=5))
    _window: deque[tuple[int, float]] = field(default_factory=deque)
    _base: float | None = None
    _moving: bool = True

    @property
    def level_g(self) -> int:
        """The weight that was last believed."""
        return self.remembered_g if self._base is None else round(self._base)

    def settled_at(self, grams: float) -> bool:
        """Whether it believes, and has told, that about ``grams`` lie there."""
        return self._base is not None and not self._moving and abs(grams - self._base) < 0.35 * self.unit_g

    def feed(self, grams: float, t_ms: int) -> Change | None:
        """One sample; returns the change that it settles, if it does."""
        self._five.append(grams)
        smooth = median(self._five)
        self._window.append((t_ms, smooth))
        while len(self._window) > 2 and t_ms - self._window[1][0] >= self.settle_ms:
            self._window.popleft()
        leaves = max(3 * self.sigma_g, 0.5 * self.unit_g)
        if self._base is not None and not self._moving:
            if abs(smooth - self._base) <= leaves:
                self._base += 0.02 * (smooth - self._base)  # drift, followed slowly
                return None
            self._moving = True
            self._window.clear()
            self._window.append((t_ms, smooth))
            return None
        return self._settle(t_ms)

    def _settle(self, t_ms: int) -> Change | None:
        values = [value for _, value in self._window]
        calm = max(6 * self.sigma_g, 0.2 * self.unit_g)
        if t_ms - self._window[0][0] < self.settle_ms or max(values) - min(values) >= calm:
            return None
        booting, before_g, new = self._base is None, self.level_g, fmean(values)
        self._moving = False
        delta = new - before_g
        if abs(delta) < 0.35 * self.unit_g:
            self._base = new if booting else self._base
            return None
        self._base = new
        kind = "adjust" if booting else "pick" if delta < 0 else "put"
        return Change(kind=kind, before_g=before_g, after_g=round(new))
