"""WeChat Pay by payment code (付款码): the shopper shows 18 digits, the gateway charges the wallet, or asks for a password first.

POST /pay/micropay        out_trade_no total_fee auth_code   ->   SUCCESS · USERPAYING · an error
POST /pay/orderquery      out_trade_no                       ->   SUCCESS · USERPAYING · NOTPAY · PAYERROR · REVOKED …
POST /secapi/pay/reverse  out_trade_no                       ->   closed, or the money goes back
POST /secapi/pay/refund   out_trade_no out_refund_no         ->   the same number gives back once
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from drivers.commands import Abort, PayByCode, Refund, SettlePayment
from drivers.contract import Driver, Wires
from drivers.payments.code_payments import CodePayments
from drivers.payments.gateway import Certificate, Gateway
from drivers.payments.meaning import Calls, Pace
from drivers.payments.wechat_calls import WechatCalls, read_key
from drivers.payments.wechat_settings import WechatSettings

SCHEME = "WeChat Pay"


def open_wechat(device: str, settings: WechatSettings, _wires: Wires) -> CodePayments:
    """The merchant of ``settings``; nothing is said yet."""

    async def connect(stack: AsyncExitStack) -> Calls:
        key = await asyncio.to_thread(read_key, settings.key_file, device)
        gateway = await stack.enter_async_context(Gateway(settings.url, _certificate(settings)))
        return WechatCalls(gateway, settings, key)

    pace = Pace(
        ask_every_ms=settings.ask_every_ms,
        confirm_ms=settings.confirm_ms,
        reverse_after_ms=settings.reverse_after_ms,
        check_every_s=settings.check_every_s,
    )
    return CodePayments(device, scheme=SCHEME, pace=pace, connect=connect)


def _certificate(settings: WechatSettings) -> Certificate | None:
    chain, key = settings.certificate_file, settings.certificate_key_file
    return None if chain is None or key is None else Certificate(chain=chain, key=key)


DRIVER = Driver(
    kind="payment", settings_class=WechatSettings, open=open_wechat, commands=(PayByCode, SettlePayment, Refund, Abort)
)
