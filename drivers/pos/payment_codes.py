"""Tells a shopper's payment code from goods, before anything keeps or shows it.

    134567890123456789          18 digits from 10 to 15: WeChat Pay (WeChat Pay: "付款码支付")
    284505190871234567          16 to 24 digits from 25 to 30: Alipay (alipay.trade.pay, auth_code)
    fp0123456789abcdef…         Alipay, by face
    6212345678901234567         19 digits from 62: UnionPay (not read in a primary source: a setting)

Two kinds of goods look alike: a box's SSCC has 18 digits, a scale's label may begin with 28. The symbology decides (GS1 symbols
are goods), then what the lane expects, then the settings.
"""

from __future__ import annotations

import re
from typing import Literal

from drivers.pos.symbologies import is_gs1

Wallet = Literal["wechat", "alipay", "unionpay"]
Expects = Literal["payment", "goods"]

WECHAT = re.compile(r"1[0-5][0-9]{16}")
ALIPAY = re.compile(r"(?:2[5-9]|30)[0-9]{14,22}|fp[0-9a-z]{14,40}", re.IGNORECASE)
UNIONPAY = re.compile(r"62[0-9]{17}")
SSCC_DIGITS = 18


def wallet_of(text: str, symbology: str, *, expects: Expects, unionpay: bool) -> Wallet | None:
    """Whose payment code ``text`` is; None for anything else. ``expects`` decides where a box of goods has the same form."""
    if is_gs1(symbology):
        return None
    found = _by_form(text, unionpay=unionpay)
    if found is None or not _may_be_goods(text, symbology):
        return found
    return found if expects == "payment" else None


def _by_form(text: str, *, unionpay: bool) -> Wallet | None:
    if WECHAT.fullmatch(text):
        return "wechat"
    if ALIPAY.fullmatch(text):
        return "alipay"
    return "unionpay" if unionpay and UNIONPAY.fullmatch(text) else None


def _may_be_goods(text: str, symbology: str) -> bool:
    """An SSCC whose scanner does not say what symbol it read, with a right check digit."""
    from biip.checksums import gs1_standard_check_digit

    if symbology or len(text) != SSCC_DIGITS or not text.isdigit():
        return False
    return gs1_standard_check_digit(text[:-1]) == int(text[-1])
