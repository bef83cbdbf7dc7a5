"""The bodies of promotions and coupons."""

from __future__ import annotations

from contextlib import suppress

from edge.shop.promotions.coupon_document import parse_coupons
from edge.shop.promotions.document import parse_promotions
from sync.adopters import DocumentRefused


def feed(data: bytes) -> None:
    """Signed by headquarters, and wrong all the same."""
    for parse in (parse_promotions, parse_coupons):
        with suppress(DocumentRefused):
            parse(data, "CNY")
