"""What WeChat Pay's gateway writes down of payments, and what it answers when nothing gets lost on the way.

From pay.weixin.qq.com: "付款码支付", "查询订单", "撤销订单", "申请退款", "查询退款".
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Literal

State = Literal["SUCCESS", "USERPAYING", "NOTPAY", "PAYERROR", "REVOKED", "CLOSED", "REFUND"]
Fields = dict[str, str]


@dataclass(slots=True, kw_only=True)
class Trade:
    """One payment."""

    fee: int
    state: State
    transaction: str
    asked: int = 0
    reversed_at: int | None = None
    refunds: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class WechatBooks:
    """The attributes are its moods; they may change at any time.

    ``refuses``, ``refund_refuses``, ``reverse_refuses``: an error code. ``confirms``: the shopper must type a password; after so
    many queries the payment is ``ends``. ``recalls``: so many reversals ask to be asked again. ``reverses_after``: a reversal
    that is not repeated is done so many queries later. ``refund_state``: how refunds stand.
    """

    refuses: str = ""
    refund_refuses: str = ""
    reverse_refuses: str = ""
    reverses_after: int = 0
    refund_state: str = "PROCESSING"
    confirms: int | None = None
    ends: State = "SUCCESS"
    recalls: int = 0
    trades: dict[str, Trade] = field(default_factory=dict)
    _codes: dict[str, str] = field(default_factory=dict)

    def charged(self) -> dict[str, int]:
        """What shoppers have paid in the end, by the merchant's number; what was given back is taken off."""
        return {
            number: trade.fee - sum(trade.refunds.values())
            for number, trade in self.trades.items()
            if trade.state in {"SUCCESS", "REFUND"}
        }

    def pay(self, asked: Fields) -> Fields:
        """``/pay/micropay``."""
        code, number = asked["auth_code"], asked["out_trade_no"]
        if number in self.trades:
            return failed("ORDERPAID" if self.trades[number].state == "SUCCESS" else "OUT_TRADE_NO_USED")
        if not (len(code) == 18 and code.isdigit() and "10" <= code[:2] <= "15"):
            return failed("AUTH_CODE_INVALID")
        if self._codes.setdefault(code, number) != number:
            return failed("AUTHCODEEXPIRE")
        if self.refuses:
            return failed(self.refuses)
        state: State = "SUCCESS" if self.confirms is None else "USERPAYING"
        self.trades[number] = Trade(fee=int(asked["total_fee"]), state=state, transaction=f"42000{secrets.randbelow(10**23):023}")
        return done(self._paid(number)) if state == "SUCCESS" else failed("USERPAYING")

    def query(self, asked: Fields) -> Fields:
        """``/pay/orderquery``."""
        number = asked["out_trade_no"]
        trade = self.trades.get(number)
        if trade is None:
            return failed("ORDERNOTEXIST")
        trade.asked += 1
        if trade.reversed_at is not None and trade.asked > trade.reversed_at:
            trade.state = "REVOKED"
        if trade.state == "USERPAYING" and self.confirms is not None and trade.asked >= self.confirms:
            trade.state = self.ends
        told = self._paid(number) if trade.state in {"SUCCESS", "REFUND"} else {"out_trade_no": number}
        return done({**told, "trade_state": trade.state})

    def reverse(self, asked: Fields) -> Fields:
        """``/secapi/pay/reverse``."""
        trade = self.trades.get(asked["out_trade_no"])
        if trade is None:
            return failed("TRADE_ERROR")
        if self.recalls:
            self.recalls -= 1
            return {**failed("SYSTEMERROR"), "recall": "Y"}
        if self.reverse_refuses:
            return failed(self.reverse_refuses)
        if self.reverses_after and trade.reversed_at is None:
            trade.reversed_at = trade.asked + self.reverses_after
        else:
            trade.state = "REVOKED"
        return done({"recall": "N"})

    def refund(self, asked: Fields) -> Fields:
        """``/secapi/pay/refund``."""
        trade, refund, fee = self.trades.get(asked["out_trade_no"]), asked["out_refund_no"], int(asked["refund_fee"])
        if trade is None or trade.state not in {"SUCCESS", "REFUND"} or int(asked["total_fee"]) != trade.fee:
            return failed("INVALID_REQUEST")
        if self.refund_refuses:
            return failed(self.refund_refuses)
        if refund not in trade.refunds and fee + sum(trade.refunds.values()) > trade.fee:
            return failed("INVALID_REQUEST")
        trade.refunds.setdefault(refund, fee)
        trade.state = "REFUND"
        return done(
            {
                "out_trade_no": asked["out_trade_no"],
                "out_refund_no": refund,
                "refund_id": f"50300{secrets.randbelow(10**23):023}",
                "refund_fee": str(trade.refunds[refund]),
                "total_fee": str(trade.fee),
            }
        )

    def refund_query(self, asked: Fields) -> Fields:
        """``/pay/refundquery``."""
        refund = asked["out_refund_no"]
        found = next((each for each in self.trades.values() if refund in each.refunds), None)
        if found is None:
            return failed("REFUNDNOTEXIST")
        told = {"out_refund_no_0": refund, "refund_fee_0": str(found.refunds[refund]), "refund_id_0": "50300"}
        return done({**told, "refund_status_0": self.refund_state})

    def _paid(self, number: str) -> Fields:
        trade = self.trades[number]
        return {
            "out_trade_no": number,
            "transaction_id": trade.transaction,
            "trade_type": "MICROPAY",
            "total_fee": str(trade.fee),
            "fee_type": "CNY",
            "bank_type": "OTHERS",
        }


def done(told: Fields) -> Fields:
    """An answer to what was done."""
    return {"return_code": "SUCCESS", "return_msg": "OK", "result_code": "SUCCESS", **told}


def failed(code: str) -> Fields:
    """An answer to what was not."""
    said = {"return_code": "SUCCESS", "return_msg": "OK", "result_code": "FAIL"}
    return {**said, "err_code": code, "err_code_des": f"test: {code}"}
