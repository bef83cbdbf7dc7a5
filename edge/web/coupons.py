"""Coupons for screens, tills and staff: put on an open order, taken off again, and those that another store took as well.

POST   /api/tills/{till}/orders/{order}/coupons            {"code": "SBC1:AEBOC3…"}
DELETE /api/tills/{till}/orders/{order}/coupons/{coupon}
GET    /api/tills/{till}/orders/{order}/coupons
GET    /api/coupons/contested
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.part import Decision
from edge.shop.promotions.contested import contested_coupons
from edge.shop.promotions.coupons import present_coupon, withdraw_coupon
from edge.shop.promotions.events import CouponPresented
from edge.shop.promotions.held import held_coupons
from edge.web.api import json_answer
from edge.web.body import read_bytes
from edge.web.deciding import asked_of, decided
from edge.web.declining import as_problem
from edge.web.own_order import own_order
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.view import View
from sync.entries import Recorded, Repeated

LONGEST_BYTES = 4 * 1024
OF_ORDER = "/api/tills/{till}/orders/{order}/coupons"


class CodeShown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a coupon that is put on an order."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class CouponTaken(msgspec.Struct, frozen=True, kw_only=True):
    """The coupon is on the order, where it brings ``brings_minor`` now."""

    coupon: str
    brings_minor: int


class CouponHeld(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon on an order; ``state`` is held, or lost when another order spent it."""

    coupon: str
    state: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupons:
    """Answers what is asked about coupons."""

    view: View

    def routes(self) -> tuple[Route, ...]:
        """The addresses."""
        return (
            Route(method="GET", path=OF_ORDER, role=Role.SCREEN, handler=self.held),
            Route(method="POST", path=OF_ORDER, role=Role.SCREEN, handler=self.present),
            Route(method="DELETE", path=OF_ORDER + "/{coupon}", role=Role.SCREEN, handler=self.withdraw),
            Route(method="GET", path="/api/coupons/contested", role=Role.STAFF, handler=self.contested),
        )

    async def held(self, request: web.Request) -> web.Response:
        """``GET`` of an order: the coupons that it holds."""
        till, order = own_order(request, self.view)
        held = await asked_of(self.view, partial(held_coupons, till=till, order=order))
        return json_answer(
            [
                CouponHeld(coupon=each.coupon, state=each.state, name_zh=each.rule.names.zh, name_en=each.rule.names.en)
                for each in held
            ]
        )

    async def present(self, request: web.Request) -> web.Response:
        """``POST`` to an order: 200 when the coupon is on it, 409 with why it is not."""
        till, order = own_order(request, self.view)
        body = await read_bytes(request, LONGEST_BYTES)
        try:
            shown = msgspec.json.decode(body, type=CodeShown)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Problem(HTTPStatus.BAD_REQUEST, "bad-body", f'send {{"code": "SBC1:…"}}: {error}') from error
        clock = self.view.desk.shop().clock()
        outcome = await self._decided(request, present_coupon(till, order, shown.code, clock=clock), "coupon")
        return json_answer(_taken(outcome))

    async def withdraw(self, request: web.Request) -> web.Response:
        """``DELETE``: the coupon is off the order, and may be used elsewhere."""
        till, order = own_order(request, self.view)
        await self._decided(request, withdraw_coupon(till, order, request.match_info["coupon"]), "coupon off")
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def contested(self, _request: web.Request) -> web.Response:
        """``GET /api/coupons/contested``: coupons of this box that were spent in another store too."""
        return json_answer(await asked_of(self.view, contested_coupons))

    async def _decided(self, request: web.Request, decision: Decision, asked: str) -> Recorded | Repeated:
        try:
            return await decided(self.view, request, decision, asked)
        except Declined as refusal:
            raise as_problem(refusal) from refusal


def _taken(outcome: Recorded | Repeated) -> CouponTaken:
    """What the decision said of the coupon; it names no origin, so it is never a repeat."""
    if isinstance(outcome, Recorded):
        for envelope in outcome.events:
            if envelope.type == CouponPresented.type:
                return msgspec.json.decode(envelope.data, type=CouponTaken)
    raise AssertionError("a coupon that is not declined is presented")
