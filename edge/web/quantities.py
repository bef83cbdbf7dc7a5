"""How weights, money, sizes and times are written for people: ``1.234 kg``, ``¥23.50``, ``12.4 MiB``, ``09:41:07``."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

# ISO 4217 minor units, where they are not 2
MINOR_DIGITS = {"BHD": 3, "CLP": 0, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "OMR": 3, "TND": 3, "VND": 0}
SIGNS = {"CNY": "¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "¥", "KRW": "₩", "TWD": "NT$", "USD": "$"}
MINUS = "−"


def kilograms(grams: int) -> str:
    """``1.234``: three decimals, a true minus sign."""
    whole, rest = divmod(abs(grams), 1000)
    return f"{MINUS if grams < 0 else ''}{whole}.{rest:03d}"


def money(amount_minor: int, currency: str) -> str:
    """``¥23.50``, or ``23.50 SEK`` for a currency without a sign of its own."""
    digits = MINOR_DIGITS.get(currency, 2)
    whole, rest = divmod(abs(amount_minor), 10**digits)
    number = f"{whole:,}.{rest:0{digits}d}" if digits else f"{whole:,}"
    minus = MINUS if amount_minor < 0 else ""
    sign = SIGNS.get(currency)
    return f"{minus}{sign}{number}" if sign else f"{minus}{number} {currency}"


def size(count_bytes: int) -> str:
    """``12.4 MiB``."""
    number = float(count_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"


def day(at: datetime, zone: ZoneInfo) -> str:
    """``2026-11-21`` on the shop's wall."""
    return at.astimezone(zone).date().isoformat()


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """``09:41:07`` on the shop's wall."""
    return at.astimezone(zone).strftime("%H:%M:%S")
