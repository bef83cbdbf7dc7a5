"""How sure one can be of a proportion that was counted, and of the difference of two: a small sample must not look like a result.

Wilson's score interval (Wilson 1927), and Newcombe's hybrid of two of them for the difference (Newcombe 1998, method 10).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054
"""The standard normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """``low`` and ``high`` bound the true value of what was measured as ``middle``, with 95 % confidence."""

    middle: float
    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Whether the measurement speaks against ``value``."""
        return not self.low <= value <= self.high


def wilson(successes: int, trials: int) -> Interval:
    """The interval of a proportion, within 0 and 1; without trials it is everything. Raises ValueError for what cannot be."""
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no proportion: count successes among trials")
    if trials == 0:
        return Interval(middle=0.5, low=0.0, high=1.0)
    share, square = successes / trials, Z_95 * Z_95
    centre = (share + square / (2 * trials)) / (1 + square / trials)
    half = Z_95 / (1 + square / trials) * sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    return Interval(middle=share, low=max(0.0, centre - half), high=min(1.0, centre + half))


def difference(one: Interval, other: Interval) -> Interval:
    """The interval of ``one - other`` for two independent proportions."""
    middle = one.middle - other.middle
    low = middle - sqrt((one.middle - one.low) ** 2 + (other.high - other.middle) ** 2)
    high = middle + sqrt((one.high - one.middle) ** 2 + (other.middle - other.low) ** 2)
    return Interval(middle=middle, low=max(-1.0, low), high=min(1.0, high))
