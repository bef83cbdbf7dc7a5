"""Tills that report finished orders over the box's own web server, whole and with their own prices.

    POST /api/till/till-3/orders
    {"sequence": 42, "business_day": "2026-11-21", "amount_minor": 2285, "tender": "cash",
     "lines": [{"code": "6901028075831", "qty": 2, "amount_minor": 1300}, {"code": "4011", "grams": 1234, "amount_minor": 985}]}

An order is answered after COMMIT. Its key is the till, its business day and its sequence: the same again is known, other content
under that key is refused. A member's code may come with it; card numbers may not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from types import TracebackType
from typing import Annotated, Self

import msgspec
from pydantic import Field

from config.schema import Section
from drivers.commands import AnyCommand, Refused, cannot
from drivers.contract import DeviceSilent, Driver, Receipt, Wires
from drivers.counter_readings import OrderReported, SoldLine
from drivers.pos.till_fields import MOST_MINOR, Amount, Code, Count, Day, Tender, checked_goods
from drivers.reading import Report
from drivers.readings import AnyReading, Presence, Reported, Unreadable
from drivers.reports import Name, Unclear, body_of, checked_name, checked_words, unreadable
from drivers.wires.mqtt_inbox import Message
from drivers.wires.post import Post
from drivers.wires.stamp import stamp

MOST_LINES = 500

Grams = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
LineAmount = Annotated[int, msgspec.Meta(ge=-MOST_MINOR, le=MOST_MINOR)]
Sequence = Annotated[int, msgspec.Meta(ge=0, le=999_999_999_999)]


class HttpTillSettings(Section):
    """``[device.<name>]``. It is called silent after ``silent_after_s`` without an order; left out: never."""

    silent_after_s: Annotated[int, Field(ge=5, le=86_400)] | None = None


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Code
    amount_minor: LineAmount
    qty: Count | None = None
    grams: Grams | None = None


class _Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sequence: Sequence
    business_day: Day
    lines: Annotated[list[_Line], msgspec.Meta(min_length=1, max_length=MOST_LINES)]
    amount_minor: Amount
    tender: Tender
    order: Name | None = None
    member: Code | None = None


def decode(message: Message) -> OrderReported | Unreadable:
    """One finished order."""
    try:
        return _told(message)
    except Unclear as unclear:
        return unreadable(message, str(unclear))


def key_of(business_day: str, sequence: int) -> str:
    """The name of a report within its till."""
    return f"{business_day}:{sequence}"


def _told(message: Message) -> OrderReported:
    told = body_of(message, _Order)
    order = told.order or f"{told.business_day}-{told.sequence}"
    return OrderReported(
        device=message.device,
        at=message.at,
        monotonic_ms=message.monotonic_ms,
        report=Report(id=key_of(told.business_day, told.sequence), digest=sha256(msgspec.json.encode(told)).digest()),
        order=checked_name("order", order),
        business_day=told.business_day,
        lines=tuple(_line(number, line) for number, line in enumerate(told.lines, 1)),
        amount_minor=told.amount_minor,
        tender=checked_words("tender", told.tender),
        member=told.member,
    )


def _line(number: int, line: _Line) -> SoldLine:
    if (line.qty is None) == (line.grams is None):
        raise Unclear(f"line {number} must say either qty (pieces) or grams, and not both")
    code = checked_goods(f"the code of line {number}", line.code)
    return SoldLine(code=code, amount_minor=line.amount_minor, qty=line.qty, grams=line.grams)


class HttpTill:
    """One till. The web server hands its messages in; each is answered when the shop has dealt with it."""

    def __init__(self, device: str, settings: HttpTillSettings, post: Post) -> None:
        self._device, self._silent_after_s = device, settings.silent_after_s
        self._slot = post.slot(device)
        self._unanswered: dict[int, tuple[AnyReading, Message]] = {}

    async def __aenter__(self) -> Self:
        await self._slot.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._slot.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[AnyReading]:
        """Every order, in order of arrival; raises DeviceSilent."""
        yield Presence(**stamp(self._device), state="open")
        while True:
            message = await self._next()
            reading = decode(message)
            self._unanswered[id(reading)] = (reading, message)
            yield reading

    async def acknowledge(self, reading: Reported | Unreadable, receipt: Receipt) -> None:
        """Answer the till's request; fine when it has gone."""
        _, message = self._unanswered.pop(id(reading), (None, None))
        if message is not None:
            self._slot.answer(message, receipt)

    async def perform(self, command: AnyCommand) -> Refused:
        """It only reports."""
        return cannot(command, "a till that reports by HTTP", "nothing")

    async def _next(self) -> Message:
        try:
            async with asyncio.timeout(self._silent_after_s):
                return await self._slot.receive()
        except TimeoutError as error:
            raise DeviceSilent(
                f"{self._device} has reported no order for {self._silent_after_s} s: is it on, and does it reach the box?"
            ) from error


def _open(device: str, settings: HttpTillSettings, wires: Wires) -> HttpTill:
    return HttpTill(device, settings, wires.post)


DRIVER = Driver(kind="till", settings_class=HttpTillSettings, open=_open)
