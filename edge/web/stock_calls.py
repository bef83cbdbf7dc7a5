"""Stock for the programs of the store: scanners that count, book deliveries, check transfers; and what is to be filled.

    POST /api/stock/counts   {"id": "C-1", "lines": [{"code": "6901028075831", "qty": 12}, {"code": "4011", "grams": 800}]}

``id`` is the caller's own: whoever hears no answer sends the same again, and it counts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.part import Decision
from edge.shop.stock.available import standings
from edge.shop.stock.counting import StockCounted, book_goods, count_stock
from edge.shop.stock.handled import Handled
from edge.shop.stock.levels import StockChanged
from edge.shop.stock.refills import refills
from edge.shop.stock.transfer_events import TransferReceived, TransferScanned, TransferShipped
from edge.shop.stock.transfers import close_transfer, open_transfers, scan_transfer
from edge.web.api import json_answer
from edge.web.body import read_both
from edge.web.callers import CALLER
from edge.web.deciding import asked_of, decided, origin_of
from edge.web.declining import as_problem
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.view import View
from sync.entries import Origin, Recorded
from sync.events import Event

LONGEST_BYTES = 1024 * 1024
MOST_ROWS = 500

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]


class LineAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``qty`` pieces or ``grams`` of what ``code`` names; without both, one piece: a scan."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    qty: int | None = None
    grams: int | None = None

    def handled(self) -> Handled:
        """As the shop takes it."""
        if self.grams is not None:
            return Handled(code=self.code, qty=self.grams, unit="g")
        return Handled(code=self.code, qty=1 if self.qty is None else self.qty)


class CountAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/stock/counts``: everything that was found of the products it names."""

    id: Id
    lines: tuple[LineAsked, ...]


class BookingAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/stock/bookings``."""

    id: Id
    reason: Literal["delivery", "damage"]
    lines: tuple[LineAsked, ...]


class ScanAsked(LineAsked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/transfers/{id}/scans``."""

    id: Id


class CloseAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/transfers/{id}/close``."""

    id: Id


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """It is on the disk; ``repeat``: it was before. ``told`` is what came of it, empty for a repeat."""

    repeat: bool
    told: tuple[msgspec.Raw, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCalls:
    """Answers the programs."""

    view: View

    def routes(self) -> tuple[Route, ...]:
        """All of them ask for the role of staff."""
        staff = Role.STAFF
        return (
            Route(method="GET", path="/api/stock", role=staff, handler=self.listed),
            Route(method="GET", path="/api/stock/refills", role=staff, handler=self.refills),
            Route(method="POST", path="/api/stock/counts", role=staff, handler=self.count),
            Route(method="POST", path="/api/stock/bookings", role=staff, handler=self.book),
            Route(method="GET", path="/api/transfers", role=staff, handler=self.transfers),
            Route(method="POST", path="/api/transfers/{id}/scans", role=staff, handler=self.scan),
            Route(method="POST", path="/api/transfers/{id}/close", role=staff, handler=self.close),
        )

    async def listed(self, request: web.Request) -> web.Response:
        """``GET /api/stock?after=``: up to 500 products by SKU, those behind ``after``."""
        rows = await asked_of(self.view, partial(standings, after=request.query.get("after", ""), limit=MOST_ROWS))
        return json_answer([msgspec.to_builtins(row) | {"available": row.available} for row in rows])

    async def refills(self, _request: web.Request) -> web.Response:
        """``GET /api/stock/refills``: the slots that wait to be filled, the longest waiting first."""
        return json_answer(await asked_of(self.view, partial(refills, shop=self.view.desk.shop())))

    async def count(self, request: web.Request) -> web.Response:
        """``POST /api/stock/counts``: the books are right afterwards; told is each product with its difference."""
        body, asked = await read_both(request, CountAsked, LONGEST_BYTES)
        by = request[CALLER].name
        decision = count_stock(asked.id, _handled(asked.lines), by)
        return await self._do(request, decision, origin_of(request, asked.id, body), StockCounted)

    async def book(self, request: web.Request) -> web.Response:
        """``POST /api/stock/bookings``: goods came, or broke."""
        body, asked = await read_both(request, BookingAsked, LONGEST_BYTES)
        decision = book_goods(asked.reason, asked.id, _handled(asked.lines))
        return await self._do(request, decision, origin_of(request, asked.id, body), StockChanged)

    async def transfers(self, _request: web.Request) -> web.Response:
        """``GET /api/transfers``: what is announced and not closed."""
        return json_answer(await asked_of(self.view, open_transfers))

    async def scan(self, request: web.Request) -> web.Response:
        """``POST /api/transfers/{id}/scans``: told says whether it was expected, over or unknown."""
        body, asked = await read_both(request, ScanAsked, LONGEST_BYTES)
        (seen,) = _handled((asked,))
        decision = scan_transfer(request.match_info["id"], seen, request[CALLER].name)
        return await self._do(request, decision, origin_of(request, asked.id, body), TransferScanned)

    async def close(self, request: web.Request) -> web.Response:
        """``POST /api/transfers/{id}/close``: told is every line with its difference."""
        body, asked = await read_both(request, CloseAsked, LONGEST_BYTES)
        decision = close_transfer(request.match_info["id"], request[CALLER].name)
        return await self._do(request, decision, origin_of(request, asked.id, body), TransferReceived, TransferShipped)

    async def _do(self, request: web.Request, decision: Decision, origin: Origin, *told: type[Event]) -> web.Response:
        types = {each.type for each in told}
        try:
            outcome = await decided(self.view, request, decision, request.path, origin)
        except Declined as refusal:
            raise as_problem(refusal) from refusal
        events = outcome.events if isinstance(outcome, Recorded) else ()
        answer = Done(repeat=not isinstance(outcome, Recorded), told=tuple(each.data for each in events if each.type in types))
        return json_answer(answer)


def _handled(lines: tuple[LineAsked, ...]) -> tuple[Handled, ...]:
    """As the shop takes them. Raises Problem."""
    if any(each.qty is not None and each.grams is not None for each in lines):
        raise Problem(HTTPStatus.BAD_REQUEST, "bad-body", "a line has either qty or grams, not both")
    return tuple(each.handled() for each in lines)
