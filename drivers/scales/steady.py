"""Whether a pan rests, for scales that do not say it: it rests when the same weight was shown for a while.

Without it the weight of goods that are just being laid down would be sold.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from drivers.readings import Weight

SteadyMs = Annotated[int, Field(ge=100, le=10_000)]
"""The AP-1 sheet calls a pan stable after 500 ms."""


class Steadiness:
    """Looks at every weight, in their order."""

    def __init__(self, steady_ms: int) -> None:
        self._steady_ms = steady_ms
        self._grams: int | None = None
        self._since_ms = 0

    def judge(self, weight: Weight) -> Weight:
        """The same weight, ``stable`` or ``moving``; ``over`` and ``under`` stay what they are."""
        if weight.grams != self._grams:
            self._grams, self._since_ms = weight.grams, weight.monotonic_ms
        if weight.grams is None:
            return weight
        rests = weight.monotonic_ms - self._since_ms >= self._steady_ms
        return replace(weight, state="stable" if rests else "moving")
