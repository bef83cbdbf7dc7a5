"""How each reading is said to people: a value with its unit, and a look (colour, icon, word) that tells what it is worth.

A moving pan, an overload and silence look different, and none of them is shown as 0 kg.
"""

from __future__ import annotations

from typing import assert_never

from drivers.counter_readings import CounterReported, CounterShown, CounterTold
from drivers.readings import (
    AnyReading,
    Candidate,
    ItemChosen,
    ItemRemoved,
    MemberShown,
    OrderOpened,
    OrderPaid,
    OrderRefunded,
    OrderVoided,
    Presence,
    ShelfLevel,
    ShelfMoved,
    Unreadable,
    Weight,
)
from edge.web.look import NOTHING, Said
from edge.web.quantities import MINUS, kilograms, money
from edge.web.said_counter import say_counter
from edge.web.said_room import say_room
from edge.web.words import Words


def say_reading(reading: AnyReading, words: Words, currency: str) -> Said:
    """What ``reading`` looks like in the language of ``words``; amounts are in ``currency``."""
    match reading:
        case Weight():
            return _weight(reading, words)
        case ShelfLevel() | ShelfMoved():
            return _shelf(reading, words)
        case Presence():
            return Said(value=words.say(f"presence.{reading.state}"), look="calm", word=words.say("reading.presence"))
        case Unreadable():
            return Said(value=NOTHING, look="warn", word=words.say("reading.unreadable"))
        case ItemChosen() | ItemRemoved():
            return _item(reading, words)
        case OrderOpened() | OrderPaid() | OrderVoided() | OrderRefunded() | MemberShown():
            return _order(reading, words, currency)
    if isinstance(reading, CounterShown | CounterTold | CounterReported):
        return say_counter(reading, words, currency)
    return say_room(reading, words)


def _weight(reading: Weight, words: Words) -> Said:
    word = words.say(f"weight.{reading.state}")
    match reading.state:
        case "stable":
            return Said(value=_kilograms(reading.grams), unit="kg", look="good", word=word)
        case "moving":
            return Said(value=_kilograms(reading.grams), unit="kg", look="moving", word=word)
        case "over" | "under":
            return Said(value=NOTHING, look="warn", word=word)
    assert_never(reading.state)


def _kilograms(grams: int | None) -> str:
    return NOTHING if grams is None else kilograms(grams)


def _shelf(reading: ShelfLevel | ShelfMoved, words: Words) -> Said:
    if isinstance(reading, ShelfLevel):
        return Said(value=kilograms(reading.grams), unit="kg", word=words.say("reading.level"), where=_slot(reading.slot, words))
    sign = MINUS if reading.delta_g < 0 else "+"
    goods = " / ".join(_goods(candidate) for candidate in reading.candidates)
    where = " · ".join(part for part in (_slot(reading.slot, words), goods) if part)
    return Said(value=f"{sign}{kilograms(abs(reading.delta_g))}", unit="kg", word=words.say(f"shelf.{reading.kind}"), where=where)


def _goods(candidate: Candidate) -> str:
    return f"{candidate.qty} × {candidate.sku}"


def _slot(slot: str, words: Words) -> str:
    return words.say("reading.slot", slot=slot)


def _item(reading: ItemChosen | ItemRemoved, words: Words) -> Said:
    order = words.say("reading.order", order=reading.order)
    match reading:
        case ItemChosen(qty=None):
            return Said(value=reading.code, look="moving", word=words.say("till.weighing"), where=order)
        case ItemChosen():
            return Said(value=f"{reading.qty} × {reading.code}", word=words.say("till.item"), where=order)
        case ItemRemoved():
            return Said(value=words.say("till.line", line=reading.line), word=words.say("till.removed"), where=order)
    assert_never(reading)


def _order(reading: OrderOpened | OrderPaid | OrderVoided | OrderRefunded | MemberShown, words: Words, currency: str) -> Said:
    order = words.say("reading.order", order=reading.order) if reading.order else ""
    match reading:
        case OrderOpened():
            return Said(value=reading.order, word=words.say("till.opened"))
        case OrderPaid():
            return Said(value=money(reading.amount_minor, currency), word=words.say("till.paid"), where=order)
        case OrderVoided():
            return Said(value=reading.order, look="calm", word=words.say("till.voided"), where=reading.reason)
        case OrderRefunded():
            return Said(value=reading.order, look="calm", word=words.say("till.refunded"), where=reading.reason)
        case MemberShown():
            return Said(value=words.say("till.someone"), look="calm", word=words.say("till.member"), where=order)
    assert_never(reading)
