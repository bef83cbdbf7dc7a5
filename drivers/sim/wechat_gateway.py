"""WeChat Pay's gateway for payment codes (API v2), and every way in which its answer can get lost.

storebox sim payment/wechat-micropay --port 8090

``wechat_books.py`` has what it writes down, ``wechat_words.py`` its language.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Self, get_args

from aiohttp import web

from drivers.sim.gateway_moods import Mood, gateway_orders, lost
from drivers.sim.orders import obey_until_quit, options, tell
from drivers.sim.wechat_books import Fields, WechatBooks, failed
from drivers.sim.wechat_words import fields_of, signature, xml_of

Call = Literal["pay", "query", "reverse", "refund", "refund_query"]
PATHS: dict[str, Call] = {
    "/pay/micropay": "pay",
    "/pay/orderquery": "query",
    "/secapi/pay/reverse": "reverse",
    "/secapi/pay/refund": "refund",
    "/pay/refundquery": "refund_query",
}


@dataclass(slots=True, kw_only=True)
class WechatGatewaySim:
    """``async with`` it and it listens on ``port``. The attributes are its moods; they may change at any time.

    ``moods`` says of each call what becomes of its *answer*: the work is done before; ``deaf`` never hears it.
    ``moods_last``: so many answers, then it is well again. ``thinks_s``: so long it takes.
    """

    port: int = 0
    key: str = "192006250b4c09247ec02edce69f6a2d"
    mch_id: str = "10000100"
    books: WechatBooks = field(default_factory=WechatBooks)
    moods: dict[Call, Mood] = field(default_factory=dict)
    moods_last: int = 1_000_000
    thinks_s: float = 0.0
    certificates: ssl.SSLContext | None = None
    heard: list[tuple[Call, Fields]] = field(default_factory=list)
    _runner: web.AppRunner | None = None
    _closed: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __aenter__(self) -> Self:
        app = web.Application()
        for path, call in PATHS.items():
            app.router.add_post(path, self._answering(call))
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self.certificates).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._closed.set()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http{'s' if self.certificates else ''}://127.0.0.1:{self.port}"

    def times(self, call: Call) -> int:
        """How often it was asked for ``call``."""
        return sum(each == call for each, _ in self.heard)

    async def heard_of(self, call: Call, times: int = 1) -> None:
        """Wait until it has been asked so often for ``call``."""
        async with self._news:
            await self._news.wait_for(lambda: self.times(call) >= times)

    def _answering(self, call: Call) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            asked = fields_of(await request.text())
            async with self._news:
                self.heard.append((call, asked))
                self._news.notify_all()
            await asyncio.sleep(self.thinks_s)
            problem = self._problem(asked)
            if problem:  # what cannot be read is answered without a signature
                return web.Response(text=xml_of({"return_code": "FAIL", "return_msg": problem}), content_type="text/xml")
            mood = self._mood(call)
            if mood == "deaf":
                return lost(request)
            return await self._say(request, getattr(self.books, call)(asked), mood)

        return answer

    def _problem(self, asked: Fields) -> str:
        if asked.get("mch_id") != self.mch_id:
            return "mch_id参数格式错误"
        right = asked.get("sign_type") == "HMAC-SHA256" and asked.get("sign") == signature(asked, self.key)
        return "" if right else "签名错误"

    def _mood(self, call: Call) -> Mood:
        mood = self.moods.get(call, "well")
        if mood != "well":
            self.moods_last -= 1
        return mood if self.moods_last >= 0 else "well"

    async def _say(self, request: web.Request, told: Fields, mood: Mood) -> web.StreamResponse:
        match mood:
            case "mute":
                await self._closed.wait()
            case "cut":
                return lost(request)
            case "server-error":
                return web.Response(status=502, text="<html>502 Bad Gateway</html>")
            case "nonsense":
                return web.Response(text="<xml><return_code>SUCC")
            case "system-error":
                told = failed("SYSTEMERROR")
            case "other-amount":
                told = {**told, "total_fee": "1"}
        return web.Response(text=xml_of(self._signed(told, mood)), content_type="text/xml")

    def _signed(self, told: Fields, mood: Mood) -> Fields:
        told = {**told, "mch_id": self.mch_id, "nonce_str": secrets.token_hex(16)}
        if mood == "no-signature":
            return told
        return {**told, "sign": signature(told, "another key" if mood == "wrong-signature" else self.key)}


ORDERS = gateway_orders(get_args(Call))


def main(argv: Sequence[str] | None = None) -> int:
    """Take payments until a signal or ``quit``."""
    parser = options("payment/wechat-micropay", ORDERS)
    parser.add_argument("--port", type=int, default=8090, help="where it listens on 127.0.0.1, without TLS")
    parser.add_argument("--key", default=WechatGatewaySim().key, help="the merchant's key")
    given = parser.parse_args(argv)
    asyncio.run(obey_until_quit(lambda: _listening(given.port, given.key), ORDERS))
    return 0


@asynccontextmanager
async def _listening(port: int, key: str) -> AsyncIterator[WechatGatewaySim]:
    async with WechatGatewaySim(port=port, key=key) as sim:
        tell({"listening": sim.url})
        yield sim
