"""Members for the programs and screens of the store: what staff may see of one, the invitation to join, the wish to be forgotten.

    GET  /api/members/{ref}          {"member": "m-1001", "tier": "gold", "tags": ["tea"], "points": 1206}
    POST /api/joins                  {"till": "till-1", "guide": "g-07"}    ->   {"token": "…", "qr": "https://…"}
    POST /api/members/{ref}/forget   {"id": "F-1"}

Never a phone, a card, a code, a stored value: the first three are nowhere, the last is the member's own affair.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.members.events import JoinIntended
from edge.shop.members.forget import forget_member
from edge.shop.members.join import intend_join, invitation
from edge.shop.members.member import find_member
from edge.shop.part import Decision
from edge.web.api import json_answer
from edge.web.body import read_json
from edge.web.deciding import asked_of, decided
from edge.web.declining import as_problem
from edge.web.names import check_name
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.view import View
from sync.entries import Recorded, Repeated

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]


class MemberShown(msgspec.Struct, frozen=True, kw_only=True):
    """What people of the store may see of a member."""

    member: str
    tier: str | None
    tags: tuple[str, ...]
    points: int


class JoinAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/joins``."""

    till: Id
    guide: Id | None = None
    order: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """``qr`` is the text of the QR code."""

    token: str
    qr: str


class ForgetAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/members/{ref}/forget``; ``id`` names the wish: sent again it counts once."""

    id: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCalls:
    """Answers the programs."""

    view: View

    def routes(self) -> tuple[Route, ...]:
        """A screen may invite; to see a member is for staff, to erase one takes the password."""
        return (
            Route(method="GET", path="/api/members/{ref}", role=Role.STAFF, handler=self.member),
            Route(method="POST", path="/api/members/{ref}/forget", role=Role.TECHNICIAN, handler=self.forget),
            Route(method="POST", path="/api/joins", role=Role.SCREEN, handler=self.join),
        )

    async def member(self, request: web.Request) -> web.Response:
        """``GET /api/members/{ref}``; 404 for one whom headquarters has not told of."""
        known = await asked_of(self.view, partial(find_member, member_ref=request.match_info["ref"]))
        if known is None:
            raise Problem(HTTPStatus.NOT_FOUND, "no-such-member", "headquarters has told this box of no such member")
        return json_answer(MemberShown(member=known.ref, tier=known.tier, tags=tuple(sorted(known.tags)), points=known.points))

    async def join(self, request: web.Request) -> web.Response:
        """``POST /api/joins``: the invitation, written down before it is shown."""
        asked = await read_json(request, JoinAsked)
        for what, name in (("till", asked.till), ("guide", asked.guide), ("order", asked.order)):
            check_name(what, name)
        outcome = await self._decided(request, intend_join(asked.till, asked.guide, asked.order), "join")
        told = msgspec.json.decode(outcome.events[0].data, type=JoinIntended) if isinstance(outcome, Recorded) else None
        if told is None:
            raise AssertionError("a request without an id is never a repeat")
        qr = await asked_of(self.view, partial(invitation, told, self.view.desk.shop()))
        return json_answer(Invitation(token=told.token, qr=qr))

    async def forget(self, request: web.Request) -> web.Response:
        """``POST /api/members/{ref}/forget``: erased when this answers; events of before are searched through within seconds."""
        asked = await read_json(request, ForgetAsked)
        await self._decided(request, forget_member(request.match_info["ref"], f"store-{asked.id}", "store"), "forget a member")
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _decided(self, request: web.Request, decision: Decision, asked: str) -> Recorded | Repeated:
        try:
            return await decided(self.view, request, decision, asked)
        except Declined as refusal:
            raise as_problem(refusal) from refusal
