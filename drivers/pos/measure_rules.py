"""Labels of scales: a barcode made in the shop that holds a product and its weight, price or number.

    [[device.scanner-1.measure]]        2100001027506   →   item 2100001000004, 2.750 kg
    prefix = "21"
    item = [2, 7]
    value = [7, 12]
    kind = "weight"

Which digits mean what is a matter of the country, often of the shop (GS1 General Specifications 2.1.12), so nothing is assumed.
The item is the code with its value at nothing and a check digit of its own, as back offices number it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from config.schema import Section

EAN13_DIGITS = 13
KILOGRAM_DIGITS = 3

Place = Annotated[tuple[Annotated[int, Field(ge=0, le=12)], Annotated[int, Field(ge=1, le=12)]], Field()]


class MeasureRule(Section):
    """One form of label. ``item`` and ``value``: from and up to (not with) a digit, counted from 0; the 13th checks."""

    prefix: Annotated[str, StringConstraints(pattern=r"^(02|2[0-9]?)[0-9]{0,4}$")]
    item: Place
    value: Place
    kind: Literal["weight", "price", "count"]
    decimals: Annotated[int, Field(ge=0, le=3)] = 3
    verifier: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name, (begin, end) in (("item", self.item), ("value", self.value)):
            if begin >= end:
                raise ValueError(f"{name} = [{begin}, {end}] holds no digit; write from and up to, as in [2, 7]")
        if self.item[0] < self.value[1] and self.value[0] < self.item[1]:
            raise ValueError("item and value share a digit; look at the label again")
        if self.verifier and (self.kind != "price" or self.value[1] - self.value[0] not in (4, 5)):
            raise ValueError("a verifier digit stands before a price of 4 or 5 digits only")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a label says. One of ``grams``, ``amount_minor`` and ``count`` is known, unless ``problem`` says why not."""

    item: str
    grams: int | None = None
    amount_minor: int | None = None
    count: int | None = None
    problem: str = ""


def overlap(rules: Sequence[MeasureRule]) -> str:
    """What is wrong when two rules would read the same label; empty when none do."""
    for place, rule in enumerate(rules):
        for other in rules[place + 1 :]:
            if rule.prefix.startswith(other.prefix) or other.prefix.startswith(rule.prefix):
                return f"prefix {rule.prefix} and prefix {other.prefix} mean the same labels; keep one of them"
    return ""


def measured(code: str, rules: Iterable[MeasureRule]) -> Measured | None:
    """What the label ``code`` (13 digits with a right check digit) says; None when no rule is for it."""
    rule = next((rule for rule in rules if code.startswith(rule.prefix)), None)
    if rule is None or len(code) != EAN13_DIGITS:
        return None
    item, value = _item(code, rule), code[slice(*rule.value)]
    if rule.verifier and not _verified(code, rule):
        return Measured(item=item, problem="the price on the label is damaged (its verifier digit is false): weigh it again")
    match rule.kind:
        case "weight":
            return Measured(item=item, grams=int(value) * 10 ** (KILOGRAM_DIGITS - rule.decimals))
        case "price":
            return Measured(item=item, amount_minor=int(value))
        case "count":
            return Measured(item=item, count=int(value))


def _item(code: str, rule: MeasureRule) -> str:
    from biip.checksums import gs1_standard_check_digit

    kept = [digit if rule.item[0] <= at < rule.item[1] or at < len(rule.prefix) else "0" for at, digit in enumerate(code[:-1])]
    digits = "".join(kept)
    return f"{digits}{gs1_standard_check_digit(digits)}"


def _verified(code: str, rule: MeasureRule) -> bool:
    """The digit before the price (GS1 General Specifications 7.9.2 to 7.9.4)."""
    from biip.checksums import gs1_price_weight_check_digit

    return int(code[rule.value[0] - 1]) == gs1_price_weight_check_digit(code[slice(*rule.value)])
