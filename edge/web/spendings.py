"""Points and stored value for screens and tills: what they pay of an open order, in place of what was chosen before; 0: nothing.

POST /api/tills/{till}/orders/{order}/points    {"points": 300}            ->   {"points_minor": 300, "balance_minor": 0}
POST /api/tills/{till}/orders/{order}/balance   {"amount_minor": 1000}
GET  /api/tills/{till}/orders/{order}/held                                 what is chosen now, in minor units
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import msgspec
from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.members.ledger import held_for_order
from edge.shop.members.points import spend_points
from edge.shop.members.stored_value import pay_from_balance
from edge.shop.part import Decision
from edge.web.api import json_answer
from edge.web.body import read_json
from edge.web.deciding import asked_of, decided
from edge.web.declining import as_problem
from edge.web.own_order import own_order
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.view import View

OF_ORDER = "/api/tills/{till}/orders/{order}"


class PointsAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of points that shall pay."""

    points: int


class BalanceAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of stored value that shall pay."""

    amount_minor: int


class HeldNow(msgspec.Struct, frozen=True, kw_only=True):
    """What is paid so when the order is paid, in minor units."""

    points_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spendings:
    """Answers screens and tills."""

    view: View

    def routes(self) -> tuple[Route, ...]:
        """The addresses."""
        return (
            Route(method="GET", path=OF_ORDER + "/held", role=Role.SCREEN, handler=self.held),
            Route(method="POST", path=OF_ORDER + "/points", role=Role.SCREEN, handler=self.points),
            Route(method="POST", path=OF_ORDER + "/balance", role=Role.SCREEN, handler=self.balance),
        )

    async def held(self, request: web.Request) -> web.Response:
        """``GET`` of an order: what is chosen."""
        till, order = own_order(request, self.view)
        held = await asked_of(self.view, partial(held_for_order, till=till, order=order))
        return json_answer(HeldNow(points_minor=held.points_minor, balance_minor=held.balance_minor))

    async def points(self, request: web.Request) -> web.Response:
        """``POST`` of points: 200 when they lie aside, 409 with what can be spent."""
        (till, order), asked = own_order(request, self.view), await read_json(request, PointsAsked)
        return await self._spend(request, spend_points(till, order, asked.points), "spend points")

    async def balance(self, request: web.Request) -> web.Response:
        """``POST`` of stored value: 200 when it lies aside, 409 with what can be spent."""
        (till, order), asked = own_order(request, self.view), await read_json(request, BalanceAsked)
        return await self._spend(request, pay_from_balance(till, order, asked.amount_minor), "spend stored value")

    async def _spend(self, request: web.Request, decision: Decision, asked: str) -> web.Response:
        try:
            await decided(self.view, request, decision, asked)
        except Declined as refusal:
            raise as_problem(refusal) from refusal
        return await self.held(request)
