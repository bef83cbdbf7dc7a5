"""What a scanner reads where a coupon was expected."""

from __future__ import annotations

from base64 import b32encode
from contextlib import suppress

from edge.shop.promotions.coupon_code import PREFIX, CouponCodeError, check_signature, read_code

X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"


def feed(data: bytes) -> None:
    """As the text of a code, and as the bytes in one; nobody made up has signed it."""
    for text in (data.decode("utf-8", "replace"), PREFIX + b32encode(data).decode().rstrip("=")):
        with suppress(CouponCodeError):
            _, told, signature = read_code(text)
            check_signature(told, signature, X)
            raise AssertionError("a coupon was forged")
