"""A receipt that went past on its way to a printer, written down as what it is: a piece of paper, not an order of ours.

It changes no order and no stock, for it may be the paper of an order that the till reports itself. Its text passes the mask once
more, so that a telephone number among the goods goes no further.
"""

from __future__ import annotations

import sqlite3
from typing import ClassVar

import msgspec

from drivers.counter_readings import ReceiptTapped
from edge.shop.masking import masked
from edge.shop.shop import Shop
from sync.events import Event, EventClass


class ReceiptLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of goods as it was printed."""

    name: str
    qty: int | None = None
    grams: int | None = None
    amount_minor: int | None = None
    code: str | None = None


class ReceiptSeen(Event, frozen=True, kw_only=True):
    """A till printed a receipt. ``unparsed`` says why it could not be read; then nothing else is known of it.

    ``till_day`` is the day that is printed on it; ``business_day`` is the shop's.
    """

    type: ClassVar[str] = "storebox.till.receipt"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    till: str
    tap: str
    business_day: str
    currency: str
    number: str | None = None
    till_day: str | None = None
    total_minor: int | None = None
    tender: str | None = None
    lines: tuple[ReceiptLine, ...] = ()
    unparsed: str = ""

    def subject(self) -> str:
        """The till, and the receipt's number if it has one."""
        return self.till if self.number is None else f"{self.till}/{self.number}"

    def day(self) -> str:
        """The shop's business day."""
        return self.business_day


def see_receipt(reading: ReceiptTapped, shop: Shop, _db: sqlite3.Connection) -> tuple[Event, ...]:
    """Write the receipt down."""
    return (
        ReceiptSeen(
            till=reading.till,
            tap=reading.device,
            business_day=shop.day(reading.at),
            currency=shop.currency,
            number=reading.number,
            till_day=reading.business_day,
            total_minor=reading.total_minor,
            tender=None if reading.tender is None else masked(reading.tender),
            lines=tuple(
                ReceiptLine(
                    name=masked(line.name), qty=line.qty, grams=line.grams, amount_minor=line.amount_minor, code=line.code
                )
                for line in reading.lines
            ),
            unparsed=reading.unparsed,
        ),
    )
