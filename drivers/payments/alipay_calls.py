"""What a merchant asks Alipay, each question signed, and what the answers mean."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.contract import DeviceError, DeviceGone
from drivers.payments.alipay_answers import of_cancel, of_payment, of_query, of_refund, of_refund_query
from drivers.payments.alipay_json import Told, Unsigned, decode, encode
from drivers.payments.alipay_settings import AlipaySettings
from drivers.payments.gateway import Gateway
from drivers.payments.meaning import Meaning

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

BEIJING = timezone(timedelta(hours=8))
PROBE = "storebox_is_the_key_right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The merchant's own key, with which it signs, and Alipay's, by which answers are believed."""

    own: RSAPrivateKey
    alipay: RSAPublicKey


def read_keys(settings: AlipaySettings, device: str) -> Keys:
    """Both keys from their PEM files. Raises DeviceGone."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

    own = _loaded(settings.key_file, f"key_file of {device}", lambda pem: load_pem_private_key(pem, None))
    alipay = _loaded(settings.alipay_key_file, f"alipay_key_file of {device}", load_pem_public_key)
    if not isinstance(own, RSAPrivateKey) or not isinstance(alipay, RSAPublicKey):
        raise DeviceGone(f"the keys of {device} are no RSA keys: make them with Alipay's key tool, RSA2, as PEM")
    return Keys(own=own, alipay=alipay)


def _loaded(path: Path, what: str, load: Callable[[bytes], object]) -> object:
    try:
        return load(path.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise DeviceGone(f"{what}, {path}, cannot be used ({error}): it must be an RSA key as PEM") from error


class AlipayCalls:
    """Each call raises NotSent, DeviceSilent, DeviceGone, BadFrame."""

    def __init__(self, gateway: Gateway, settings: AlipaySettings, keys: Keys) -> None:
        self._gateway, self._settings, self._keys = gateway, settings, keys

    async def check(self) -> None:
        """Ask for a payment that there is none of: the answer is signed if the keys are right. Raises DeviceError."""
        told = await self._ask("alipay.trade.query", {"out_trade_no": PROBE})
        if isinstance(told, Unsigned):
            raise DeviceError(f"Alipay does not know this merchant: {told.words}; are app_id and key_file right?")

    async def pay(self, payment: str, amount_minor: int, code: str) -> Meaning:
        """Charge the wallet that shows ``code``; the code of a face begins with fp."""
        asked = {
            "out_trade_no": payment,
            "scene": "security_code" if code.lower().startswith("fp") else "bar_code",
            "auth_code": code,
            "product_code": self._settings.product_code,
            "subject": self._settings.title,
            "total_amount": _yuan(amount_minor),
            "timeout_express": "2m",
        }
        return of_payment(await self._ask("alipay.trade.pay", asked), payment, amount_minor)

    async def query(self, payment: str, amount_minor: int) -> Meaning:
        """What became of it."""
        return of_query(await self._ask("alipay.trade.query", {"out_trade_no": payment}), payment, amount_minor)

    async def reverse(self, payment: str) -> Meaning:
        """Close it, or give the money back."""
        return of_cancel(await self._ask("alipay.trade.cancel", {"out_trade_no": payment}))

    async def refund(self, payment: str, refund: str, *, amount_minor: int, paid_minor: int) -> Meaning:  # noqa: ARG002
        """Give back a part of it, or all."""
        asked = {"out_trade_no": payment, "out_request_no": refund, "refund_amount": _yuan(amount_minor)}
        return of_refund(await self._ask("alipay.trade.refund", asked), amount_minor)

    async def refund_query(self, payment: str, refund: str) -> Meaning:
        """What became of the refund."""
        asked = {"out_trade_no": payment, "out_request_no": refund}
        return of_refund_query(await self._ask("alipay.trade.fastpay.refund.query", asked), refund)

    async def _ask(self, method: str, asked: dict[str, str]) -> Told | Unsigned:
        said = {
            "app_id": self._settings.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": f"{datetime.now(UTC).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
            "version": "1.0",
            "app_auth_token": self._settings.app_auth_token or "",
            "biz_content": json.dumps(asked, ensure_ascii=False),
        }
        form = "application/x-www-form-urlencoded;charset=utf-8"
        body = encode(said, self._keys.own)
        answer = await self._gateway.post("/gateway.do", body, content_type=form, answer_ms=self._settings.answer_ms)
        return decode(answer, method, self._keys.alipay)


def _yuan(amount_minor: int) -> str:
    return f"{amount_minor // 100}.{amount_minor % 100:02}"
