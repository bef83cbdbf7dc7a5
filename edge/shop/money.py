"""Money as digits: how many of them follow the point is a matter of the currency."""

from __future__ import annotations

MINOR_DIGITS = {"BHD": 3, "CLP": 0, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "OMR": 3, "TND": 3, "VND": 0}
"""ISO 4217 minor units, where they are not 2."""


def decimal(amount_minor: int, currency: str) -> str:
    """``1,234.50``, with a plain hyphen below nothing; a printer may have no other sign."""
    digits = MINOR_DIGITS.get(currency, 2)
    whole, rest = divmod(abs(amount_minor), 10**digits)
    number = f"{whole:,}.{rest:0{digits}d}" if digits else f"{whole:,}"
    return f"-{number}" if amount_minor < 0 else number
