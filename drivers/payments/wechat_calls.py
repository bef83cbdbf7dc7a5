"""The five questions that a merchant asks WeChat Pay, each signed and answered: pay, query, reverse, refund, query a refund."""

from __future__ import annotations

import secrets
from pathlib import Path

from drivers.contract import DeviceGone
from drivers.payments.gateway import Gateway
from drivers.payments.wechat_settings import WechatSettings
from drivers.payments.wechat_xml import Told, Unsigned, decode, encode


def read_key(path: Path, device: str) -> str:
    """The merchant's API key: 32 letters and digits. Raises DeviceGone."""
    try:
        key = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DeviceGone(f"key_file {path} of {device} cannot be read ({error}): write the merchant's API key into it") from error
    if not (len(key) == 32 and key.isascii() and key.isalnum()):
        raise DeviceGone(f"key_file {path} of {device} holds no API key: 32 letters and digits, set at the merchant platform")
    return key


class WechatCalls:
    """Each call raises NotSent, DeviceSilent, DeviceGone, BadFrame."""

    def __init__(self, gateway: Gateway, settings: WechatSettings, key: str) -> None:
        self._gateway, self._settings, self._key = gateway, settings, key

    async def pay(self, payment: str, amount_minor: int, code: str) -> Told | Unsigned:
        """Charge the wallet that shows ``code``."""
        asked = {
            "body": self._settings.title,
            "out_trade_no": payment,
            "total_fee": str(amount_minor),
            "spbill_create_ip": self._settings.own_address,
            "auth_code": code,
        }
        return await self._ask("/pay/micropay", asked)

    async def query(self, payment: str) -> Told | Unsigned:
        """What became of it."""
        return await self._ask("/pay/orderquery", {"out_trade_no": payment})

    async def reverse(self, payment: str) -> Told | Unsigned:
        """Close it, or give the money back."""
        return await self._ask("/secapi/pay/reverse", {"out_trade_no": payment})

    async def refund(self, payment: str, refund: str, *, amount_minor: int, paid_minor: int) -> Told | Unsigned:
        """Give back a part of it, or all."""
        asked = {
            "out_trade_no": payment,
            "out_refund_no": refund,
            "total_fee": str(paid_minor),
            "refund_fee": str(amount_minor),
        }
        return await self._ask("/secapi/pay/refund", asked)

    async def refund_query(self, refund: str) -> Told | Unsigned:
        """What became of the refund."""
        return await self._ask("/pay/refundquery", {"out_refund_no": refund})

    async def _ask(self, path: str, asked: dict[str, str]) -> Told | Unsigned:
        own = {
            "appid": self._settings.appid,
            "mch_id": self._settings.mch_id,
            "sub_mch_id": self._settings.sub_mch_id or "",
            "nonce_str": secrets.token_hex(16),
        }
        body = encode(own | asked, self._key)
        answer_ms = self._settings.answer_ms
        return decode(await self._gateway.post(path, body, content_type="text/xml", answer_ms=answer_ms), self._key)
