"""Tills over MQTT: an order from its opening to its payment, line by line; every event is repeated until acknowledged.

    event/opened    {"id": "…", "order": "t1-0042", "business_day": "2026-11-21"}
    event/item      {"id": "…", "order": "t1-0042", "code": "6901028075831", "qty": 2}     without qty: to be weighed
    event/removed   {"id": "…", "order": "t1-0042", "line": 1}
    event/paid      {"id": "…", "order": "t1-0042", "amount_minor": 1250, "tender": "cash"}
    event/voided    {"id": "…", "order": "t1-0042", "reason": "shopper left"}
    event/refunded  {"id": "…", "order": "t1-0042", "reason": "broken", "line": 1, "qty": 1}    without line: all that is left
    event/member    {"id": "…", "order": "t1-0042", "code": "…"}

Card numbers and payment codes are refused here, without being kept or repeated in any text.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, TypedDict

import msgspec
from pydantic import Field

from config.schema import Section
from drivers.commands import SetProperty
from drivers.contract import Driver, Wires
from drivers.pos.till_fields import Amount, Code, Count, Day, Grams, Tender, checked_goods
from drivers.reading import Report
from drivers.readings import ItemChosen, ItemRemoved, MemberShown, OrderOpened, OrderPaid, OrderRefunded, OrderVoided, Unreadable
from drivers.reporting import ReportingDevice
from drivers.reports import Name, Text, Unclear, body_of, checked_name, checked_words, report_of, shown, unreadable
from drivers.wires.mqtt_inbox import Message

TillReading = OrderOpened | ItemChosen | ItemRemoved | OrderPaid | OrderVoided | OrderRefunded | MemberShown


class TillSettings(Section):
    """``[device.<name>]`` of a till. It is called silent after ``silent_after_s`` without a word; left out: never."""

    needs_broker: ClassVar[bool] = True
    silent_after_s: Annotated[int, Field(ge=5, le=86_400)] | None = None


class _Opened(msgspec.Struct, frozen=True):
    order: Name
    business_day: Day | None = None


class _Item(msgspec.Struct, frozen=True):
    order: Name
    code: Code
    qty: Count | None = None


class _Removed(msgspec.Struct, frozen=True):
    order: Name
    line: Count


class _Paid(msgspec.Struct, frozen=True):
    order: Name
    amount_minor: Amount
    tender: Tender


class _Voided(msgspec.Struct, frozen=True):
    order: Name
    reason: Text


class _Refunded(msgspec.Struct, frozen=True):
    order: Name
    reason: Text
    line: Count | None = None
    qty: Count | None = None
    grams: Grams | None = None


class _Member(msgspec.Struct, frozen=True):
    code: Code
    order: Name | None = None


class _Stamp(TypedDict):
    device: str
    at: datetime
    monotonic_ms: int
    report: Report


def decode(message: Message) -> TillReading | Unreadable:
    """One event of a till."""
    try:
        return _told(message)
    except Unclear as unclear:
        return unreadable(message, str(unclear))


def _told(message: Message) -> TillReading:
    match message.name:
        case "opened":
            opened = body_of(message, _Opened)
            return OrderOpened(**_stamp(message), order=_order(opened), business_day=opened.business_day)
        case "item":
            item = body_of(message, _Item)
            return ItemChosen(**_stamp(message), order=_order(item), code=checked_goods("code", item.code), qty=item.qty)
        case "removed":
            removed = body_of(message, _Removed)
            return ItemRemoved(**_stamp(message), order=_order(removed), line=removed.line)
        case "paid":
            paid = body_of(message, _Paid)
            tender = checked_words("tender", paid.tender)
            return OrderPaid(**_stamp(message), order=_order(paid), amount_minor=paid.amount_minor, tender=tender)
        case "voided":
            voided = body_of(message, _Voided)
            return OrderVoided(**_stamp(message), order=_order(voided), reason=checked_words("reason", voided.reason))
        case "refunded":
            back = body_of(message, _Refunded)
            reason = checked_words("reason", back.reason)
            return OrderRefunded(
                **_stamp(message), order=_order(back), reason=reason, line=back.line, qty=back.qty, grams=back.grams
            )
        case "member":
            member = body_of(message, _Member)
            order = None if member.order is None else checked_name("order", member.order)
            return MemberShown(**_stamp(message), order=order, code=member.code)
    raise Unclear(f"no event of a till is called {shown(message.name)}: opened, item, removed, paid, voided, refunded or member")


def _stamp(message: Message) -> _Stamp:
    return {
        "device": message.device,
        "at": message.at,
        "monotonic_ms": message.monotonic_ms,
        "report": report_of(message),
    }


def _order(told: _Opened | _Item | _Removed | _Paid | _Voided | _Refunded) -> str:
    return checked_name("order", told.order)


def _no_properties(_message: Message) -> None:
    """A till has no property that the shop reads."""


def _open(device: str, settings: TillSettings, wires: Wires) -> ReportingDevice:
    return ReportingDevice(
        device, wires.broker, decode=decode, decode_state=_no_properties, silent_after_s=settings.silent_after_s
    )


DRIVER = Driver(kind="till", settings_class=TillSettings, open=_open, commands=(SetProperty,))
