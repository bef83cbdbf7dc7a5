"""How the devices at the counter are said to people. A payment code is said by its wallet only."""

from __future__ import annotations

from typing import assert_never

from drivers.counter_readings import (
    CounterReported,
    CounterShown,
    CounterTold,
    DrawerMoved,
    OrderReported,
    PaymentCodeShown,
    PrinterSeen,
    ReceiptTapped,
    Scanned,
    TerminalSeen,
)
from edge.web.look import NOTHING, Look, Said
from edge.web.quantities import kilograms, money
from edge.web.words import Words


def say_counter(reading: CounterShown | CounterTold | CounterReported, words: Words, currency: str) -> Said:
    """What ``reading`` looks like; amounts are in ``currency``."""
    match reading:
        case Scanned():
            return _scanned(reading, words, currency)
        case PaymentCodeShown():
            return Said(value=words.say(f"wallet.{reading.wallet}"), look="calm", word=words.say("scan.payment"))
        case PrinterSeen():
            return _printer(reading, words)
        case DrawerMoved():
            word = words.say("drawer.asked" if reading.asked else "drawer.by_hand")
            return Said(value=words.say("drawer.open" if reading.open else "drawer.shut"), look="calm", word=word)
        case TerminalSeen():
            looks: dict[str, Look] = {"ready": "good", "busy": "moving", "not-registered": "warn"}
            word = reading.words or words.say("reading.presence")
            return Said(value=words.say(f"terminal.{reading.state}"), look=looks[reading.state], word=word)
        case ReceiptTapped():
            return _receipt(reading, words, currency)
        case OrderReported():
            order = words.say("reading.order", order=reading.order)
            return Said(value=money(reading.amount_minor, currency), word=words.say("till.paid"), where=order)
    assert_never(reading)


def _scanned(reading: Scanned, words: Words, currency: str) -> Said:
    """Goods by their number; any other code is personal until proved otherwise, so only its being there is said."""
    value = reading.gtin or reading.item or reading.sscc or words.say("scan.code")
    if reading.problem:
        return Said(value=NOTHING, look="warn", word=words.say("scan.bad"), where=reading.problem)
    amount = _measure(reading, currency)
    return Said(value=value, look="good", word=words.say("scan.read"), where=amount)


def _measure(reading: Scanned, currency: str) -> str:
    if reading.grams is not None:
        return f"{kilograms(reading.grams)} kg"
    if reading.amount_minor is not None:
        return money(reading.amount_minor, currency)
    return "" if reading.count is None else f"{reading.count} ×"


def _printer(reading: PrinterSeen, words: Words) -> Said:
    if reading.failure:
        return Said(value=NOTHING, look="bad", word=reading.failure)
    if reading.paper == "out" or reading.cover_open or reading.offline:
        state = "paper_out" if reading.paper == "out" else "cover_open" if reading.cover_open else "offline"
        return Said(value=NOTHING, look="bad", word=words.say(f"printer.{state}"))
    if reading.paper == "near-end":
        return Said(value=words.say("printer.ready"), look="warn", word=words.say("printer.near_end"))
    return Said(value=words.say("printer.ready"), look="good", word=words.say("printer.paper_ok"))


def _receipt(reading: ReceiptTapped, words: Words, currency: str) -> Said:
    where = words.say("tap.number", number=reading.number) if reading.number else ""
    if reading.unparsed or reading.total_minor is None:
        return Said(value=NOTHING, look="warn", word=words.say("tap.unparsed"), where=where or reading.unparsed)
    return Said(value=money(reading.total_minor, currency), word=words.say("tap.printed"), where=where)
