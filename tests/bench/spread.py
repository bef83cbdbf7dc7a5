"""How every measurement prints its rounds, so that figures of different programs read alike."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def spread(values: Sequence[float]) -> str:
    """``min / median / max`` with two decimals."""
    return " / ".join(f"{value:.2f}" for value in (min(values), statistics.median(values), max(values)))
