"""A member who wants to be forgotten says so at a self-checkout lane: the order goes on, and is nobody's.

POST /api/lanes/{id}/forget    {"id": "w-7"}    ->    the screen of the lane; ``id`` names the wish: sent again it counts once
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
from aiohttp import web

from edge.shop.faces.forget_here import forget_here
from edge.web.body import read_json
from edge.web.lane_screen import LaneScreen
from edge.web.letting_go import let_go
from edge.web.roles import Role
from edge.web.routes import Route


class ForgetMeAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The wish of whoever the order on the screen is of."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFarewell:
    """Answers the screens of lanes."""

    screen: LaneScreen

    def routes(self) -> tuple[Route, ...]:
        """For the screen of the lane."""
        return (Route(method="POST", path="/api/lanes/{id}/forget", role=Role.SCREEN, handler=self.forget),)

    async def forget(self, request: web.Request) -> web.Response:
        """``POST …/forget``: 409 for who only said a phone number, and while the order is being paid."""
        lane, asked = self.screen.lane(request), await read_json(request, ForgetMeAsked)
        answer = await self.screen.done(request, forget_here(lane, f"{lane}-{asked.id}"), "forget a member")
        await let_go(self.screen.view)
        return answer
