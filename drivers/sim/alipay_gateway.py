"""Alipay's gateway for payment codes, which answers in JSON whose very text is signed.

storebox sim payment/alipay-f2f --port 8091

It signs with RSA2 (SHA-256) as opendocs.alipay.com says: the answer over the text of its own object, the question over its sorted
parameters. ``alipay_books.py`` has what it writes down.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from drivers.sim.alipay_books import AlipayBooks, Fields, failed
from drivers.sim.gateway_moods import Mood, gateway_orders
from drivers.sim.gateway_sim import GatewaySim, Heard
from drivers.sim.orders import obey_until_quit, options, tell

METHODS = {
    "alipay.trade.pay": "pay",
    "alipay.trade.query": "query",
    "alipay.trade.cancel": "cancel",
    "alipay.trade.refund": "refund",
    "alipay.trade.fastpay.refund.query": "refund_query",
}


@dataclass(slots=True, kw_only=True)
class AlipaySpeech:
    """It knows one merchant, ``app_id``, by its public key ``merchant``, and signs with ``own``."""

    merchant: rsa.RSAPublicKey
    own: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    app_id: str = "2014072300007148"
    paths: Collection[str] = ("/gateway.do",)

    @property
    def public_key(self) -> bytes:
        """Its own public key as PEM, by which its answers are believed."""
        return self.own.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    async def read(self, request: web.Request) -> Heard:
        """A question as a form, its content as JSON in it."""
        asked = {name: str(value) for name, value in (await request.post()).items()}
        method = asked.get("method", "")
        problem = "" if self._is_signed(asked) else "isv.invalid-signature"
        return Heard(call=METHODS[method], asked=json.loads(asked["biz_content"]), named=method, problem=problem)

    def refuse(self, heard: Heard) -> web.Response:
        """Also this is signed."""
        told = {"code": "40002", "msg": "Invalid Arguments", "sub_code": heard.problem, "sub_msg": "验签出错"}
        return self._written(heard.named, told, "well")

    def write(self, heard: Heard, told: Fields, mood: Mood) -> web.Response:
        """An answer in JSON."""
        match mood:
            case "nonsense":
                return web.Response(text='{"alipay_trade_pay_respo')
            case "system-error":
                told = failed("aop.ACQ.SYSTEM_ERROR")
            case "other-amount":
                told = {**told, "total_amount": "0.01"}
        return self._written(heard.named, told, mood)

    def _is_signed(self, asked: dict[str, str]) -> bool:
        said = "&".join(f"{name}={asked[name]}" for name in sorted(asked) if name != "sign" and asked[name])
        if asked.get("app_id") != self.app_id or asked.get("sign_type") != "RSA2":
            return False
        try:
            self.merchant.verify(b64decode(asked.get("sign", "")), said.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    def _written(self, method: str, told: Fields, mood: Mood) -> web.Response:
        """As it is on the wire: one object, and the signature of its text."""
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        signed = self.own.sign(text.encode() + (b" " if mood == "wrong-signature" else b""), padding.PKCS1v15(), hashes.SHA256())
        sign = "" if mood == "no-signature" else f',"sign":"{b64encode(signed).decode()}"'
        return web.Response(text=f'{{"{method.replace(".", "_")}_response":{text}{sign}}}', content_type="text/html")


AlipayGatewaySim = GatewaySim[AlipayBooks, AlipaySpeech]
ORDERS = gateway_orders(tuple(METHODS.values()))


def main(argv: Sequence[str] | None = None) -> int:
    """Take payments until a signal or ``quit``."""
    parser = options("payment/alipay-f2f", ORDERS)
    parser.add_argument("--port", type=int, default=8091, help="where it listens on 127.0.0.1, without TLS")
    parser.add_argument("--merchant-key", type=Path, required=True, help="the public key of the merchant, PEM")
    parser.add_argument("--own-key", type=Path, required=True, help="where it writes its own public key, PEM")
    given = parser.parse_args(argv)
    asyncio.run(obey_until_quit(lambda: _listening(given), ORDERS))
    return 0


@asynccontextmanager
async def _listening(given: Any) -> AsyncIterator[AlipayGatewaySim]:
    merchant = serialization.load_pem_public_key(given.merchant_key.read_bytes())
    if not isinstance(merchant, rsa.RSAPublicKey):
        raise TypeError(f"{given.merchant_key} is no RSA key")
    async with GatewaySim(books=AlipayBooks(), speech=AlipaySpeech(merchant=merchant), port=given.port) as sim:
        given.own_key.write_bytes(sim.speech.public_key)
        tell({"listening": sim.url})
        yield sim
