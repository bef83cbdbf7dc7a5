"""From the samples of a load cell to settled changes: spikes, drift, creep and swinging goods are nobody's hand.

    … 6600 6601 11600 6599     one wild sample: median of five
    … 6600 6480 6310 6270      more than half a piece away: moving
    … 6271 6270 6269 for 0.8 s calm again: a pick of 330 g

Rules and their reasons: bogde/HX711 issues 51 and 62 (spikes, warm-up), olkal/HX711_ADC issues 34, 64, 95 (drift and creep).
Pure: time comes with the samples.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Literal

SPIKE_SAMPLES = 5
MOVING_SHARE = 0.5
"""Of the lightest piece: so far from the base, goods are moving."""

DRIFT_SHARE = 0.35
"""Of the lightest piece: a settled change below it is drift. Between the two shares lies what a hand did, but no whole piece."""

CALM_SHARE = 0.2
"""Of the lightest piece: the range of a calm window."""

FOLLOW = 0.02
"""Share of the distance by which the base follows a calm weight at each sample."""

MOVING_SIGMAS, CALM_SIGMAS = 3.0, 6.0
SIGMA_SHARE = 0.05
LONGEST_GAP_MS = 2_000
"""After a longer silence nothing is known of what happened in it: the window begins anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A settled change in grams. ``returned_after_ms``: a put of just what was picked so long before; it was only looked at."""

    kind: Literal["pick", "put", "adjust"]
    delta_g: int
    before_g: int
    after_g: int
    returned_after_ms: int | None = None


@dataclass(slots=True, kw_only=True)
class Detector:
    """One slot with pieces of ``unit_g`` or more. ``level_g`` is the account: the sum of every change that was given out."""

    unit_g: int
    settle_ms: int = 800
    look_ms: int = 10_000
    level_g: int = 0
    _base: float | None = None
    _moving: bool = True
    _sigma_g: float = 0.0
    _picked: tuple[int, int] | None = None
    _spikes: deque[float] = field(default_factory=lambda: deque(maxlen=SPIKE_SAMPLES))
    _window: deque[tuple[int, float]] = field(default_factory=deque)

    def restart(self) -> None:
        """The cell was switched off and on: what it shows next is an adjustment, whatever it is."""
        self._base, self._moving, self._picked = None, True, None
        self._spikes.clear()
        self._window.clear()

    def feed(self, grams: float, t_ms: int) -> Change | None:
        """One sample, at ``t_ms`` of the cell's own clock; the change that it settles, if it does."""
        if self._window and not 0 <= t_ms - self._window[-1][0] <= LONGEST_GAP_MS:
            self._spikes.clear()
            self._window.clear()
            self._moving = True
        self._spikes.append(grams)
        smooth = median(self._spikes)
        at_rest = self._base is not None and not self._moving
        if self._base is not None and at_rest:
            self._rest(smooth, self._base)
        self._remember(smooth, t_ms)
        return None if at_rest else self._settle(t_ms)

    def _rest(self, smooth: float, base: float) -> None:
        off = smooth - base
        if abs(off) > max(MOVING_SIGMAS * self._sigma_g, MOVING_SHARE * self.unit_g):
            self._moving = True
            self._window.clear()
        else:
            self._base = base + FOLLOW * off
            self._sigma_g += SIGMA_SHARE * (1.25 * abs(off) - self._sigma_g)  # 1.25 × mean deviation is sigma

    def _remember(self, smooth: float, t_ms: int) -> None:
        self._window.append((t_ms, smooth))
        while len(self._window) > 2 and t_ms - self._window[1][0] >= self.settle_ms:
            self._window.popleft()

    def _settle(self, t_ms: int) -> Change | None:
        values = [value for _, value in self._window]
        calm_g = max(CALM_SIGMAS * self._sigma_g, CALM_SHARE * self.unit_g)
        if t_ms - self._window[0][0] < self.settle_ms or max(values) - min(values) >= calm_g:
            return None
        before, self._base, self._moving = self._base, fmean(values), False
        if before is None:
            return self._change("adjust", round(self._base) - self.level_g, t_ms)
        delta = self._base - before
        if abs(delta) < DRIFT_SHARE * self.unit_g:
            return None
        return self._change("pick" if delta < 0 else "put", round(delta), t_ms)

    def _change(self, kind: Literal["pick", "put", "adjust"], delta_g: int, t_ms: int) -> Change | None:
        if kind == "adjust" and delta_g == 0:
            return None
        before_g, self.level_g = self.level_g, self.level_g + delta_g
        returned = self._returned(kind, delta_g, t_ms)
        return Change(kind=kind, delta_g=delta_g, before_g=before_g, after_g=self.level_g, returned_after_ms=returned)

    def _returned(self, kind: Literal["pick", "put", "adjust"], delta_g: int, t_ms: int) -> int | None:
        picked, self._picked = self._picked, (delta_g, t_ms) if kind == "pick" else None
        if kind != "put" or picked is None or t_ms - picked[1] > self.look_ms:
            return None
        same = abs(picked[0] + delta_g) < DRIFT_SHARE * self.unit_g
        return t_ms - picked[1] if same else None
