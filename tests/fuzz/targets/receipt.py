"""What went to a receipt printer: commands, text, card numbers, and the templates in both languages."""

from __future__ import annotations

from datetime import UTC, datetime

from drivers.pos.receipt_reading import Reader, Stamp
from drivers.pos.receipt_template import template
from drivers.pos.tap_copies import Copy

STAMP = Stamp(device="tap-1", till="till-1", at=datetime(2026, 11, 21, tzinfo=UTC), monotonic_ms=1)
TEMPLATES = (template("zh", 2, {}), template("en", 2, {}))


def feed(data: bytes) -> None:
    """Whole and in two pieces; whatever it is, it makes receipts, read or not."""
    for each in TEMPLATES:
        half = len(data) // 2
        copies = [Copy(line=0, data=data), Copy(line=1, data=data[:half]), Copy(line=1, data=data[half:])]
        Reader(template=each, encoding="gb18030").receipts([*copies, Copy(line=0, ended=True), Copy(line=1, ended=True)], STAMP)
