"""What Alipay's gateway writes down of payments by code, and what it answers when nothing gets lost on the way.

From opendocs.alipay.com: alipay.trade.pay, alipay.trade.query, alipay.trade.cancel, alipay.trade.refund,
alipay.trade.fastpay.refund.query.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

State = Literal["WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED"]
Fields = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class AlipayTrade:
    """One payment; money in fen."""

    fee: int
    state: State
    trade_no: str
    asked: int = 0
    refunds: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class AlipayBooks:
    """The attributes are its moods; they may change at any time.

    ``refuses``, ``refund_refuses``: a sub_code. ``confirms``: the shopper must type a password; after so many queries the payment
    is ``ends``. ``retries``: so many cancellations ask to be asked again.
    """

    refuses: str = ""
    refund_refuses: str = ""
    confirms: int | None = None
    ends: State = "TRADE_SUCCESS"
    retries: int = 0
    trades: dict[str, AlipayTrade] = field(default_factory=dict)
    _codes: dict[str, str] = field(default_factory=dict)

    def charged(self) -> dict[str, int]:
        """What shoppers have paid in the end, by the merchant's number; what was given back is taken off."""
        paid = {number: each for number, each in self.trades.items() if each.state != "WAIT_BUYER_PAY" and each.fee}
        return {number: each.fee - sum(each.refunds.values()) for number, each in paid.items()}

    def pay(self, asked: Fields) -> Fields:
        """``alipay.trade.pay``."""
        code, number = asked["auth_code"], asked["out_trade_no"]
        if number in self.trades:
            was_paid = self.trades[number].state == "TRADE_SUCCESS"
            return failed("ACQ.TRADE_HAS_SUCCESS" if was_paid else "ACQ.TRADE_HAS_CLOSE")
        if not (code.isdigit() and 16 <= len(code) <= 24 and "25" <= code[:2] <= "30") or self._codes.get(code, number) != number:
            return failed("ACQ.PAYMENT_AUTH_CODE_INVALID")
        self._codes[code] = number
        if self.refuses:
            return failed(self.refuses)
        state: State = "TRADE_SUCCESS" if self.confirms is None else "WAIT_BUYER_PAY"
        trade = AlipayTrade(
            fee=fen(asked["total_amount"]), state=state, trade_no=f"20261121220014{secrets.randbelow(10**14):014}"
        )
        self.trades[number] = trade
        if state == "WAIT_BUYER_PAY":
            return {"code": "10003", "msg": " order success pay inprocess", "out_trade_no": number, "trade_no": trade.trade_no}
        return done(self._told(number))

    def query(self, asked: Fields) -> Fields:
        """``alipay.trade.query``."""
        trade = self.trades.get(asked["out_trade_no"])
        if trade is None:
            return failed("ACQ.TRADE_NOT_EXIST")
        trade.asked += 1
        if trade.state == "WAIT_BUYER_PAY" and self.confirms is not None and trade.asked >= self.confirms:
            trade.state = self.ends
            trade.fee = 0 if self.ends == "TRADE_CLOSED" else trade.fee
        return done({**self._told(asked["out_trade_no"]), "trade_status": trade.state})

    def cancel(self, asked: Fields) -> Fields:
        """``alipay.trade.cancel``."""
        trade = self.trades.get(asked["out_trade_no"])
        if trade is None:
            return failed("ACQ.TRADE_NOT_EXIST")
        if self.retries:
            self.retries -= 1
            return done({"out_trade_no": asked["out_trade_no"], "retry_flag": "Y"})
        action = "refund" if trade.state == "TRADE_SUCCESS" else "close"
        trade.state, trade.fee = "TRADE_CLOSED", 0
        return done({"out_trade_no": asked["out_trade_no"], "retry_flag": "N", "action": action})

    def refund(self, asked: Fields) -> Fields:
        """``alipay.trade.refund``."""
        trade, request, fee = self.trades.get(asked["out_trade_no"]), asked["out_request_no"], fen(asked["refund_amount"])
        if trade is None:
            return failed("ACQ.TRADE_NOT_EXIST")
        if self.refund_refuses:
            return failed(self.refund_refuses)
        change = "N" if request in trade.refunds else "Y"
        if change == "Y" and fee + sum(trade.refunds.values()) > trade.fee:
            return failed("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        trade.refunds.setdefault(request, fee)
        told = {"out_trade_no": asked["out_trade_no"], "trade_no": trade.trade_no, "fund_change": change}
        return done({**told, "refund_fee": yuan(sum(trade.refunds.values()))})

    def refund_query(self, asked: Fields) -> Fields:
        """``alipay.trade.fastpay.refund.query``: an unknown refund is answered with nothing in it."""
        trade, request = self.trades.get(asked["out_trade_no"]), asked["out_request_no"]
        if trade is None:
            return failed("ACQ.TRADE_NOT_EXIST")
        if request not in trade.refunds:
            return done({})
        told = {"out_trade_no": asked["out_trade_no"], "out_request_no": request, "trade_no": trade.trade_no}
        return done({**told, "refund_amount": yuan(trade.refunds[request]), "refund_status": "REFUND_SUCCESS"})

    def _told(self, number: str) -> Fields:
        trade = self.trades[number]
        return {
            "out_trade_no": number,
            "trade_no": trade.trade_no,
            "total_amount": yuan(trade.fee),
            "receipt_amount": yuan(trade.fee),
            "buyer_logon_id": "ekf***@example.com",
        }


def done(told: Fields) -> Fields:
    """An answer to what was done."""
    return {"code": "10000", "msg": "Success", **told}


def failed(sub_code: str) -> Fields:
    """An answer to what was not; the system's own error is another kind."""
    code = "20000" if sub_code.startswith("aop.") else "40004"
    return {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": f"test: {sub_code}"}


def fen(amount: str) -> int:
    """``6.50`` as 650."""
    return int(Decimal(amount) * 100)


def yuan(fee: int) -> str:
    """650 as ``6.50``."""
    return f"{fee // 100}.{fee % 100:02}"
