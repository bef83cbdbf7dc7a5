"""Everything a device can be asked, as one closed union; each driver lists the commands that it can perform.

``Done``: the device says that it did it. ``Accepted``: it took it, and has not reported the result yet. ``Refused``: it did
not do it. ``Unknown``: nobody can tell, so nothing may repeat it by itself. ``Charged``: a terminal took the money.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from drivers.one_attempt import OneAttempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Asks for one thing; ``deadline_ms`` bounds the wait for the device's answer."""

    deadline_ms: int = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tare(Command):
    """Make what is on the pan count as nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zero(Command):
    """Take the empty pan as zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearTare(Command):
    """Forget the tare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTare(Command):
    """Count ``grams`` as the weight of the container, without weighing it."""

    grams: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrice(Command):
    """Give a scale that computes prices the price of a kilogram, a tare and a text for its display."""

    price_minor: int
    tare_grams: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProperty(Command):
    """Set ``property`` of a light, a player or any MQTT device; never sent retained."""

    property: str
    value: str


class Line(msgspec.Struct, frozen=True, kw_only=True, tag="line", forbid_unknown_fields=True):
    """One line of text, broken where the paper ends."""

    text: str
    align: Literal["left", "center", "right"] = "left"
    large: bool = False
    bold: bool = False


class Qr(msgspec.Struct, frozen=True, kw_only=True, tag="qr", forbid_unknown_fields=True):
    """A QR code of ``text``; each module is ``module_dots`` dots wide."""

    text: str
    module_dots: int = 6
    correction: Literal["L", "M", "Q", "H"] = "M"


class Feed(msgspec.Struct, frozen=True, kw_only=True, tag="feed", forbid_unknown_fields=True):
    """Empty lines."""

    lines: int = 1


Block = Line | Qr | Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Print(Command):
    """Print ``blocks`` once and cut. An answer of ``Unknown`` means that paper may have come out: a person looks first."""

    deadline_ms: int = 10_000
    blocks: tuple[Block, ...]
    cut: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDrawer(Command):
    """Kick the cash drawer open; ``reason`` is for the audit. Never repeated by itself."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Show(Command):
    """Show two lines to the shopper; both empty clear the display."""

    upper: str = ""
    lower: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAmount(Command):
    """Show an amount on a display of digits, under the lamp of its meaning."""

    amount_minor: int
    meaning: Literal["price", "total", "received", "change"] = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawLabel(Command):
    """Put a picture (JPEG) on price label ``label``; ``Done`` only when the label has fetched it."""

    deadline_ms: int = 30_000
    label: str
    jpeg: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay(Command):
    """Ask the terminal to take ``amount_minor`` in the shop's currency."""

    deadline_ms: int = 120_000
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayByCode(Command):
    """Take ``amount_minor`` from the wallet that shows ``code``; ``payment`` is the box's own number, never given twice."""

    deadline_ms: int = 90_000
    amount_minor: int
    payment: str
    code: OneAttempt = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlePayment(Command):
    """Find out what became of ``payment``, and take it back unless ``amount_minor`` was paid: nothing is charged by this.

    ``Charged``: it was paid. ``Done``: nobody is charged.
    """

    deadline_ms: int = 60_000
    amount_minor: int
    payment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverse(Command):
    """Take back the payment with the terminal's receipt number ``receipt``."""

    deadline_ms: int = 120_000
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Command):
    """Give ``amount_minor`` back to a card at the terminal, or to the wallet that paid ``paid_minor`` as ``payment``.

    ``refund`` is the box's own number of it: a gateway gives the same number back once, however often it is asked.
    """

    deadline_ms: int = 120_000
    amount_minor: int
    payment: str = ""
    paid_minor: int = 0
    refund: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abort(Command):
    """Stop what the terminal is doing; a gateway, that serves several lanes, is told which ``payment``."""

    payment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOfDay(Command):
    """Close the terminal's books for the day."""

    deadline_ms: int = 120_000


AnyCommand = (
    Tare
    | Zero
    | ClearTare
    | SetTare
    | SetPrice
    | SetProperty
    | Print
    | OpenDrawer
    | Show
    | ShowAmount
    | DrawLabel
    | Pay
    | PayByCode
    | SettlePayment
    | Reverse
    | Refund
    | Abort
    | EndOfDay
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The device did it; ``detail`` is what it answered, for the audit line."""

    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The device took it and has not reported the result in time; ``detail`` says what it waits for."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The device did not do it; ``reason`` says why and what to do.

    ``unheard``: nothing of it reached the device, so it can be asked again as soon as it is there, or free.
    """

    reason: str
    unheard: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """It may have happened or not; ``reason`` says what was seen and what a person must look at before it is tried again."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """The terminal took (or gave back) ``amount_minor``; ``card`` is at most its first six and last four digits."""

    amount_minor: int
    receipt: str
    card: str = ""
    scheme: str = ""


Answer = Done | Accepted | Refused | Unknown | Charged


def command_name(command: type[Command]) -> str:
    """What people and programs call ``command``: ``clear-tare``."""
    return re.sub(r"\B(?=[A-Z])", "-", command.__name__).lower()


def cannot(command: Command, what: str, can: str) -> Refused:
    """The answer of ``what`` ("a scale") to a command that is not in its driver's list; ``can`` says what it does."""
    return Refused(reason=f"{what} cannot {command_name(type(command))}; it can: {can}")
