"""WeChat Pay's gateway for payment codes (API v2), which answers in signed XML.

storebox sim payment/wechat-micropay --port 8090

``wechat_books.py`` has what it writes down, ``wechat_words.py`` its language.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from drivers.sim.gateway_moods import Mood, gateway_orders
from drivers.sim.gateway_sim import GatewaySim, Heard
from drivers.sim.orders import obey_until_quit, options, tell
from drivers.sim.wechat_books import Fields, WechatBooks, failed
from drivers.sim.wechat_words import fields_of, signature, xml_of

PATHS = {
    "/pay/micropay": "pay",
    "/pay/orderquery": "query",
    "/secapi/pay/reverse": "reverse",
    "/secapi/pay/refund": "refund",
    "/pay/refundquery": "refund_query",
}


@dataclass(slots=True, kw_only=True)
class WechatSpeech:
    """It knows one merchant, ``mch_id``, and shares ``key`` with it."""

    key: str = "192006250b4c09247ec02edce69f6a2d"
    mch_id: str = "10000100"
    paths: Collection[str] = field(default=tuple(PATHS))

    async def read(self, request: web.Request) -> Heard:
        """A question in XML."""
        asked = fields_of(await request.text())
        return Heard(call=PATHS[request.path], asked=asked, problem=self._problem(asked))

    def refuse(self, heard: Heard) -> web.Response:
        """What cannot be read is answered without a signature."""
        return web.Response(text=xml_of({"return_code": "FAIL", "return_msg": heard.problem}), content_type="text/xml")

    def write(self, _heard: Heard, told: Fields, mood: Mood) -> web.Response:
        """An answer in XML, signed."""
        match mood:
            case "nonsense":
                return web.Response(text="<xml><return_code>SUCC")
            case "system-error":
                told = failed("SYSTEMERROR")
            case "other-amount":
                told = {**told, "total_fee": "1"}
        return web.Response(text=xml_of(self._signed(told, mood)), content_type="text/xml")

    def _problem(self, asked: Fields) -> str:
        if asked.get("mch_id") != self.mch_id:
            return "mch_id参数格式错误"
        right = asked.get("sign_type") == "HMAC-SHA256" and asked.get("sign") == signature(asked, self.key)
        return "" if right else "签名错误"

    def _signed(self, told: Fields, mood: Mood) -> Fields:
        told = {**told, "mch_id": self.mch_id, "nonce_str": secrets.token_hex(16)}
        if mood == "no-signature":
            return told
        return {**told, "sign": signature(told, "another key" if mood == "wrong-signature" else self.key)}


WechatGatewaySim = GatewaySim[WechatBooks, WechatSpeech]


def wechat_gateway(books: WechatBooks | None = None, **served: Any) -> WechatGatewaySim:
    """The gateway with its books; ``served`` as GatewaySim has it."""
    return GatewaySim(books=books or WechatBooks(), speech=WechatSpeech(), **served)


ORDERS = gateway_orders(tuple(PATHS.values()))


def main(argv: Sequence[str] | None = None) -> int:
    """Take payments until a signal or ``quit``."""
    parser = options("payment/wechat-micropay", ORDERS)
    parser.add_argument("--port", type=int, default=8090, help="where it listens on 127.0.0.1, without TLS")
    parser.add_argument("--key", default=WechatSpeech().key, help="the merchant's key")
    given = parser.parse_args(argv)
    asyncio.run(obey_until_quit(lambda: _listening(given.port, given.key), ORDERS))
    return 0


@asynccontextmanager
async def _listening(port: int, key: str) -> AsyncIterator[WechatGatewaySim]:
    async with GatewaySim(books=WechatBooks(), speech=WechatSpeech(key=key), port=port) as sim:
        tell({"listening": sim.url})
        yield sim
