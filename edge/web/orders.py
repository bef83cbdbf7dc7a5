"""Orders for staff and their programs: what was sold, what comes back, what was handed over.

GET  /api/orders/{till}/{order}
POST /api/orders/{till}/{order}/refunds     {"lines": [{"line": 1, "qty": 1}], "reason": "broken", "refund": "r-1"}
                                            without lines: all that is left; the same refund again is refused
POST /api/orders/{till}/{order}/refunds/{refund}/accepted   money that came late, and is offered, goes back where it came from
POST /api/orders/{till}/{order}/refunds/{refund}/settled    the shopper has the money that no machine gave back
POST /api/orders/{till}/{order}/handover    the table, or the shopper, has it all
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.lanes.paybacks import accept_payback, paybacks_of, settle_payback
from edge.shop.orders.closing import hand_over
from edge.shop.orders.closing_events import OrderRefunded
from edge.shop.orders.order import find_order, sold_lines
from edge.shop.orders.refunds import Returned, refund
from edge.shop.part import Decision
from edge.web.api import json_answer
from edge.web.body import read_json
from edge.web.callers import CALLER
from edge.web.deciding import asked_of, decided
from edge.web.declining import as_problem
from edge.web.names import check_name
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.view import View
from sync.entries import Recorded


class LineBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many pieces or grams of a line; with neither, all that is left of it."""

    line: int
    qty: int | None = None
    grams: int | None = None


class RefundAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a refund."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    lines: Annotated[tuple[LineBack, ...], msgspec.Meta(min_length=1, max_length=500)] | None = None
    refund: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None = None


class RefundGiven(msgspec.Struct, frozen=True, kw_only=True):
    """So much goes back to the shopper; of it so many to points and to stored value, the rest by the order's tender."""

    refund: str
    amount_minor: int
    points_minor: int
    balance_minor: int
    tender: str
    whole: bool


class PaybackRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Money on its way back to a card or a wallet; ``by-hand`` and ``unknown`` wait for a person, ``detail`` says why."""

    refund: str
    payer: str
    payback: str
    amount_minor: int
    state: str
    detail: str


class LineRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is sold."""

    line: int
    sku: str
    qty: int | None
    grams: int | None
    price_minor: int
    amount_minor: int
    reduced_minor: int


class OrderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An order; ``stage`` is open, paid, completed, refunded or voided."""

    till: str
    order: str
    stage: str
    business_day: str
    currency: str
    total_minor: int
    refunded_minor: int
    lines: tuple[LineRecord, ...]
    paybacks: tuple[PaybackRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Serves staff."""

    view: View

    def routes(self) -> tuple[Route, ...]:
        """All of them ask for the role of staff."""
        at = "/api/orders/{till}/{order}"
        return (
            Route(method="GET", path=at, role=Role.STAFF, handler=self.order),
            Route(method="POST", path=f"{at}/refunds", role=Role.STAFF, handler=self.give_back),
            Route(method="POST", path=f"{at}/refunds/{{refund}}/accepted", role=Role.STAFF, handler=self.accept),
            Route(method="POST", path=f"{at}/refunds/{{refund}}/settled", role=Role.STAFF, handler=self.settle),
            Route(method="POST", path=f"{at}/handover", role=Role.STAFF, handler=self.hand_over),
        )

    async def order(self, request: web.Request) -> web.Response:
        """``GET /api/orders/{till}/{order}``."""
        till, order = _named(request)
        found = await asked_of(self.view, partial(_record, till=till, order=order))
        if found is None:
            told = f"this box has not heard of order {order!r} of {till!r}; it keeps the last 50,000"
            raise Problem(HTTPStatus.NOT_FOUND, "unknown-order", told)
        return json_answer(found)

    async def give_back(self, request: web.Request) -> web.Response:
        """``POST /api/orders/{till}/{order}/refunds``: 201 with what goes back."""
        (till, order), asked = _named(request), await read_json(request, RefundAsked)
        check_name("refund", asked.refund)
        returned = None
        if asked.lines is not None:
            returned = [Returned(line=each.line, qty=each.qty, grams=each.grams) for each in asked.lines]
        by = request[CALLER].name
        outcome = await self._decide(request, refund(till, order, returned, reason=asked.reason, by=by, name=asked.refund))
        (given,) = [event for event in outcome.events if event.type == OrderRefunded.type]
        return json_answer(msgspec.json.decode(given.data, type=RefundGiven), HTTPStatus.CREATED)

    async def accept(self, request: web.Request) -> web.Response:
        """``POST /api/orders/{till}/{order}/refunds/{refund}/accepted``: the order as it is then."""
        (till, order), refund = _named(request), request.match_info["refund"]
        await self._decide(request, accept_payback(till, order, refund, by=request[CALLER].name))
        return await self.order(request)

    async def settle(self, request: web.Request) -> web.Response:
        """``POST /api/orders/{till}/{order}/refunds/{refund}/settled``: the order as it is then."""
        (till, order), refund = _named(request), request.match_info["refund"]
        await self._decide(request, settle_payback(till, order, refund, by=request[CALLER].name))
        return await self.order(request)

    async def hand_over(self, request: web.Request) -> web.Response:
        """``POST /api/orders/{till}/{order}/handover``."""
        till, order = _named(request)
        await self._decide(request, lambda _moment, _shop, db: hand_over(till, order, db))
        return await self.order(request)

    async def _decide(self, request: web.Request, decision: Decision) -> Recorded:
        try:
            outcome = await decided(self.view, request, decision, request.path.rpartition("/")[2])
        except Declined as refusal:
            raise as_problem(refusal) from refusal
        return outcome if isinstance(outcome, Recorded) else Recorded()


def _named(request: web.Request) -> tuple[str, str]:
    return request.match_info["till"], request.match_info["order"]


def _record(db: sqlite3.Connection, till: str, order: str) -> OrderRecord | None:
    found = find_order(db, till, order)
    if found is None:
        return None
    (refunded_minor,) = db.execute("SELECT refunded_minor FROM orders WHERE till = ? AND order_id = ?", (till, order)).fetchone()
    return OrderRecord(
        till=till,
        order=order,
        stage=found.stage,
        business_day=found.business_day,
        currency=found.currency,
        total_minor=found.total_minor,
        refunded_minor=refunded_minor,
        lines=tuple(
            LineRecord(
                line=each.line,
                sku=each.sku,
                qty=each.qty,
                grams=each.grams,
                price_minor=each.price_minor,
                amount_minor=each.amount_minor,
                reduced_minor=each.reduced_minor,
            )
            for each in sold_lines(db, till, order)
        ),
        paybacks=tuple(
            PaybackRecord(
                refund=each.refund,
                payer=each.payer,
                payback=each.payback,
                amount_minor=each.amount_minor,
                state=each.state,
                detail=each.detail,
            )
            for each in paybacks_of(db, till, order)
        ),
    )
