"""Who asked which device for what, by which way, and what it answered: the audit of everything that the box does in the shop.

Of money there are two events that are never dropped: that it was asked for, on disk before the terminal hears of it, and what
the terminal answered. A first without a second is a payment of which nobody knows: a person looks at the terminal.
"""

from __future__ import annotations

import re
from typing import ClassVar

from edge.shop.masking import masked
from sync.events import Event, EventClass

TEXT_CHARS = 400


class DeviceCommanded(Event, frozen=True, kw_only=True):
    """``by`` asked ``device`` for ``command``; ``outcome`` is done, accepted, refused, unknown or charged."""

    type: ClassVar[str] = "storebox.device.commanded"
    event_class: ClassVar[EventClass] = EventClass.TELEMETRY
    device: str
    command: str
    by: str
    origin: str
    outcome: str
    detail: str

    def subject(self) -> str:
        """The device."""
        return self.device


class PaymentAsked(Event, frozen=True, kw_only=True):
    """``by`` asked ``terminal`` to pay, refund, reverse or close its books. ``receipt`` is the one that is taken back.

    ``payment`` is the box's own number of a payment or a refund at a gateway, by which it can be found there.
    """

    type: ClassVar[str] = "storebox.payment.asked"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    terminal: str
    command: str
    by: str
    origin: str
    amount_minor: int | None = None
    receipt: str | None = None
    payment: str | None = None

    def subject(self) -> str:
        """The terminal."""
        return self.terminal


class PaymentAnswered(Event, frozen=True, kw_only=True):
    """What ``terminal`` answered; ``card`` is at most its first six and last four digits."""

    type: ClassVar[str] = "storebox.payment.answered"
    event_class: ClassVar[EventClass] = EventClass.ORDER
    terminal: str
    command: str
    outcome: str
    detail: str
    amount_minor: int | None = None
    receipt: str | None = None
    card: str | None = None
    scheme: str | None = None
    payment: str | None = None

    def subject(self) -> str:
        """The terminal."""
        return self.terminal


def storable(text: str) -> str:
    """``text`` of a device or a person as it may be kept: without any long number but a barcode, and cut.

    In this order: cut in two, a payment code may begin as a barcode does.
    """
    return masked(text)[:TEXT_CHARS]


def cut_card(card: str) -> str:
    """At most the first six and the last four digits of ``card``, whatever the driver let through."""
    digits = re.sub(r"\D", "", card)
    return card[:TEXT_CHARS] if len(digits) <= 10 else f"{digits[:6]}******{digits[-4:]}"
