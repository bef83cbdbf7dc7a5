"""Receipts that went past on their way to a printer, as events."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from drivers.counter_readings import ReceiptTapped, TappedLine
from edge.shop.decide import entry_for, notice
from edge.shop.orders.tapped import ReceiptLine, ReceiptSeen
from sync.events import EventClass

if TYPE_CHECKING:
    from tests.shop.conftest import Floor


def test_a_receipt_is_written_down_and_changes_no_order(floor: Floor, db: sqlite3.Connection) -> None:
    line = TappedLine(name="牛奶 13800138000", qty=2, amount_minor=1_300, code="6901028075831")
    reading = ReceiptTapped(
        **floor.stamp("tap-1"),
        report=floor.report(),
        till="till-1",
        number="0042",
        business_day="2026-02-28",
        total_minor=1_300,
        tender="cash",
        lines=(line,),
    )
    assert notice(None, reading)
    (seen,) = floor.hear(reading)
    assert seen == ReceiptSeen(
        till="till-1",
        tap="tap-1",
        business_day="2026-03-01",
        currency="CNY",
        number="0042",
        till_day="2026-02-28",
        total_minor=1_300,
        tender="cash",
        lines=(ReceiptLine(name="牛奶 <11 digits>", qty=2, amount_minor=1_300, code="6901028075831"),),
    )
    assert (seen.subject(), seen.day()) == ("till-1/0042", "2026-03-01")
    assert seen.event_class is EventClass.ORDER
    assert db.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    entry = entry_for(reading, floor.shop)
    assert entry.origin is not None
    assert (entry.origin.device, entry.origin.id) == ("tap-1", reading.report.id)
    assert "13800138000" not in entry.said()


def test_a_receipt_that_nobody_could_read_is_written_down_too(floor: Floor) -> None:
    reading = ReceiptTapped(**floor.stamp("tap-1"), report=floor.report(), till="till-1", unparsed="it was printed as a picture")
    (seen,) = floor.hear(reading)
    assert isinstance(seen, ReceiptSeen)
    assert (seen.subject(), seen.unparsed, seen.total_minor) == ("till-1", "it was printed as a picture", None)
