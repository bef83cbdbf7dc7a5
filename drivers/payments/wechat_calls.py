"""What a merchant asks WeChat Pay, each question signed, and what the answers mean."""

from __future__ import annotations

import secrets
from pathlib import Path

from drivers.contract import DeviceError, DeviceGone
from drivers.payments.gateway import Gateway, NotSent
from drivers.payments.meaning import Meaning
from drivers.payments.wechat_answers import of_payment, of_query, of_refund, of_refund_query, of_reversal
from drivers.payments.wechat_settings import WechatSettings
from drivers.payments.wechat_xml import Told, Unsigned, decode, encode

PROBE = "storebox-is-the-key-right"
"""A number that no payment has: the gateway answers that it does not know it, and signs that."""


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

    async def check(self) -> None:
        """Ask for a payment that there is none of: the answer is signed if the key is right. Raises DeviceError."""
        told = await self._ask("/pay/orderquery", {"out_trade_no": PROBE})
        if isinstance(told, Unsigned):
            raise DeviceError(f"WeChat Pay does not know this merchant: {told.words}; are appid, mch_id and key_file right?")

    async def pay(self, payment: str, amount_minor: int, code: str) -> Meaning:
        """Charge the wallet that shows ``code``."""
        asked = {
            "body": self._settings.title,
            "out_trade_no": payment,
            "total_fee": str(amount_minor),
            "spbill_create_ip": self._settings.own_address,
            "auth_code": code,
        }
        return of_payment(await self._ask("/pay/micropay", asked), payment, amount_minor)

    async def query(self, payment: str, amount_minor: int) -> Meaning:
        """What became of it."""
        return of_query(await self._ask("/pay/orderquery", {"out_trade_no": payment}), payment, amount_minor)

    async def reverse(self, payment: str) -> Meaning:
        """Close it, or give the money back. Raises NotSent also without a certificate, where the gateway wants one."""
        if self._settings.certificate_file is None and self._settings.url.startswith("https:"):
            raise NotSent("without certificate_file no payment can be taken back: download it at the merchant platform")
        return of_reversal(await self._ask("/secapi/pay/reverse", {"out_trade_no": payment}))

    async def refund(self, payment: str, refund: str, *, amount_minor: int, paid_minor: int) -> Meaning:
        """Give back a part of it, or all."""
        asked = {
            "out_trade_no": payment,
            "out_refund_no": refund,
            "total_fee": str(paid_minor),
            "refund_fee": str(amount_minor),
        }
        return of_refund(await self._ask("/secapi/pay/refund", asked), refund)

    async def refund_query(self, payment: str, refund: str) -> Meaning:  # noqa: ARG002 - other gateways find it by both
        """What became of the refund."""
        return of_refund_query(await self._ask("/pay/refundquery", {"out_refund_no": refund}))

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
