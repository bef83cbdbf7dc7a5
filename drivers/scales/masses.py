"""Units of weight in grams, exactly: without it every driver would round in its own way.

International avoirdupois pound: 453.59237 g. What a scale shows in another unit is rounded to the gram once, halves away
from zero: 0.5 g is 1 g, -0.5 g is -1 g.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

GRAMS_PER_UNIT = {
    b"mg": Decimal("0.001"),
    b"g": Decimal(1),
    b"kg": Decimal(1000),
    b"t": Decimal(1_000_000),
    b"oz": Decimal("28.349523125"),
    b"lb": Decimal("453.59237"),
}


def whole_grams(grams: Decimal) -> int:
    """Rounded to the gram, halves away from zero."""
    return int(grams.quantize(Decimal(1), ROUND_HALF_UP))
