"""Card numbers and payment codes, cut before anything else sees them: at most the first six and last four digits stay.

    VISA 4111 1111 1111 1111     ->     VISA 4111 11** **** 1111
    付款码 134567890123456789      ->     付款码 ******************

Text keeps its length and its lines, so that what reads a receipt afterwards finds everything else where it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

FIRST, LAST = 6, 4  # what PCI DSS 3.4 lets stand
SHORTEST, LONGEST = 13, 19  # ISO/IEC 7812-1

FULL_WIDTH = str.maketrans("０１２３４５６７８９－　", "0123456789- ")
_WIDE = re.compile("[０-９－\u3000]")
_RUN = re.compile(r"[0-9]{13,}")
_SPACED = re.compile(r"(?<![0-9])[0-9]{1,10}(?:[ -]{1,2}[0-9]{1,10}(?![0-9]))+")
"""Groups are short: a barcode beside a quantity is none."""

_MARKED = re.compile(r"(?<![0-9])[0-9]{4}([.:/_])(?:[0-9]{4}\1[0-9]{4}\1[0-9]{1,7}|[0-9]{6}\1[0-9]{4,5})(?![0-9])")
_BROKEN = re.compile(r"(?<![0-9])([0-9][0-9 -]{2,16}[0-9])[ -]*\n[ -]*([0-9][0-9 -]{0,15})(?![0-9])")
_YEAR_AND_MONTH = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])")
"""No issuer's numbers begin like that, but many tills number their receipts by it."""

_PAYMENT_CODE = re.compile(r"付款码|付款条码|支付码|支付条码|授权码|条码支付|auth[_ ]?code|payment code", re.IGNORECASE)
_CODE_DIGITS = re.compile(r"[0-9](?:[ -]?[0-9]){11,}")


def cut_cards(text: str) -> str:
    """``text`` (lines joined by newlines) without card numbers and payment codes, of the same length and lines."""
    plain = text.translate(FULL_WIDTH) if _WIDE.search(text) else text
    places = sorted({place for found in _found(plain) for place in found})
    if not places:
        return text
    letters = list(text)
    for place in places:
        letters[place] = "*"
    return "".join(letters)


def may_hold_card(text: str) -> bool:
    """Whether a card number stands in ``text``. A barcode never does: to refuse a text costs more than a few stars in a copy."""
    plain = text.translate(FULL_WIDTH)
    whole = (run[0] for run in _RUN.finditer(plain) if len(run[0]) > SHORTEST)
    return any(map(_is_card, whole)) or any(places for row in _SPACED.finditer(plain) for places in _spans(row))


def cut_digits(digits: str) -> str:
    """A whole card number as it may be kept: ``492910******1234``; of a short one nothing."""
    if len(digits) < SHORTEST:
        return "*" * len(digits)
    return digits[:FIRST] + "*" * (len(digits) - FIRST - LAST) + digits[-LAST:]


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(int(digit) for digit in digits[-1::-2]) + sum(two - 9 if two > 9 else two for two in doubled)) % 10 == 0


def _found(plain: str) -> Iterator[list[int]]:
    """The places of the digits that must go."""
    for run in _RUN.finditer(plain):
        if _is_card(run[0]) or (len(run[0]) > LONGEST and not _YEAR_AND_MONTH.match(run[0])):
            yield _middle(range(*run.span()))
    yield from _payment_codes(plain)
    for row in _SPACED.finditer(plain):
        yield from _spans(row)
    for number in _MARKED.finditer(plain):
        yield from _if_card(plain, _digit_places(plain, *number.span()))
    for number in _BROKEN.finditer(plain):
        yield from _broken(plain, number)


def _payment_codes(plain: str) -> Iterator[list[int]]:
    """All digits of a long number that stands in one line with the words for a payment code."""
    for words in _PAYMENT_CODE.finditer(plain):
        start, end = plain.rfind("\n", 0, words.start()) + 1, plain.find("\n", words.end())
        for code in _CODE_DIGITS.finditer(plain, start, len(plain) if end < 0 else end):
            yield _digit_places(plain, *code.span())


def _spans(row: re.Match[str]) -> Iterator[list[int]]:
    """Card numbers among groups of digits: any groups in a row may be one, so a number beside it does not hide it."""
    if sum(map(str.isdecimal, row[0])) < SHORTEST:
        return
    groups = [range(row.start() + group.start(), row.start() + group.end()) for group in re.finditer(r"[0-9]+", row[0])]
    for first in range(len(groups)):
        places: list[int] = []
        for group in groups[first:]:
            places.extend(group)
            if len(places) > LONGEST:
                break
            if len(places) >= SHORTEST:
                yield from _if_card(row.string, places)


def _broken(plain: str, number: re.Match[str]) -> Iterator[list[int]]:
    """A number that goes on in the next line; either part alone is too short to be one."""
    upper = _digit_places(plain, *number.span(1))
    lower = _digit_places(plain, *number.span(2))
    if len(upper) < SHORTEST and len(lower) < SHORTEST:
        yield from _if_card(plain, upper + lower)


def _if_card(plain: str, places: list[int]) -> Iterator[list[int]]:
    if _is_card("".join(plain[place] for place in places)):
        yield _middle(places)


def _is_card(digits: str) -> bool:
    return SHORTEST <= len(digits) <= LONGEST and digits[0] != "0" and not _YEAR_AND_MONTH.match(digits) and passes_luhn(digits)


def _digit_places(plain: str, start: int, end: int) -> list[int]:
    return [place for place in range(start, end) if plain[place] in "0123456789"]


def _middle(places: range | list[int]) -> list[int]:
    return list(places[FIRST:-LAST])
