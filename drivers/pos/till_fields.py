"""The fields that every kind of till sends, and what may never stand for goods in them: a card number, a payment code."""

from __future__ import annotations

from typing import Annotated

import msgspec

from drivers.pos.cards import cut_cards
from drivers.pos.payment_codes import wallet_of
from drivers.reports import Unclear

MOST_MINOR = 10_000_000_000
LONGEST_BARCODE = 14
"""A GTIN may look like the number of a card, but no card has so few digits."""

Code = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00-\x1f\x7f]{1,128}\Z")]
Count = Annotated[int, msgspec.Meta(ge=1, le=9_999)]
Grams = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=MOST_MINOR)]
Tender = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9_-]{1,32}\Z")]
Day = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\Z")]


def checked_goods(what: str, code: str) -> str:
    """``code`` unless it may be a card number or a payment code; raises Unclear."""
    if len(code) > LONGEST_BARCODE and cut_cards(code) != code:
        raise Unclear(f"{what} may be a card number: send the code of the goods")
    if wallet_of(code.strip(), "", expects="payment", unionpay=False) is not None:
        raise Unclear(f"{what} may be a payment code: send the code of the goods")
    return code
