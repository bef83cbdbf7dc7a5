"""From what a scanner typed to a reading: a payment code goes into a ``OneAttempt``, goods become numbers, noise is set aside.

The order matters: whether it is a payment code is asked before anything is done with the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from drivers.counter_readings import PaymentCodeShown, Scanned
from drivers.one_attempt import OneAttempt
from drivers.pos.goods_codes import GROUP_SEPARATOR, GoodsCode, read_goods
from drivers.pos.measure_rules import MeasureRule
from drivers.pos.payment_codes import Expects, wallet_of
from drivers.pos.symbologies import split_symbology
from drivers.readings import Unreadable

LONGEST_CODE = 512
"""A Digital Link with every qualifier has 200 characters; what is longer is a mistake or an attack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a scanner typed up to its end mark, stamped on arrival."""

    text: str = field(repr=False)
    device: str
    at: datetime
    monotonic_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRules:
    """How the shop reads codes. ``expects`` decides where a payment code and a box of goods have the same form."""

    measures: Sequence[MeasureRule] = ()
    expects: Expects = "payment"
    unionpay: bool = False


def read_code(typed: Typed, rules: CodeRules) -> Scanned | PaymentCodeShown | Unreadable:
    """What ``typed`` means. What cannot be read is told by its length only: it may be anybody's code."""
    text = typed.text
    problem = _problem(text)
    if problem:
        return Unreadable(device=typed.device, at=typed.at, monotonic_ms=typed.monotonic_ms, problem=problem)
    symbology, code = split_symbology(text)
    wallet = wallet_of(code, symbology, expects=rules.expects, unionpay=rules.unionpay)
    if wallet is not None:
        return PaymentCodeShown(
            device=typed.device,
            at=typed.at,
            monotonic_ms=typed.monotonic_ms,
            wallet=wallet,
            length=len(code),
            code=OneAttempt(code),
        )
    return _scanned(typed, symbology, code, read_goods(code, symbology, rules.measures))


def _problem(text: str) -> str:
    if len(text) > LONGEST_CODE:
        return f"a code of more than {LONGEST_CODE} characters: does the scanner end each code with Enter (CR)?"
    if not text.replace(GROUP_SEPARATOR, "").isprintable() or "\ufffd" in text:
        return "unreadable characters: a wrong baud rate or parity, or another keyboard layout than the scanner's?"
    return ""


def _scanned(typed: Typed, symbology: str, code: str, goods: GoodsCode) -> Scanned:
    label = goods.label
    return Scanned(
        device=typed.device,
        at=typed.at,
        monotonic_ms=typed.monotonic_ms,
        code=code,
        symbology=symbology,
        gtin=goods.gtin,
        sscc=goods.sscc,
        item=label.item if label else None,
        grams=label.grams if label else goods.grams,
        amount_minor=label.amount_minor if label else None,
        count=label.count if label else goods.count,
        lot=goods.lot,
        expires=goods.expires,
        serial=goods.serial,
        problem=goods.problem,
    )
