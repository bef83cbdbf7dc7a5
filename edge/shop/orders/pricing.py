"""What goods cost, in integers: a price times a weight is rounded half-up to the minor unit, once, here.

Half-up, line by line, is how scales print and how tills add: a receipt adds up by hand. No amount is ever a float.
"""

from __future__ import annotations

GRAMS_PER_KG = 1_000


def amount_of_weight(price_minor: int, grams: int) -> int:
    """``price_minor`` per kg times ``grams``, in minor units, rounded half-up; neither may be negative."""
    return (2 * price_minor * grams + GRAMS_PER_KG) // (2 * GRAMS_PER_KG)


def amount_of_pieces(price_minor: int, qty: int) -> int:
    """``price_minor`` each times ``qty``, in minor units."""
    return price_minor * qty


def price_of_kilogram(amount_minor: int, grams: int) -> int:
    """The price of a kilogram of which ``grams`` cost ``amount_minor``, rounded half away from zero."""
    return _divided(amount_minor * GRAMS_PER_KG, grams)


def price_of_piece(amount_minor: int, qty: int) -> int:
    """The price of one of ``qty`` pieces that cost ``amount_minor`` together, rounded half away from zero."""
    return _divided(amount_minor, qty)


def share(amount_minor: int, part: int, whole: int) -> int:
    """``part`` of ``whole`` of an amount, rounded half away from zero; the whole of nothing is all of it."""
    if part == whole:
        return amount_minor
    return _divided(amount_minor * part, whole) if whole > 0 else 0


def weight_of_amount(price_minor: int, amount_minor: int) -> int:
    """The grams that cost ``amount_minor`` at ``price_minor`` per kg, rounded half-up; of a label that prints a price only."""
    return _divided(amount_minor * GRAMS_PER_KG, price_minor)


def _divided(amount: int, by: int) -> int:
    quotient = (2 * abs(amount) + by) // (2 * by)
    return quotient if amount >= 0 else -quotient
