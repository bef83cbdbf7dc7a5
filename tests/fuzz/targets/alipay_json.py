"""Answers of Alipay's gateway."""

from __future__ import annotations

import json
from contextlib import suppress

from cryptography.hazmat.primitives.asymmetric import rsa

from drivers.contract import BadFrame
from drivers.payments.alipay_answers import of_cancel, of_payment, of_query, of_refund, of_refund_query
from drivers.payments.alipay_json import Told, decode

KEY = rsa.generate_private_key(65537, 2048).public_key()


def feed(data: bytes) -> None:
    """As a whole answer, and as the object of one that was signed."""
    with suppress(BadFrame):
        told = decode(data, "alipay.trade.pay", KEY)
        assert of_payment(told, "p", 650).what != "paid", "nobody but Alipay can sign"
    try:
        fields = json.loads(data)["alipay_trade_pay_response"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return
    if isinstance(fields, dict):
        told = Told(fields=fields)
        for meant in (of_payment(told, "p", 650), of_query(told, "p", 650)):
            assert meant.what != "paid" or (meant.fee, fields["out_trade_no"]) == (650, "p")
        of_refund(told, 650)
        of_refund_query(told, "r")
        of_cancel(told)
