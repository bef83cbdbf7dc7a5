"""The shop's word on every reading: whether it must be decided, how, and how an unreadable one is set aside."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import assert_never

from drivers.counter_readings import (
    CounterReported,
    CounterTold,
    DrawerMoved,
    OrderReported,
    PaymentCodeShown,
    ReceiptTapped,
    Scanned,
)
from drivers.one_attempt import OneAttempt
from drivers.readings import (
    AnyReading,
    ItemChosen,
    ItemRemoved,
    MemberShown,
    OrderOpened,
    OrderPaid,
    OrderRefunded,
    OrderStep,
    OrderVoided,
    Reported,
    ShelfMoved,
    Shown,
    Told,
    Unreadable,
    Weight,
)
from drivers.room_readings import MirrorUsed, RoomReported, ShadeTried
from edge.shop.consequences import WithConsequences
from edge.shop.drawers import has_turned, turn_drawer
from edge.shop.lanes.bags import hear_bags
from edge.shop.lanes.scans import hear_payment_code, hear_scan
from edge.shop.masking import masked, told, told_payload
from edge.shop.members.identify import Shown as MemberCode
from edge.shop.members.identify import conceal, conceal_code, identify_member, keyed
from edge.shop.mirror_visits import try_shade, visit_mirror
from edge.shop.moment import Moment
from edge.shop.orders.closing import pay_order, void_order
from edge.shop.orders.items import choose_item, remove_item
from edge.shop.orders.order import open_order
from edge.shop.orders.refunds import refund_order
from edge.shop.orders.reported import member_of, record_order
from edge.shop.orders.tapped import see_receipt
from edge.shop.orders.weighing import weigh, worth_deciding
from edge.shop.shop import Shop
from edge.shop.stock.shelves import move_goods
from sync.entries import Entry, Origin
from sync.events import Event, EventClass
from sync.letters import Letter

Decision = Callable[[sqlite3.Connection], Iterable[Event]]
Decided = Reported | Told


def notice(previous: AnyReading | None, reading: AnyReading) -> bool:
    """Whether ``reading`` must be decided; ``previous`` is the same device's reading before it. Others are only shown."""
    if isinstance(reading, Weight):
        return worth_deciding(previous if isinstance(previous, Weight) else None, reading)
    if isinstance(reading, DrawerMoved):
        return has_turned(previous, reading)
    return isinstance(reading, Decided)


def entry_for(reading: AnyReading, shop: Shop) -> Entry:
    """What the journal is asked to record for a noticed ``reading``; raises TypeError for one that is only shown."""
    if isinstance(reading, Shown | Unreadable):
        raise TypeError(f"{type(reading).__name__} is only shown, never decided: ask notice() first")
    origin = _origin(reading, shop)
    moment = Moment(at=reading.at, monotonic_ms=reading.monotonic_ms)
    asked = type(reading).__name__
    decide = _decision(reading, moment, shop)
    return Entry(
        decide=WithConsequences(decide=decide, moment=moment, shop=shop, place=reading.device, asked=asked),
        event_class=EventClass.MEMBER if isinstance(reading, MemberShown | RoomReported) else EventClass.ORDER,
        at=reading.at,
        monotonic_ms=reading.monotonic_ms,
        origin=origin,
        told=partial(told, reading),
    )


def letter_for(reading: Unreadable) -> Letter:
    """The dead letter of a message that could not be understood, at most 2 kB and with nothing personal in it."""
    return Letter(
        kind="unreadable", device=reading.device, reason=masked(reading.problem), told=told_payload(reading), at=reading.at
    )


def _decision(reading: Decided, moment: Moment, shop: Shop) -> Decision:
    match reading:
        case Weight():
            return partial(weigh, reading, shop) if (lane := _bags(reading, shop)) is None else partial(hear_bags, reading, lane)
        case ShelfMoved():
            return partial(move_goods, reading, shop)
        case MemberShown():
            return partial(identify_member, conceal(reading, shop), shop)
        case OrderOpened() | ItemChosen() | ItemRemoved() | OrderPaid() | OrderVoided() | OrderRefunded():
            return _order_decision(reading, moment, shop)
        case DrawerMoved() | Scanned() | PaymentCodeShown() | ReceiptTapped() | OrderReported():
            return _counter_decision(reading, moment, shop)
        case MirrorUsed() | ShadeTried():
            return _room_decision(reading)
        case _:
            assert_never(reading)


def _order_decision(reading: OrderStep, moment: Moment, shop: Shop) -> Decision:
    match reading:
        case OrderOpened():
            return partial(open_order, reading, shop)
        case ItemChosen():
            return partial(choose_item, reading, shop)
        case ItemRemoved():
            return partial(remove_item, reading)
        case OrderPaid():
            return partial(pay_order, reading, moment, shop)
        case OrderVoided():
            return partial(void_order, reading)
        case OrderRefunded():
            return partial(refund_order, reading, moment, shop)
        case _:
            assert_never(reading)


def _bags(weight: Weight, shop: Shop) -> str | None:
    """The lane that has this scale under its bags."""
    return shop.self_checkout_with("bag_scale", weight.device)


def _counter_decision(reading: CounterTold | CounterReported, moment: Moment, shop: Shop) -> Decision:
    match reading:
        case Scanned():
            return partial(hear_scan, reading, _maybe_member(reading, shop), moment, shop)
        case PaymentCodeShown():
            return partial(hear_payment_code, replace(reading, code=OneAttempt("")), moment, shop)
        case DrawerMoved():
            return partial(turn_drawer, reading)
        case ReceiptTapped():
            return partial(see_receipt, reading, shop)
        case OrderReported():
            return partial(record_order, replace(reading, member=None), member_of(reading, shop), shop)
        case _:
            assert_never(reading)


def _maybe_member(scanned: Scanned, shop: Shop) -> MemberCode | None:
    """What may be kept of a code that names no goods, should it be a member's."""
    lane = shop.self_checkout_with("scanner", scanned.device)
    if lane is None or scanned.gtin is not None or scanned.item is not None or not scanned.code.strip():
        return None
    return conceal_code(scanned.code, till=lane, order=None, at=scanned.at, shop=shop)


def _room_decision(reading: RoomReported) -> Decision:
    match reading:
        case MirrorUsed():
            return partial(visit_mirror, reading)
        case ShadeTried():
            return partial(try_shade, reading)
        case _:
            assert_never(reading)


def _origin(reading: AnyReading, shop: Shop) -> Origin | None:
    match reading:
        case MemberShown() | OrderReported():
            digest = keyed(reading.report.digest, shop.member_key)
        case _ if isinstance(reading, Reported):
            digest = reading.report.digest
        case _:
            return None
    return Origin(device=reading.device, id=reading.report.id, digest=digest)
