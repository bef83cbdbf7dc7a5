"""The list of pickup orders for staff, by touch on a tablet at the counter; and for programs. Complete without JavaScript.

POST /api/pickups/P-1001/hand-over   {"code": "482913"}, of a delivery also {"courier": "c-77"}
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.part import Decision
from edge.shop.pickups.codes import MOST_TRIES, code_hash
from edge.shop.pickups.events import PickupMiskeyed, PickupRefused
from edge.shop.pickups.steps import accept, hand_over, picked, ready, refuse, return_goods, unlock
from edge.web.api import json_answer
from edge.web.body import json_as, read_bytes, read_form
from edge.web.callers import CALLER
from edge.web.deciding import asked_of, decided
from edge.web.declining import as_problem, in_words
from edge.web.doors import see
from edge.web.pickup_records import pickup_record, pickups_record
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.template import Template
from edge.web.view import View
from sync.entries import Recorded, Repeated

STEPS: Mapping[str, Callable[[str, str], Decision]] = {
    "accept": accept,
    "refuse": refuse,
    "picked": picked,
    "ready": ready,
    "return": return_goods,
}
HAND_OVER = "hand-over"


class StepAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a step: of ``hand-over`` the ``code`` that was shown, and the ``courier`` who shows it for a delivery."""

    code: Annotated[str, msgspec.Meta(max_length=64)] = ""
    courier: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{0,32}\Z")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupsPage:
    """Serves the page and the calls."""

    view: View
    template: Template

    def routes(self) -> tuple[Route, ...]:
        """Staff do everything but unlock a code that was wrong too often."""
        staff, technician = Role.STAFF, Role.TECHNICIAN
        steps = (*STEPS, HAND_OVER)
        return (
            Route(method="GET", path="/pickups", role=staff, handler=self.page),
            Route(method="GET", path="/api/pickups", role=staff, handler=self.listed),
            Route(method="POST", path="/api/pickups/{id}/unlock", role=technician, handler=self.unlock),
            *(Route(method="POST", path=f"/pickups/{{id}}/{step}", role=staff, handler=self.step) for step in steps),
            *(Route(method="POST", path=f"/api/pickups/{{id}}/{step}", role=staff, handler=self.call) for step in steps),
        )

    async def page(self, request: web.Request, mistake: str = "") -> web.Response:
        """``GET /pickups``."""
        now = self.view.desk.now()
        record = await asked_of(self.view, partial(pickups_record, now=now))
        status = HTTPStatus.CONFLICT if mistake else HTTPStatus.OK
        return self.template.page(request, "pickups", status=status, record=record, now=now, mistake=mistake)

    async def listed(self, _request: web.Request) -> web.Response:
        """``GET /api/pickups``: those that are to be handed over, and the last that are over."""
        return json_answer(await asked_of(self.view, partial(pickups_record, now=self.view.desk.now())))

    async def step(self, request: web.Request) -> web.Response:
        """``POST /pickups/{id}/{step}``: one button of the page."""
        asked = json_as(StepAsked, msgspec.json.encode(await read_form(request)))
        try:
            await self._take(request, asked)
        except Declined as refusal:
            return await self.page(request, mistake=in_words(refusal, self.template.words(request)))
        return see("/pickups")

    async def call(self, request: web.Request) -> web.Response:
        """``POST /api/pickups/{id}/{step}``: the order as it stands afterwards."""
        asked = json_as(StepAsked, await read_bytes(request) or b"{}")
        try:
            await self._take(request, asked)
        except Declined as refusal:
            raise as_problem(refusal) from refusal
        return json_answer(await asked_of(self.view, partial(pickup_record, order=request.match_info["id"])))

    async def unlock(self, request: web.Request) -> web.Response:
        """``POST /api/pickups/{id}/unlock``: the code may be tried again."""
        order = request.match_info["id"]
        try:
            await decided(self.view, request, unlock(order, request[CALLER].name), "unlock")
        except Declined as refusal:
            raise as_problem(refusal) from refusal
        return json_answer(await asked_of(self.view, partial(pickup_record, order=order)))

    async def _take(self, request: web.Request, asked: StepAsked) -> None:
        """Raises Declined, also for what was written down as a refusal."""
        order, step, by = request.match_info["id"], request.path.rpartition("/")[2], request[CALLER].name
        if step == HAND_OVER:
            shown_hash = await asyncio.to_thread(code_hash, order, asked.code)
            decision = hand_over(order, by, shown_hash, asked.courier)
        else:
            decision = STEPS[step](order, by)
        _raise_refusal(order, await decided(self.view, request, decision, f"pickup {step}"))


def _raise_refusal(order: str, outcome: Recorded | Repeated) -> None:
    """A wrong code and missing goods are events, so that they count; to the person they are refusals. Raises Declined."""
    for event in outcome.events if isinstance(outcome, Recorded) else ():
        if event.type == PickupMiskeyed.type:
            left = max(0, MOST_TRIES - msgspec.json.decode(event.data, type=PickupMiskeyed).tries)
            raise Declined("pickup-code-wrong", f"that is not the code of {order}; {left} tries are left", left=left)
        if event.type == PickupRefused.type:
            refused = msgspec.json.decode(event.data, type=PickupRefused)
            missing = ", ".join(f"{each.sku} {each.available}/{each.wanted}" for each in refused.missing)
            if missing:
                raise Declined("pickup-missing", f"not enough in stock for {order}: {missing}", missing=missing)
