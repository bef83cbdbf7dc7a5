"""What went to a receipt printer: commands, text, card numbers, and the templates in both languages."""

from __future__ import annotations

from datetime import UTC, datetime

from drivers.counter_readings import ReceiptTapped
from drivers.pos.receipt_reading import Reader, Stamp
from drivers.pos.receipt_template import template
from drivers.pos.tap_copies import Copy

STAMP = Stamp(device="tap-1", till="till-1", at=datetime(2026, 11, 21, tzinfo=UTC), monotonic_ms=1)
TEMPLATES = (template("zh", 2, {}), template("en", 2, {}))


def feed(data: bytes) -> None:
    """Its length chooses the template. Whatever it is, it makes receipts, read or not; in two pieces it makes the same."""
    middle = len(data) // 2
    reader = Reader(template=TEMPLATES[len(data) % 2], encoding="gb18030")
    whole, pieces = receipts(reader, 0, data), receipts(reader, 1, data[:middle], data[middle:])
    if list(map(told, whole)) != list(map(told, pieces)):
        raise AssertionError(f"whole: {whole}, in pieces: {pieces}")


def receipts(reader: Reader, line: int, *pieces: bytes) -> list[ReceiptTapped]:
    """What is read of ``pieces`` on the paper of ``line``, to its end."""
    return reader.receipts([*(Copy(line=line, data=piece) for piece in pieces), Copy(line=line, ended=True)], STAMP)


def told(tapped: ReceiptTapped) -> tuple[object, ...]:
    """All but the name: that of an unread receipt is its own each time."""
    return (tapped.number, tapped.business_day, tapped.total_minor, tapped.tender, tapped.lines, tapped.unparsed)
