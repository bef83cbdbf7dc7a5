"""The page of a person who works here, on a telephone: messages and tasks, who is here, which order is served by whom.

A telephone is paired once under the person's id of the roster, with the role ``staff``. Complete without JavaScript.
"""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus

import msgspec
from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.faces.templates import template_count
from edge.shop.models.anew import Anew, announced_anew
from edge.shop.part import Decision
from edge.shop.staff.events import GoodsReturned
from edge.shop.staff.inbox import Letter, inbox
from edge.shop.staff.messages import read_message, reply_to
from edge.shop.staff.returns import Intake, hand_back, take_back
from edge.shop.staff.roster import badge_hash, on_duty, scan_badge
from edge.shop.staff.serving import serve
from edge.shop.stock.refills import refills
from edge.web.api import json_answer
from edge.web.body import read_form, read_json
from edge.web.callers import CALLER
from edge.web.deciding import asked_of, decided
from edge.web.declining import as_problem, in_words
from edge.web.doors import see
from edge.web.face_attempts import is_learnt_at
from edge.web.names import check_name
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.template import Template
from edge.web.view import View
from edge.web.visits import Visits
from sync.entries import Recorded

MOST_ORDERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order that somebody may serve; ``guide`` does already, if anybody."""

    till: str
    order: str
    total_minor: int
    guide: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FacesDesk:
    """``waiting``: a guardian stands at that kiosk; ``offered``: a face can be learnt there now. ``wish`` names a form.

    ``anew``: so many members must enrol once more, from a day on that headquarters has named.
    """

    kiosks: tuple[str, ...]
    offered: frozenset[str]
    waiting: tuple[str, ...]
    count: int
    anew: Anew | None
    wish: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that the page shows."""

    letters: list[Letter]
    orders: list[OpenOrder]
    here: list[tuple[str, str, str, str]]
    reasons: list[tuple[str, str, str]]


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """The goods are written down under ``number``."""

    number: str


class ReturnAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/returns``."""

    sku: str
    qty: int
    reason: str
    wish: str
    till: str | None = None
    order: str | None = None
    printer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPage:
    """Serves staff."""

    view: View
    template: Template
    visits: Visits

    def routes(self) -> tuple[Route, ...]:
        """All of them ask for the role of staff."""
        return (
            Route(method="GET", path="/staff", role=Role.STAFF, handler=self.page),
            Route(method="POST", path="/staff/messages/{id}/read", role=Role.STAFF, handler=self.read),
            Route(method="POST", path="/staff/messages/{id}/reply", role=Role.STAFF, handler=self.reply),
            Route(method="POST", path="/staff/serve", role=Role.STAFF, handler=self.serve),
            Route(method="POST", path="/staff/badge", role=Role.STAFF, handler=self.badge),
            Route(method="POST", path="/staff/returns", role=Role.STAFF, handler=self.take_back),
            Route(method="POST", path="/api/returns", role=Role.STAFF, handler=self.take_back_for_program),
            Route(method="POST", path="/api/returns/{number}/hand-back", role=Role.STAFF, handler=self.hand_back),
        )

    async def page(self, request: web.Request, mistake: str = "", told: str = "") -> web.Response:
        """``GET /staff``."""
        staff = request[CALLER].name
        desk = await asked_of(self.view, partial(_desk, staff=staff, at=self.view.desk.now()))
        return self.template.page(
            request,
            "staff",
            status=HTTPStatus.CONFLICT if mistake else HTTPStatus.OK,
            staff=staff,
            desk=desk,
            faces=await self._faces(),
            refills=await asked_of(self.view, partial(refills, shop=self.view.desk.shop())),
            mistake=mistake,
            told=told,
            currency=self.view.settings.store.currency,
        )

    async def read(self, request: web.Request) -> web.Response:
        """``POST /staff/messages/{id}/read``."""
        return await self._done(request, read_message(request.match_info["id"], request[CALLER].name), "read a message")

    async def reply(self, request: web.Request) -> web.Response:
        """``POST /staff/messages/{id}/reply``."""
        text = (await read_form(request)).get("text", "")
        return await self._done(request, reply_to(request.match_info["id"], request[CALLER].name, text), "answer a message")

    async def serve(self, request: web.Request) -> web.Response:
        """``POST /staff/serve``: the caller serves this order."""
        form = await read_form(request)
        till, order = form.get("till", ""), form.get("order", "")
        check_name("till", till)
        check_name("order", order)
        decision = serve(request[CALLER].name, till, order, "page")
        return await self._done(request, decision, "serve an order")

    async def badge(self, request: web.Request) -> web.Response:
        """``POST /staff/badge``: come or go; the badge is hashed here and goes no further."""
        code = (await read_form(request)).get("badge", "")
        badge = await asked_of(self.view, partial(badge_hash, code=code))
        return await self._done(request, scan_badge(badge, request[CALLER].name), "a badge")

    async def take_back(self, request: web.Request) -> web.Response:
        """``POST /staff/returns``: goods that come back; the page says the number of the slip."""
        form = await read_form(request)
        qty = form.get("qty", "")
        asked = ReturnAsked(
            sku=form.get("sku", ""),
            qty=int(qty) if qty.isascii() and qty.isdigit() and len(qty) < 6 else 0,
            reason=form.get("reason", ""),
            wish=form.get("wish", ""),
            till=form.get("till") or None,
            order=form.get("order") or None,
            printer=self._printer(),
        )
        try:
            number = await self._take_back(request, asked)
        except Declined as refusal:
            return await self.page(request, mistake=in_words(refusal, self.template.words(request)))
        return await self.page(request, told=self.template.words(request).say("staff.returned", number=number))

    async def take_back_for_program(self, request: web.Request) -> web.Response:
        """``POST /api/returns``: 201 with the number."""
        asked = await read_json(request, ReturnAsked)
        try:
            return json_answer(Returned(number=await self._take_back(request, asked)), HTTPStatus.CREATED)
        except Declined as refusal:
            raise as_problem(refusal) from refusal

    async def hand_back(self, request: web.Request) -> web.Response:
        """``POST /api/returns/{number}/hand-back``: 204; the shopper has the goods again."""
        try:
            await self._decide(request, hand_back(request.match_info["number"], request[CALLER].name), "hand goods back")
        except Declined as refusal:
            raise as_problem(refusal) from refusal
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _take_back(self, request: web.Request, asked: ReturnAsked) -> str:
        for what, name in (("sku", asked.sku), ("till", asked.till), ("order", asked.order), ("printer", asked.printer)):
            check_name(what, name)
        try:
            intake = msgspec.convert(msgspec.to_builtins(asked), Intake)
        except msgspec.ValidationError as error:
            raise Declined("bad-return", f"these goods cannot be taken back: {error}") from error
        outcome = await self._decide(request, take_back(intake, request[CALLER].name), "take goods back")
        (number,) = [msgspec.json.decode(event.data)["number"] for event in outcome.events if event.type == GoodsReturned.type]
        return str(number)

    async def _done(self, request: web.Request, decision: Decision, asked: str) -> web.Response:
        try:
            await self._decide(request, decision, asked)
        except Declined as refusal:
            return await self.page(request, mistake=in_words(refusal, self.template.words(request)))
        return see("/staff")

    async def _decide(self, request: web.Request, decision: Decision, asked: str) -> Recorded:
        outcome = await decided(self.view, request, decision, asked)
        return outcome if isinstance(outcome, Recorded) else Recorded()

    async def _faces(self) -> FacesDesk:
        kiosks = tuple(sorted(self.view.desk.shop().kiosks))
        return FacesDesk(
            kiosks=kiosks,
            offered=frozenset(each for each in kiosks if is_learnt_at(each, self.view)),
            waiting=tuple(self.visits.waiting()),
            count=await asked_of(self.view, template_count),
            anew=await asked_of(self.view, announced_anew),
            wish=secrets.token_hex(6),
        )

    def _printer(self) -> str | None:
        """The first printer of a lane, for slips."""
        return next((lane.printer for lane in self.view.desk.shop().lanes.values() if lane.printer is not None), None)


def _desk(db: sqlite3.Connection, staff: str, at: datetime) -> Desk:
    orders = db.execute(
        """
        SELECT orders.till, orders.order_id, total_minor, coalesce(guide, '') FROM orders
        LEFT JOIN served ON served.till = orders.till AND served.order_id = orders.order_id
        WHERE state = 'open' ORDER BY number DESC LIMIT ?
        """,
        (MOST_ORDERS,),
    )
    return Desk(
        letters=inbox(db, staff, at),
        orders=[OpenOrder(till=till, order=order, total_minor=total, guide=guide) for till, order, total, guide in orders],
        here=on_duty(db),
        reasons=db.execute("SELECT code, name_zh, name_en FROM return_reasons ORDER BY code").fetchall(),
    )
