"""What Alipay's answers mean for money: only what is certain is called paid or refused, everything else is asked again.

From opendocs.alipay.com: alipay.trade.pay (10003 "order success pay inprocess", 20000 "服务不可用"), alipay.trade.query
(trade_status), alipay.trade.cancel (retry_flag), alipay.trade.refund, alipay.trade.fastpay.refund.query.
"""

from __future__ import annotations

import re

from drivers.payments.alipay_json import SUCCESS, WAITS, Told, Unsigned
from drivers.payments.meaning import Meaning

AMOUNT = re.compile(r"([0-9]{1,9})\.([0-9]{2})")
CERTAIN = frozenset(
    {
        *("ACQ.PAYMENT_AUTH_CODE_INVALID", "ACQ.BUYER_BALANCE_NOT_ENOUGH", "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH"),
        *("ACQ.ERROR_BALANCE_PAYMENT_DISABLE", "ACQ.BUYER_SELLER_EQUAL", "ACQ.TRADE_BUYER_NOT_MATCH"),
        *("ACQ.BUYER_ENABLE_STATUS_FORBID", "ACQ.PULL_MOBILE_CASHIER_FAIL", "ACQ.MOBILE_PAYMENT_SWITCH_OFF"),
        *("ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR"),
        *("ACQ.BEYOND_PAY_RESTRICTION", "ACQ.BEYOND_PER_RECEIPT_RESTRICTION", "ACQ.ACCESS_FORBIDDEN"),
        *("ACQ.INVALID_PARAMETER", "ACQ.PARTNER_ERROR", "ACQ.TOTAL_FEE_EXCEED", "ACQ.EXIST_FORBIDDEN_WORD"),
    }
)
"""With these a payment failed for sure. ACQ.SYSTEM_ERROR, code 20000 and unknown ones are asked about."""

BUSY = "20000"
"""The gateway itself did not get through with it ("服务不可用")."""

NEVER_REFUNDED = frozenset({"ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.TRADE_HAS_FINISHED", "ACQ.TRADE_NOT_ALLOW_REFUND"})

NEVER_CANCELLED = frozenset(
    {
        *("ACQ.CANCEL_NOT_ALLOWED", "ACQ.TRADE_CANCEL_TIME_OUT", "ACQ.REASON_TRADE_BEEN_FREEZEN", "ACQ.TRADE_HAS_FINISHED"),
        *("ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.REASON_TRADE_REFUND_FEE_ERR", "ACQ.INVALID_PARAMETER"),
    }
)
"""With these nothing was taken back."""


def of_payment(told: Told | Unsigned, payment: str, amount_minor: int) -> Meaning:
    """The answer to a payment code. Anybody on the way may have said what is not signed, so it ends nothing."""
    if isinstance(told, Unsigned):
        return Meaning(what="waits", words=told.words)
    if told.code == SUCCESS:
        return _paid(told, payment, amount_minor)
    if told.code == WAITS or _is_busy(told):
        return Meaning(what="waits", words=told.words)
    return Meaning(what="refused" if told.sub_code in CERTAIN else "unclear", words=told.words)


def of_query(told: Told | Unsigned, payment: str, amount_minor: int) -> Meaning:
    """The answer to the question what became of a payment."""
    if isinstance(told, Unsigned):
        return Meaning(what="unclear", words=told.words)
    if told.code != SUCCESS:
        return Meaning(what="absent" if told.sub_code == "ACQ.TRADE_NOT_EXIST" else "unclear", words=told.words)
    match told.text("trade_status"):
        case "TRADE_SUCCESS" | "TRADE_FINISHED":
            return _paid(told, payment, amount_minor)
        case "TRADE_CLOSED":
            return Meaning(what="refused", words="TRADE_CLOSED")
        case "WAIT_BUYER_PAY":
            return Meaning(what="waits", words="WAIT_BUYER_PAY")
    return Meaning(what="unclear", words=told.words)


def of_cancel(told: Told | Unsigned) -> Meaning:
    """The answer to taking a payment back: refused means that nothing is charged any more."""
    if isinstance(told, Unsigned) or told.text("retry_flag") == "Y":
        return Meaning(what="unclear", words=told.words)
    if told.code == SUCCESS and told.text("retry_flag") == "N":
        return Meaning(what="refused", words="taken back")
    return Meaning(what="stands" if told.sub_code in NEVER_CANCELLED else "unclear", words=told.words)


def of_refund(told: Told | Unsigned, amount_minor: int) -> Meaning:
    """The answer to giving money back. ``fund_change`` N: this very refund was given before, or it is on its way.

    After an error of the system it may yet be given ("请使用相同的参数再次调用"), so it waits.
    """
    if isinstance(told, Unsigned):
        return Meaning(what="waits", words=told.words)
    if told.code == SUCCESS and told.text("fund_change") == "Y":
        return Meaning(what="paid", fee=amount_minor, receipt=told.text("trade_no"))
    if told.code == SUCCESS or _is_busy(told):
        return Meaning(what="waits", words=told.words)
    return Meaning(what="refused" if told.sub_code in NEVER_REFUNDED else "unclear", words=told.words)


def of_refund_query(told: Told | Unsigned, refund: str) -> Meaning:
    """The answer to the question what became of a refund; one that Alipay never heard of has no number in it."""
    if isinstance(told, Unsigned):
        return Meaning(what="unclear", words=told.words)
    if told.code != SUCCESS:
        return Meaning(what="unclear", words=told.words)
    if not told.text("out_request_no"):
        return Meaning(what="absent", words="ALIPAY_KNOWS_NO_SUCH_REFUND")
    if told.text("out_request_no") == refund and told.text("refund_status") == "REFUND_SUCCESS":
        return Meaning(what="paid", fee=_minor(told.text("refund_amount")), receipt=told.text("trade_no"))
    return Meaning(what="unclear", words=told.text("refund_status") or told.words)


def _paid(told: Told, payment: str, amount_minor: int) -> Meaning:
    """Paid, if it is this payment and this amount."""
    fee = _minor(told.text("total_amount"))
    if told.text("out_trade_no") != payment or fee != amount_minor:
        return Meaning(what="unclear", words=f"the gateway tells of another payment, or of {fee} instead of {amount_minor}")
    return Meaning(what="paid", fee=fee, receipt=told.text("trade_no"))


def _is_busy(told: Told) -> bool:
    """An error of the system: what was asked may still be done."""
    return told.code == BUSY or told.sub_code.endswith("SYSTEM_ERROR")


def _minor(amount: str) -> int:
    found = AMOUNT.fullmatch(amount)
    return int(found[1]) * 100 + int(found[2]) if found else -1
