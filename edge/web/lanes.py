"""The screens of self-checkout lanes, and what a shopper or an attendant asks of them.

GET  /lane/{id}                      the page, on a screen that is paired under the lane's name
GET  /lanes                          who waits where, for attendants
GET  /api/lanes/{id}                 what the screen shows, in the caller's language
GET  /api/lanes/{id}/stream          the same, again whenever it changes, as server-sent events
POST /api/lanes/{id}/goods           {"code": "4011", "qty": 1, "table": "12"}     goods that were chosen on the screen
POST /api/lanes/{id}/remove          {"line": 2}
POST /api/lanes/{id}/pay             the terminal is asked, or the shopper how to pay; the stream tells what comes of it
POST /api/lanes/{id}/{card,back}     where payment codes are taken: pay by card, or go back to the goods
POST /api/lanes/{id}/{stop,call,leave}                                             stop the payment, ring, go away
POST /api/lanes/{id}/attend          {"verdict": "released"}                       by staff
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import ClientConnectionResetError, web

from drivers.commands import Abort
from edge.asking import Asker
from edge.shop.declined import Declined
from edge.shop.lanes.attendant import attend, call_attendant
from edge.shop.lanes.events import Verdict
from edge.shop.lanes.goods import choose_goods, give_up, remove_goods
from edge.shop.lanes.paybacks import accept_payback, paybacks_left, settle_payback
from edge.shop.lanes.paying import bill, bill_card, resume
from edge.web.api import json_answer
from edge.web.body import read_form, read_json
from edge.web.callers import CALLER
from edge.web.deciding import asked_of, decided
from edge.web.declining import in_words
from edge.web.doors import see
from edge.web.feed import frame
from edge.web.lane_screen import LaneScreen
from edge.web.lane_shown import mark_of, show_lane
from edge.web.problems import Problem
from edge.web.quantities import money
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.sending import event_stream, write_soon
from edge.web.template import Template
from edge.web.view import View

MOST_STREAMS = 32
MOST_LINES = 100_000
STREAM_S = 120.0
"""A stream ends and is opened anew, so that a screen whose key was taken back is let go."""

BEAT_S = 5.0
PACE_S = 0.05


class Chosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods that were touched on the screen; ``table`` is where they are carried to."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    qty: Annotated[int, msgspec.Meta(ge=1, le=99)] = 1
    table: Annotated[str, msgspec.Meta(min_length=1, max_length=20)] | None = None


class Removed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line that was touched away."""

    line: Annotated[int, msgspec.Meta(ge=1, le=MOST_LINES)]


class Attended(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The attendant's word."""

    verdict: Verdict


@dataclass(slots=True, kw_only=True)
class Lanes:
    """Serves the lanes of the settings in use."""

    view: View
    template: Template
    screen: LaneScreen
    _open: int = field(default=0)

    def routes(self) -> tuple[Route, ...]:
        """Those of shoppers ask for the role of a screen, those of attendants for staff."""
        at = "/api/lanes/{id}"
        return (
            Route(method="GET", path="/lane/{id}", role=Role.SCREEN, handler=self.page),
            Route(method="GET", path="/lanes", role=Role.STAFF, handler=self.overview),
            Route(method="POST", path="/lanes/paybacks", role=Role.STAFF, handler=self.settle_by_form),
            Route(method="POST", path="/lanes/{id}/attend", role=Role.STAFF, handler=self.attend_by_form),
            Route(method="GET", path=at, role=Role.SCREEN, handler=self.shown),
            Route(method="GET", path=f"{at}/stream", role=Role.SCREEN, handler=self.stream),
            Route(method="POST", path=f"{at}/goods", role=Role.SCREEN, handler=self.choose),
            Route(method="POST", path=f"{at}/remove", role=Role.SCREEN, handler=self.remove),
            Route(method="POST", path=f"{at}/pay", role=Role.SCREEN, handler=self.pay),
            Route(method="POST", path=f"{at}/card", role=Role.SCREEN, handler=self.pay_by_card),
            Route(method="POST", path=f"{at}/back", role=Role.SCREEN, handler=self.back),
            Route(method="POST", path=f"{at}/stop", role=Role.SCREEN, handler=self.stop),
            Route(method="POST", path=f"{at}/call", role=Role.SCREEN, handler=self.call),
            Route(method="POST", path=f"{at}/leave", role=Role.SCREEN, handler=self.leave),
            Route(method="POST", path=f"{at}/attend", role=Role.STAFF, handler=self.attend),
        )

    async def page(self, request: web.Request) -> web.Response:
        """``GET /lane/{id}``."""
        lane = self.screen.lane(request)
        shop = self.view.desk.shop()
        settings = shop.lanes[lane]
        codes, scale = bool(settings.wallets), settings.scale is not None
        return self.template.page(request, "lane", lane=lane, scale=scale, terminal=settings.terminal, codes=codes)

    async def overview(self, request: web.Request, mistake: str = "") -> web.Response:
        """``GET /lanes``."""
        lanes = self.view.desk.shop().lanes
        words = self.template.words(request)
        currency = self.view.settings.store.currency
        shown = [show_lane(await self.screen.now(name), words, currency) for name, lane in lanes.items() if lane.till is None]
        status = HTTPStatus.CONFLICT if mistake else HTTPStatus.OK
        left = await asked_of(self.view, paybacks_left)
        paybacks = [(each, money(each.amount_minor, each.currency)) for each in left]
        return self.template.page(request, "lanes", status=status, lanes=shown, paybacks=paybacks, mistake=mistake)

    async def settle_by_form(self, request: web.Request) -> web.Response:
        """``POST /lanes/paybacks``: the shopper has the money that no machine gave back, or a machine shall give it."""
        form = await read_form(request)
        till, order, refund = (form.get(name, "") for name in ("till", "order", "refund"))
        decide, asked = (accept_payback, "accept-payback") if "accept" in form else (settle_payback, "settle-payback")
        try:
            await decided(self.view, request, decide(till, order, refund, by=request[CALLER].name), asked)
        except Declined as refusal:
            return await self.overview(request, mistake=in_words(refusal, self.template.words(request)))
        return see("/lanes")

    async def attend_by_form(self, request: web.Request) -> web.Response:
        """``POST /lanes/{id}/attend``."""
        form = await read_form(request)
        try:
            verdict = msgspec.convert(form.get("verdict"), Verdict)
        except msgspec.ValidationError as error:
            raise Problem(HTTPStatus.BAD_REQUEST, "bad-verdict", f"verdict: {error}") from error
        try:
            await decided(self.view, request, attend(request.match_info["id"], verdict, request[CALLER].name), "attend")
        except Declined as refusal:
            return await self.overview(request, mistake=in_words(refusal, self.template.words(request)))
        return see("/lanes")

    async def shown(self, request: web.Request) -> web.Response:
        """``GET /api/lanes/{id}``."""
        return json_answer(await self.screen.shown(request, self.screen.lane(request)))

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """``GET /api/lanes/{id}/stream``: until the screen goes, or STREAM_S are over; it comes again by itself."""
        lane = self.screen.lane(request)
        if self._open >= MOST_STREAMS:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "too-many-streams", f"{MOST_STREAMS} lanes are open already", retry_after_s=30
            )
        self._open += 1
        response = event_stream()
        try:
            await response.prepare(request)
            await response.write(b"retry: 500\n\n")
            await self._send(request, response, lane)
        except (ClientConnectionResetError, TimeoutError):
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._open -= 1
        return response

    async def choose(self, request: web.Request) -> web.Response:
        """``POST /api/lanes/{id}/goods``."""
        lane, asked = self.screen.lane(request), await read_json(request, Chosen)
        return await self.screen.done(request, choose_goods(lane, asked.code, asked.qty, table=asked.table), "goods")

    async def remove(self, request: web.Request) -> web.Response:
        """``POST /api/lanes/{id}/remove``."""
        lane, asked = self.screen.lane(request), await read_json(request, Removed)
        return await self.screen.done(request, remove_goods(lane, asked.line), "remove")

    async def pay(self, request: web.Request) -> web.Response:
        """``POST /api/lanes/{id}/pay``."""
        return await self.screen.done(request, bill(self.screen.lane(request)), "pay")

    async def pay_by_card(self, request: web.Request) -> web.Response:
        """``POST /api/lanes/{id}/card``."""
        return await self.screen.done(request, bill_card(self.screen.lane(request)), "card")

    async def back(self, request: web.Request) -> web.Response:
        """``POST /api/lanes/{id}/back``."""
        return await self.screen.done(request, resume(self.screen.lane(request)), "back")

    async def call(self, request: web.Request) -> web.Response:
        """``POST /api/lanes/{id}/call``."""
        return await self.screen.done(request, call_attendant(self.screen.lane(request)), "call")

    async def leave(self, request: web.Request) -> web.Response:
        """``POST /api/lanes/{id}/leave``."""
        return await self.screen.done(request, give_up(self.screen.lane(request)), "leave")

    async def attend(self, request: web.Request) -> web.Response:
        """``POST /api/lanes/{id}/attend``."""
        lane, asked = self.screen.lane(request), await read_json(request, Attended)
        return await self.screen.done(request, attend(lane, asked.verdict, request[CALLER].name), "attend")

    async def stop(self, request: web.Request) -> web.Response:
        """``POST /api/lanes/{id}/stop``: ask whoever is being asked to stop; what it says then decides, as ever."""
        lane = self.screen.lane(request)
        state = (await self.screen.now(lane)).state
        terminal = state.payer or self.view.desk.shop().lanes[lane].terminal
        if terminal is not None:
            await self.view.ask(terminal, Abort(payment=state.payment), Asker(by=f"lane {lane}", origin="page"))
        return json_answer(await self.screen.shown(request, lane))

    async def _send(self, request: web.Request, response: web.StreamResponse, lane: str) -> None:
        ends, seen, sent = time.monotonic() + STREAM_S, -1, b""
        mark: tuple[object, ...] = ()
        while time.monotonic() < ends:
            try:
                async with asyncio.timeout(BEAT_S):
                    seen = await self.view.journal.watch(seen)
            except TimeoutError:
                mark = ()  # the thanks are over, a promotion has ended: look at all of it
            before, mark = mark, await asked_of(self.view, partial(mark_of, lane=lane, shop=self.view.desk.shop()))
            if mark != before:
                shown = frame("lane", await self.screen.shown(request, lane))
                chunk, sent = b": beat\n\n" if shown == sent else shown, shown
                await write_soon(response, chunk)
            await asyncio.sleep(PACE_S)
