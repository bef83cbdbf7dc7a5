"""How weights, money, sizes and times are written for people: ``1.234 kg``, ``¥23.50``, ``12.4 MiB``, ``09:41:07``."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from edge.shop.money import decimal

SIGNS = {"CNY": "¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "¥", "KRW": "₩", "TWD": "NT$", "USD": "$"}
MINUS = "−"


def kilograms(grams: int) -> str:
    """``1.234``: three decimals, a true minus sign."""
    whole, rest = divmod(abs(grams), 1000)
    return f"{MINUS if grams < 0 else ''}{whole}.{rest:03d}"


def money(amount_minor: int, currency: str) -> str:
    """``¥23.50``, or ``23.50 SEK`` for a currency without a sign of its own."""
    number = decimal(abs(amount_minor), currency)
    minus = MINUS if amount_minor < 0 else ""
    sign = SIGNS.get(currency)
    return f"{minus}{sign}{number}" if sign else f"{minus}{number} {currency}"


def minutes(ms: int) -> str:
    """``1:05``: minutes and seconds."""
    whole, rest = divmod((ms + 500) // 1000, 60)
    return f"{whole}:{rest:02d}"


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
