"""Answers of WeChat Pay's gateway."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import BadFrame
from drivers.payments.wechat_answers import of_payment, of_query, of_refund, of_refund_query, of_reversal
from drivers.payments.wechat_xml import Told, decode

KEY = "192006250b4c09247ec02edce69f6a2d"


def feed(data: bytes) -> None:
    """As a whole answer, and as the fields of one that was signed."""
    with suppress(BadFrame):
        decode(data, KEY)
    lines = [line.partition("=") for line in data.decode("utf-8", "replace").split("\n")]
    fields = {name: text for name, _, text in lines}
    told = Told(fields=fields, code=fields.get("err_code", ""))
    for meant in (of_payment(told, "p", 650), of_query(told, "p", 650)):
        assert meant.what != "paid" or (meant.fee, fields["out_trade_no"]) == (650, "p")
    of_refund(told, "r")
    of_refund_query(told)
    of_reversal(told)
