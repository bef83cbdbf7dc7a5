"""How the receipts of a till are read: a pattern each for number, day, total, tender and goods, with sane ones for a beginning.

    单号: 20261121-0042          number       receipt no: 42
    2026-11-21 15:30            day          21/11/2026
    牛奶   2   6.50   13.00      goods        Milk   2   6.50   13.00
    合计: 43.50                  total        TOTAL  43.50
    微信支付  43.50              tender       CASH  50.00

A pattern that is not found costs its field only; without a total a receipt counts as not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from drivers.counter_readings import TappedLine
from drivers.pos.receipt_patterns import EN, ISO_DAY, TENDERS, ZH

MOST_LINES = 500
MOST_MINOR = 10**12
MOST_GRAMS = 1_000_000
_ISO_DAY = re.compile(ISO_DAY)

Field = Literal["number", "day", "total", "tender", "goods"]


class BadPattern(ValueError):
    """The pattern cannot be used; the text says why and what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The patterns of one till; ``decimals`` of its currency are printed."""

    number: re.Pattern[str]
    day: re.Pattern[str]
    total: re.Pattern[str]
    tender: re.Pattern[str]
    goods: re.Pattern[str]
    decimals: int = 2

    def has_total(self, text: str) -> bool:
        """Whether the receipt's total stands in ``text``."""
        return self.total_minor(text) is not None

    def number_of(self, text: str) -> str | None:
        """The receipt's number; None also for one of which digits were cut."""
        found = self.number.search(text)
        return None if found is None or "*" in text[slice(*_around(found, text))] else found[1]

    def day_of(self, text: str) -> str | None:
        """The printed day as YYYY-MM-DD."""
        for found in _first((self.day, _ISO_DAY), text):
            try:
                return date(int(found["year"]), int(found["month"]), int(found["day"])).isoformat()
            except ValueError:
                continue
        return None

    def total_minor(self, text: str) -> int | None:
        """The last total on it: the first may be one before a discount."""
        found = _last(self.total, text)
        return None if found is None else minor(found[1], self.decimals)

    def tender_of(self, text: str) -> str | None:
        """How it was paid, in the shop's word."""
        found = _last(self.tender, text)
        return None if found is None else TENDERS.get(found[1].lower(), found[1].lower())[:32]

    def lines_of(self, text: str) -> tuple[TappedLine, ...]:
        """The goods, in their order."""
        return tuple(list(self._goods(text.split("\n")))[:MOST_LINES])

    def _goods(self, lines: Iterable[str]) -> Iterator[TappedLine]:
        for line in lines:
            found = self.goods.search(line)
            if found is None:
                continue
            told = found.groupdict()
            yield TappedLine(
                name=told["name"].strip(),
                qty=int(told["qty"]) if told.get("qty") else None,
                grams=_grams(told.get("kg")),
                amount_minor=minor(told["amount"], self.decimals) if told.get("amount") else None,
                code=told.get("code"),
            )


def template(language: Literal["zh", "en"], decimals: int, own: Mapping[Field, str]) -> Template:
    """The patterns of ``language``, those of ``own`` instead where there are. Raises BadPattern."""
    patterns: dict[str, str] = {**(ZH if language == "zh" else EN), **dict(own.items())}
    return Template(
        number=compiled("number", patterns["number"]),
        day=compiled("day", patterns["day"]),
        total=compiled("total", patterns["total"]),
        tender=compiled("tender", patterns["tender"]),
        goods=compiled("goods", patterns["goods"]),
        decimals=decimals,
    )


def compiled(field: Field, pattern: str) -> re.Pattern[str]:
    """``pattern`` of the settings. Raises BadPattern."""
    try:
        found = re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise BadPattern(f"{pattern!r} is no pattern: {error}") from error
    if re.search(r"[+*}]\??\)[+*{]", pattern):
        raise BadPattern(f"{pattern!r} repeats a group that repeats itself: it could take for ever; repeat only one of them")
    missing = [name for name in NAMED.get(field, ()) if name not in found.groupindex]
    if missing:
        raise BadPattern(f"{pattern!r} lacks {', '.join(f'(?P<{name}>…)' for name in missing)}")
    if field not in NAMED and not found.groups:
        raise BadPattern(f"{pattern!r} needs brackets around the {field}")
    return found


NAMED = {"day": ("year", "month", "day"), "goods": ("name", "amount")}
"""Groups that a pattern must have by name; the others have the first group."""


def minor(printed: str, decimals: int) -> int | None:
    """``1,234.50`` or ``1.234,50`` in minor units; None for what is no amount."""
    if not any(letter.isdecimal() for letter in printed):
        return None
    sign = -1 if printed.startswith("-") else 1
    whole, point, part = printed.lstrip("-").rpartition("." if printed.rfind(".") > printed.rfind(",") else ",")
    if not point or len(part) > decimals:
        whole, part = printed.lstrip("-"), ""
    digits = re.sub(r"[.,]", "", whole) + part.ljust(decimals, "0")
    return sign * int(digits) if digits.isdecimal() and int(digits) < MOST_MINOR else None


def _grams(kilograms: str | None) -> int | None:
    if not kilograms:
        return None
    grams = minor(kilograms, 3)
    return grams if grams is not None and grams <= MOST_GRAMS else None


def _first(patterns: Iterable[re.Pattern[str]], text: str) -> Iterator[re.Match[str]]:
    for pattern in patterns:
        yield from pattern.finditer(text)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for found in pattern.finditer(text):  # noqa: B007
        pass
    return found


def _around(found: re.Match[str], text: str) -> tuple[int, int]:
    """The number and the letter behind it: where digits were cut, the pattern ends."""
    return found.start(1), min(found.end(1) + 1, len(text))
