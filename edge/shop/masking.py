"""What may be written down of a message that failed: whole barcodes, but no phone, card, payment or member code.

A code is known by its shape only, so every run of five digits or more goes, except a valid GTIN-8, 12 or 13.
"""

from __future__ import annotations

import re
from dataclasses import fields

from drivers.reading import Reading, Report
from drivers.readings import Unreadable

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
_ADDRESS = rf"(?:{_OCTET}\.){{3}}{_OCTET}(?::[0-9]{{1,5}})?"
LONG_RUN = re.compile(rf"(?<![0-9.])(?P<address>{_ADDRESS})(?!\.?[0-9])|\d(?:[ .-]?\d){{4,}}")
"""A card or a phone number is often written in groups. Where a device is on the network has to be told: ``192.168.1.50:9100``."""

BARCODE_DIGITS = (8, 12, 13)
SHORTEST_SECRET = 8
"""A member code or a coupon is at least so long; what a person types in place of a barcode is mostly shorter, or a word."""

SHOWN_CHARS = 200
PAYLOAD_BYTES = 2_048
PERSONAL = re.compile(rb"member|code", re.IGNORECASE)
ENVELOPE = ("device", "at", "monotonic_ms", "report")
NAMES = ("order", "slot")
"""Fields whose long numbers are names that the till and the shelf gave, and that a technician must find again."""


def masked(text: str) -> str:
    """``text`` with each long run of digits replaced by its length."""
    return LONG_RUN.sub(_shown, text)


def masked_code(code: str) -> str:
    """A code that names no goods, as it may be told; of one that may be a member's or a coupon's only the length."""
    letters, digits = any(map(str.isalpha, code)), any(map(str.isdigit, code))
    if letters and len(code) >= SHORTEST_SECRET and (digits or len(code) > SHORTEST_SECRET):
        return f"<{len(code)} characters>"
    return masked(code)


def _shown(run: re.Match[str]) -> str:
    if run["address"] is not None or is_barcode(run[0]):
        return run[0]
    return f"<{len(re.sub(r'[ .-]', '', run[0]))} digits>"


def is_barcode(digits: str) -> bool:
    """Whether ``digits`` are a GTIN-8, 12 or 13 with a right check digit (GS1 General Specifications 7.9)."""
    if len(digits) not in BARCODE_DIGITS or not (digits.isascii() and digits.isdigit()):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return weighted % 10 == 0


def told(reading: Reading) -> str:
    """A reading as one line for the dead letter. What the reading hides from its repr is told by its length only."""
    parts = [type(reading).__name__]
    for each in fields(reading):
        value = getattr(reading, each.name)
        if isinstance(value, Report):
            parts.append(f"report={value.id[:SHOWN_CHARS]}")
        elif each.name not in ENVELOPE and value is not None:
            text = str(value) if each.repr else f"<{len(str(value))} characters>"
            plain = not each.repr or each.name in NAMES or not isinstance(value, str)
            mask = masked_code if each.name == "code" else masked
            parts.append(f"{each.name}={(text if plain else mask(text))[:SHOWN_CHARS]}")
    return " ".join(parts)


def told_payload(reading: Unreadable) -> str:
    """The payload of an unreadable message, at most ``PAYLOAD_BYTES``; of one that may hold a member code only its length.

    No digest of it either: who knows the rest of a message finds the code in it by trying.
    """
    if PERSONAL.search(reading.payload) or PERSONAL.search(reading.problem.encode()):
        return f"{len(reading.payload)} bytes that may hold a member code"
    text = masked(reading.payload.decode(errors="backslashreplace"))
    return text.encode()[:PAYLOAD_BYTES].decode(errors="ignore")
