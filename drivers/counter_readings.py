"""What the devices at the counter say: scanners, printers with their drawers, payment terminals, the receipt tap.

Nothing here holds a card number; a payment code is a ``OneAttempt`` and never text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from drivers.one_attempt import OneAttempt
from drivers.reading import Reading, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned(Reading):
    """A barcode of goods or papers. ``gtin`` has 14 digits where the code holds one.

    ``code`` is the text that was scanned, without an AIM identifier; it may be anything, so it is kept out of logs.
    ``grams``, ``amount_minor`` or ``count`` is what a variable-measure code says; ``problem`` what is wrong with the code
    (a false check digit): it must not be sold by then. ``lot``, ``expires`` (YYYY-MM-DD) and ``serial`` come from GS1 codes;
    lot and serial are free text, so they are kept out of logs as well.
    """

    code: str = field(repr=False)
    symbology: str = ""
    gtin: str | None = None
    sscc: str | None = None
    item: str | None = None
    grams: int | None = None
    amount_minor: int | None = None
    count: int | None = None
    lot: str | None = field(default=None, repr=False)
    expires: str | None = None
    serial: str | None = field(default=None, repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCodeShown(Reading):
    """A shopper's payment code was scanned; ``code`` gives it out once, in memory."""

    wallet: Literal["wechat", "alipay", "unionpay"]
    length: int
    code: OneAttempt = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterSeen(Reading):
    """What a printer answers about itself. Silence is none of these: it is DeviceSilent. ``drawer_open``: None if unknown."""

    paper: Literal["ok", "near-end", "out"]
    cover_open: bool
    offline: bool
    failure: str = ""
    drawer_open: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawerMoved(Reading):
    """A cash drawer was opened or shut. ``asked``: the box had kicked it open just before."""

    open: bool
    asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalSeen(Reading):
    """What a payment terminal does now; ``words`` are its own, for the lane's display."""

    state: Literal["ready", "busy", "not-registered"]
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TappedLine:
    """One line of goods on a receipt as the template read it."""

    name: str
    qty: int | None = None
    grams: int | None = None
    amount_minor: int | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptTapped(Reading):
    """A receipt went past on its way to the printer. ``unparsed`` says why its text could not be read; empty when it was.

    ``report.id`` is made of its number and day, or of its digest: the same receipt printed twice is one report.
    """

    report: Report
    till: str
    number: str | None = None
    business_day: str | None = None
    total_minor: int | None = None
    tender: str | None = None
    lines: tuple[TappedLine, ...] = field(default=(), repr=False)
    unparsed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """One line of an order that a till reports whole: ``qty`` pieces, or ``grams`` of goods by weight."""

    code: str
    amount_minor: int
    qty: int | None = None
    grams: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReported(Reading):
    """A finished order in one message, its prices the till's own; ``report.id`` is its business day and sequence.

    ``member`` is the code that a shopper showed: personal, hashed before anything is stored or logged. The code of a line may be
    anything that a till sends, so lines are kept out of logs.
    """

    report: Report
    order: str
    business_day: str
    lines: tuple[SoldLine, ...] = field(repr=False)
    amount_minor: int
    tender: str
    member: str | None = field(default=None, repr=False)


CounterShown = PrinterSeen | TerminalSeen
CounterTold = DrawerMoved | Scanned | PaymentCodeShown
CounterReported = OrderReported | ReceiptTapped
