"""Everything a device can say, as one closed union: a new reading does not type-check until everyone has decided about it.

Weight is integer grams, money integer minor units (分), ``at`` the box's UTC clock on arrival. A device's own
clock is ``Report.device_at``; it is kept and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from drivers.counter_readings import CounterReported, CounterShown, CounterTold
from drivers.reading import Reading, Report
from drivers.room_readings import RoomReported, RoomShown


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight(Reading):
    """Net weight in grams. ``over`` and ``under`` carry no weight: ``grams`` is None then, never 0.

    A scale that computes prices also says the ``price_minor`` of a kilogram and the ``amount_minor`` of what lies on it.
    """

    grams: int | None
    state: Literal["stable", "moving", "over", "under"]
    price_minor: int | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfMoved(Reading):
    """A settled change of weight on one slot. More than one candidate means the shelf does not know which goods moved.

    ``returned_after_ms``: a put of just what was picked so long before.
    """

    report: Report
    slot: str
    kind: Literal["pick", "put", "adjust"]
    delta_g: int
    before_g: int
    after_g: int
    candidates: tuple[Candidate, ...] = ()
    returned_after_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """``qty`` pieces of ``sku`` would explain a change of weight; ``permille`` is the shelf's confidence."""

    sku: str
    qty: int
    permille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfLevel(Reading):
    """What lies on a slot now, as the shelf last reported it (retained, never journaled)."""

    slot: str
    grams: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence(Reading):
    """The device is there although it measured nothing: its retained ``$state``. ``lost`` is no presence but DeviceGone.

    ``open``: the wire to it is open, and that is all that can be known, for the device cannot answer.
    """

    state: Literal["init", "ready", "sleeping", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOpened(Reading):
    report: Report
    order: str
    business_day: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChosen(Reading):
    """``qty`` pieces of ``code`` (SKU or barcode) go on the order; ``qty`` is None for goods that the lane's scale must weigh."""

    report: Report
    order: str
    code: str
    qty: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRemoved(Reading):
    """Line ``line`` of the order (numbered from 1 in order of entry) is taken off again."""

    report: Report
    order: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(Reading):
    """The till took ``amount_minor``; ``tender`` names the way (cash, card, code), never a code or card number."""

    report: Report
    order: str
    amount_minor: int
    tender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderVoided(Reading):
    report: Report
    order: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefunded(Reading):
    """The till gave money back for ``qty`` pieces or ``grams`` of ``line``, for the whole line, or without ``line`` for all."""

    report: Report
    order: str
    reason: str
    line: int | None = None
    qty: int | None = None
    grams: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberShown(Reading):
    """A shopper showed a member code at a till. ``code`` is personal: it is hashed before anything is stored or logged."""

    report: Report
    order: str | None
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(Reading):
    """A message that cannot be understood; ``problem`` says why. It is set aside, and answered when its id could be read."""

    problem: str
    report: Report | None = None
    payload: bytes = field(default=b"", repr=False)


OrderStep = OrderOpened | ItemChosen | ItemRemoved | OrderPaid | OrderVoided | OrderRefunded
"""One step of an order that a till reports step by step."""

Reported = ShelfMoved | OrderStep | MemberShown | CounterReported | RoomReported
"""Readings that the device repeats until the box has acknowledged them."""

Told = Weight | CounterTold
"""Readings that the shop may decide, but that nobody repeats."""

Shown = ShelfLevel | Presence | CounterShown | RoomShown
"""Readings that are only shown, never decided."""

AnyReading = Reported | Told | Shown | Unreadable
