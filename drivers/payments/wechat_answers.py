"""What the gateway's answers mean for money: only what is certain is called paid or refused, everything else is asked again.

From pay.weixin.qq.com: "付款码支付" (its error codes), "查询订单" (trade_state), "撤销订单" (recall), "申请退款", "查询退款".
"""

from __future__ import annotations

from drivers.payments.meaning import Meaning
from drivers.payments.wechat_xml import Told, Unsigned

CERTAIN = frozenset(
    {
        *("AUTHCODEEXPIRE", "AUTH_CODE_ERROR", "AUTH_CODE_INVALID", "BUYER_MISMATCH", "NOTENOUGH", "NOTSUPORTCARD", "NOAUTH"),
        *("APPID_NOT_EXIST", "MCHID_NOT_EXIST", "APPID_MCHID_NOT_MATCH", "LACK_PARAMS", "PARAM_ERROR", "XML_FORMAT_ERROR"),
        *("NOT_UTF8", "REQUIRE_POST_METHOD", "SIGNERROR"),
    }
)
"""With these a payment failed for sure ("支付确认失败"). SYSTEMERROR, BANKERROR, USERPAYING and unknown ones are asked about."""

PERHAPS = frozenset({"USERPAYING", "SYSTEMERROR", "BANKERROR"})
"""The gateway is not through with the payment: a number that it does not know yet may still be paid."""

FINAL = frozenset({"CLOSED", "REVOKED", "PAYERROR"})
"""States of a trade that never become paid."""

RETRY = frozenset({"SYSTEMERROR", "BIZERR_NEED_RETRY", "FREQUENCY_LIMITED"})
"""A refund is asked for again with the same number ("请使用相同参数再次调用")."""

NEVER_REFUNDED = frozenset(
    {"NOTENOUGH", "USER_ACCOUNT_ABNORMAL", "TRADE_OVERDUE", "INVALID_TRANSACTIONID", "NOAUTH", "ORDERNOTEXIST"}
)


NEVER_REVERSED = frozenset({"REVERSE_EXPIRE", "NOAUTH", "PARAM_ERROR", "LACK_PARAMS", "SIGNERROR", "INVALID_TRANSACTIONID"})
"""With these nothing was taken back ("订单无法撤销")."""


def of_payment(told: Told | Unsigned, payment: str, amount_minor: int) -> Meaning:
    """The answer to a payment code. Anybody on the way may have said what is not signed, so it ends nothing."""
    if isinstance(told, Unsigned):
        return Meaning(what="waits", words=told.words)
    if not told.code:
        return _paid(told, payment, amount_minor)
    if told.code in CERTAIN:
        return Meaning(what="refused", words=told.words)
    return Meaning(what="waits" if told.code in PERHAPS else "unclear", words=told.words)


def of_query(told: Told | Unsigned, payment: str, amount_minor: int) -> Meaning:
    """The answer to the question what became of a payment."""
    if isinstance(told, Unsigned):
        return Meaning(what="unclear", words=told.words)
    if told.code:
        return Meaning(what="absent" if told.code == "ORDERNOTEXIST" else "unclear", words=told.words)
    state = told.fields.get("trade_state", "")
    if state == "SUCCESS":
        return _paid(told, payment, amount_minor)
    if state in FINAL:
        return Meaning(what="refused", words=state)
    return Meaning(what="waits" if state in {"USERPAYING", "NOTPAY", "ACCEPT"} else "unclear", words=state)


def of_reversal(told: Told | Unsigned) -> Meaning:
    """The answer to taking a payment back: refused means that nothing is charged any more."""
    if isinstance(told, Unsigned) or told.fields.get("recall", "N") == "Y":
        return Meaning(what="unclear", words=told.words)
    if not told.code:
        return Meaning(what="refused", words="taken back")
    return Meaning(what="stands" if told.code in NEVER_REVERSED else "unclear", words=told.words)


def of_refund(told: Told | Unsigned, refund: str) -> Meaning:
    """The answer to giving money back: paid means that it goes back."""
    if isinstance(told, Unsigned):
        return Meaning(what="waits", words=told.words)
    if told.code in NEVER_REFUNDED:
        return Meaning(what="refused", words=told.words)
    if told.code:
        return Meaning(what="waits" if told.code in RETRY else "unclear", words=told.words)
    if told.fields.get("out_refund_no") != refund:
        return Meaning(what="unclear", words="the answer is about another refund")
    return Meaning(what="paid", fee=_number(told, "refund_fee"), receipt=told.fields.get("refund_id", ""))


def of_refund_query(told: Told | Unsigned) -> Meaning:
    """The answer to the question what became of a refund."""
    if isinstance(told, Unsigned):
        return Meaning(what="unclear", words=told.words)
    if told.code:
        return Meaning(what="absent" if told.code == "REFUNDNOTEXIST" else "unclear", words=told.words)
    status = told.fields.get("refund_status_0", "")
    if status in {"SUCCESS", "PROCESSING"}:
        return Meaning(what="paid", fee=_number(told, "refund_fee_0"), receipt=told.fields.get("refund_id_0", ""))
    return Meaning(what="refused" if status in {"REFUNDCLOSE", "CHANGE"} else "unclear", words=status)


def _paid(told: Told, payment: str, amount_minor: int) -> Meaning:
    """Paid, if it is this payment and this amount."""
    fee = _number(told, "total_fee")
    if told.fields.get("out_trade_no") != payment or fee != amount_minor:
        return Meaning(what="unclear", words=f"the gateway tells of another payment, or of {fee} instead of {amount_minor}")
    return Meaning(what="paid", fee=fee, receipt=told.fields.get("transaction_id", ""))


def _number(told: Told, name: str) -> int:
    text = told.fields.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else -1
