"""Alipay by payment code (当面付): a shopper shows 16 to 24 digits, the gateway charges the wallet, or asks for a password.

alipay.trade.pay      out_trade_no total_amount auth_code   ->   10000 · 10003, the shopper confirms · 20000, nobody knows
alipay.trade.query    out_trade_no                          ->   TRADE_SUCCESS · WAIT_BUYER_PAY · TRADE_CLOSED
alipay.trade.cancel   out_trade_no                          ->   closed, or the money goes back; retry_flag
alipay.trade.refund   out_trade_no out_request_no           ->   the same number gives back once
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from drivers.commands import Abort, PayByCode, Refund, SettlePayment
from drivers.contract import Driver, Wires
from drivers.payments.alipay_calls import AlipayCalls, read_keys
from drivers.payments.alipay_settings import AlipaySettings
from drivers.payments.code_payments import CodePayments
from drivers.payments.gateway import Gateway
from drivers.payments.meaning import Calls, Pace

SCHEME = "Alipay"


def open_alipay(device: str, settings: AlipaySettings, _wires: Wires) -> CodePayments:
    """The merchant of ``settings``; nothing is said yet."""

    async def connect(stack: AsyncExitStack) -> Calls:
        keys = await asyncio.to_thread(read_keys, settings, device)
        return AlipayCalls(await stack.enter_async_context(Gateway(settings.url)), settings, keys)

    pace = Pace(
        ask_every_ms=settings.ask_every_ms,
        confirm_ms=settings.confirm_ms,
        reverse_after_ms=settings.reverse_after_ms,
        check_every_s=settings.check_every_s,
    )
    return CodePayments(device, scheme=SCHEME, pace=pace, connect=connect)


DRIVER = Driver(
    kind="payment", settings_class=AlipaySettings, open=open_alipay, commands=(PayByCode, SettlePayment, Refund, Abort)
)
