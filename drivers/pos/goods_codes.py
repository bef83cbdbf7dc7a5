"""Reads what stands in a barcode of goods: a trade number, a label of a scale, GS1 element strings, a GS1 Digital Link.

    6901028075831                                            a GTIN-13
    ]C10106901028075831 17261231 10LOT9                      GTIN, use by, lot (FNC1 ends a field: GS, 1D)
    https://id.gs1.org/01/06901028075831/10/LOT9?17=261231   the same as a link

GS1 is read by biip. Its messages hold the code, so none of them is ever shown: a code may be a member's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from drivers.pos.measure_rules import Measured, MeasureRule, measured
from drivers.pos.symbologies import RETAIL, UPC, is_gs1

if TYPE_CHECKING:
    from biip.gs1_element_strings import GS1ElementString

T = TypeVar("T")

GROUP_SEPARATOR = "\x1d"
GTIN_DIGITS = frozenset({8, 12, 13, 14})
LINK = re.compile(r"https?://[^/\s]+/\S*", re.IGNORECASE)
FALSE_CHECK_DIGIT = "its check digit is false: scan it again, or type the number under the bars"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsCode:
    """What was read; the fields are those of ``Scanned``. Nothing known is no problem: it may be no code of goods."""

    gtin: str | None = None
    sscc: str | None = None
    label: Measured | None = None
    grams: int | None = None
    count: int | None = None
    lot: str | None = None
    expires: str | None = None
    serial: str | None = None
    problem: str = ""


def read_goods(text: str, symbology: str, rules: Sequence[MeasureRule]) -> GoodsCode:
    """What stands in ``text``, which was read from ``symbology`` (empty: unknown)."""
    if text.isascii() and text.isdigit() and len(text) in GTIN_DIGITS and (not is_gs1(symbology) or symbology in RETAIL):
        return _trade_number(text, symbology, rules)
    if is_gs1(symbology) or GROUP_SEPARATOR in text or text[:2] in {"00", "01"} or LINK.fullmatch(text):
        return _gs1(text, certain=is_gs1(symbology))
    return GoodsCode()


def _trade_number(text: str, symbology: str, rules: Sequence[MeasureRule]) -> GoodsCode:
    from biip.checksums import gs1_standard_check_digit
    from biip.upc import Upc

    right = gs1_standard_check_digit(text[:-1]) == int(text[-1])
    if len(text) == 8 and (symbology == UPC or not right):  # eight digits are an EAN-8, unless only UPC-E makes sense of them
        upc_e = _parsed(lambda: Upc.parse(text).as_upc_a())
        return GoodsCode(gtin=upc_e.zfill(14)) if upc_e else GoodsCode(problem=FALSE_CHECK_DIGIT)
    if not right:
        return GoodsCode(problem=FALSE_CHECK_DIGIT)
    label = measured(text, rules)
    return GoodsCode(label=label, problem=label.problem) if label else GoodsCode(gtin=text.zfill(14))


def _gs1(text: str, *, certain: bool) -> GoodsCode:
    """``certain``: the symbol says that it is GS1; else a text that does not parse is just some text."""
    from biip.gs1_digital_link_uris import GS1DigitalLinkURI
    from biip.gs1_messages import GS1Message

    link = LINK.fullmatch(text) is not None
    strings = _parsed(lambda: (GS1DigitalLinkURI if link else GS1Message).parse(text).element_strings)
    if strings is None:
        return GoodsCode(problem=FALSE_CHECK_DIGIT if certain and not link else "")
    return _code_of(strings)


def _parsed(read: Callable[[], T]) -> T | None:
    from biip import ParseError

    try:
        return read()
    except (ParseError, ValueError):  # ValueError: an address that urllib cannot read
        return None


def _code_of(strings: Iterable[GS1ElementString]) -> GoodsCode:
    found = {element.ai.ai: element for element in strings}
    trade, box = found.get("01"), found.get("00")
    weight = next((element for ai, element in found.items() if ai.startswith("310")), None)
    if (trade and trade.gtin is None) or (box and box.sscc is None):
        return GoodsCode(problem=FALSE_CHECK_DIGIT)
    return GoodsCode(
        gtin=trade.gtin.as_gtin_14() if trade and trade.gtin else None,
        sscc=box.sscc.value if box and box.sscc else None,
        grams=_grams(weight.decimal) if weight else None,
        count=_count(found["30"].value) if "30" in found else None,
        lot=found["10"].value if "10" in found else None,
        expires=_day(found["17"].date) if "17" in found else None,
        serial=found["21"].value if "21" in found else None,
    )


def _grams(kilograms: Decimal | None) -> int | None:
    """Whole grams, or None: a weight that is not known to the gram is none to sell by."""
    grams = None if kilograms is None else kilograms * 1000
    return int(grams) if grams is not None and grams == grams.to_integral_value() else None


def _count(digits: str) -> int | None:
    """biip takes an empty count for one."""
    return int(digits) if digits.isascii() and digits.isdigit() else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
