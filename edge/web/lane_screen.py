"""One lane's screen as its calls share it: whose it is, what it shows, and what comes of a wish."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.web.api import json_answer
from edge.web.callers import CALLER
from edge.web.deciding import asked_of, decided
from edge.web.declining import in_words
from edge.web.lane_shown import LaneNow, LaneShown, read_lane, show_lane
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.template import Template
from edge.web.view import View
from sync.entries import Recorded, Repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneScreen:
    """The screens of the lanes of the settings in use."""

    view: View
    template: Template

    def lane(self, request: web.Request) -> str:
        """The lane in the address, for a caller who may use it. Raises Problem."""
        name, caller = request.match_info["id"], request[CALLER]
        if self.view.desk.shop().self_checkout(name) is None:
            told = f"no self-checkout lane is called {name!r}: add [lane.{name}] without a till to the settings"
            raise Problem(HTTPStatus.NOT_FOUND, "unknown-lane", told)
        if caller.name != name and not caller.may(Role.STAFF):
            raise Problem(HTTPStatus.FORBIDDEN, "other-lane", f"this screen is {caller.name}; pair it under the name {name}")
        return name

    async def now(self, lane: str) -> LaneNow:
        """How the lane stands."""
        shop, at = self.view.desk.shop(), self.view.desk.now()
        moment = Moment(at=at, monotonic_ms=time.monotonic_ns() // 1_000_000)
        return await asked_of(self.view, partial(read_lane, lane=lane, shop=shop, moment=moment))

    async def shown(self, request: web.Request, lane: str) -> LaneShown:
        """The screen in the caller's language."""
        return show_lane(await self.now(lane), self.template.words(request), self.view.settings.store.currency)

    async def decided(self, request: web.Request, decision: Decision, asked: str) -> Recorded | Repeated:
        """What came of it. Raises Problem (409) in the words of the shopper."""
        try:
            return await decided(self.view, request, decision, asked)
        except Declined as refusal:
            raise Problem(HTTPStatus.CONFLICT, refusal.key, in_words(refusal, self.template.words(request))) from refusal

    async def done(self, request: web.Request, decision: Decision, asked: str) -> web.Response:
        """The screen as it is after it. Raises Problem (409) in the words of the shopper."""
        await self.decided(request, decision, asked)
        return json_answer(await self.shown(request, request.match_info["id"]))
