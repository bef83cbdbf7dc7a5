"""Alipay's gateway for payment codes, and every way in which its answer can get lost.

storebox sim payment/alipay-f2f --port 8091

It signs with RSA2 (SHA-256) as opendocs.alipay.com says: the answer over the text of its own object, the question over its sorted
parameters. ``alipay_books.py`` has what it writes down.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, get_args

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from drivers.sim.alipay_books import AlipayBooks, Fields, failed
from drivers.sim.gateway_moods import Mood, gateway_orders, lost
from drivers.sim.orders import obey_until_quit, options, tell

Call = Literal["pay", "query", "cancel", "refund", "refund_query"]
METHODS: dict[str, Call] = {
    "alipay.trade.pay": "pay",
    "alipay.trade.query": "query",
    "alipay.trade.cancel": "cancel",
    "alipay.trade.refund": "refund",
    "alipay.trade.fastpay.refund.query": "refund_query",
}


@dataclass(slots=True, kw_only=True)
class AlipayGatewaySim:
    """``async with`` it and it listens on ``port``. The attributes are its moods; they may change at any time.

    ``moods`` says of each call what becomes of its *answer*: the work is done before; ``deaf`` never hears it.
    ``moods_last``: so many answers, then it is well again. ``merchant`` is the public key of the one whom it knows.
    """

    port: int = 0
    app_id: str = "2014072300007148"
    own: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    merchant: rsa.RSAPublicKey | None = None
    books: AlipayBooks = field(default_factory=AlipayBooks)
    moods: dict[Call, Mood] = field(default_factory=dict)
    moods_last: int = 1_000_000
    heard: list[tuple[Call, Fields]] = field(default_factory=list)
    _runner: web.AppRunner | None = None
    _closed: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/gateway.do", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._closed.set()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def public_key(self) -> bytes:
        """Its own public key as PEM, by which its answers are believed."""
        return self.own.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def times(self, call: Call) -> int:
        """How often it was asked for ``call``."""
        return sum(each == call for each, _ in self.heard)

    async def heard_of(self, call: Call, times: int = 1) -> None:
        """Wait until it has been asked so often for ``call``."""
        async with self._news:
            await self._news.wait_for(lambda: self.times(call) >= times)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        asked = {name: str(value) for name, value in (await request.post()).items()}
        method = asked.get("method", "")
        call = METHODS[method]
        content = json.loads(asked["biz_content"])
        async with self._news:
            self.heard.append((call, content))
            self._news.notify_all()
        if not self._is_signed(asked):
            told = {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-signature", "sub_msg": "验签出错"}
            return self._written(method, told, "well")
        mood = self._mood(call)
        if mood == "deaf":
            return lost(request)
        return await self._say(request, method, getattr(self.books, call)(content), mood)

    def _is_signed(self, asked: dict[str, str]) -> bool:
        said = "&".join(f"{name}={asked[name]}" for name in sorted(asked) if name != "sign" and asked[name])
        if self.merchant is None or asked.get("app_id") != self.app_id or asked.get("sign_type") != "RSA2":
            return False
        try:
            self.merchant.verify(b64decode(asked.get("sign", "")), said.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    def _mood(self, call: Call) -> Mood:
        mood = self.moods.get(call, "well")
        if mood != "well":
            self.moods_last -= 1
        return mood if self.moods_last >= 0 else "well"

    async def _say(self, request: web.Request, method: str, told: Fields, mood: Mood) -> web.StreamResponse:
        match mood:
            case "mute":
                await self._closed.wait()
            case "cut":
                return lost(request)
            case "server-error":
                return web.Response(status=502, text="<html>502 Bad Gateway</html>")
            case "nonsense":
                return web.Response(text='{"alipay_trade_pay_respo')
            case "system-error":
                told = failed("aop.ACQ.SYSTEM_ERROR")
            case "other-amount":
                told = {**told, "total_amount": "0.01"}
        return self._written(method, told, mood)

    def _written(self, method: str, told: Fields, mood: Mood) -> web.Response:
        """As it is on the wire: one object, and the signature of its text."""
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        signed = self.own.sign(text.encode() + (b" " if mood == "wrong-signature" else b""), padding.PKCS1v15(), hashes.SHA256())
        sign = "" if mood == "no-signature" else f',"sign":"{b64encode(signed).decode()}"'
        return web.Response(text=f'{{"{method.replace(".", "_")}_response":{text}{sign}}}', content_type="text/html")


ORDERS = gateway_orders(get_args(Call))


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
    async with AlipayGatewaySim(port=given.port, merchant=merchant) as sim:
        given.own_key.write_bytes(sim.public_key)
        tell({"listening": sim.url})
        yield sim
