"""Whose the screen of a shelf is, and who says there who they are, to see their own offers beside what they take.

POST /api/shelves/{id}/member     {"code": "8800417.92617835"}    ->   204: offers are shown with the next picks for two minutes
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.members.identify import conceal_code
from edge.shop.members.offers import name_at_shelf
from edge.web.body import read_json
from edge.web.callers import CALLER
from edge.web.deciding import decided
from edge.web.declining import in_words
from edge.web.guesses import Guesses
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.template import Template
from edge.web.view import View


class Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/shelves/{id}/member``: the code as it was typed or scanned."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfMembers:
    """Hears who stands at a shelf. Too many codes that nobody knows are refused for a while (``strangers``)."""

    view: View
    template: Template
    strangers: Guesses

    def routes(self) -> tuple[Route, ...]:
        """For the screen of the shelf."""
        return (Route(method="POST", path="/api/shelves/{id}/member", role=Role.SCREEN, handler=self.member),)

    async def member(self, request: web.Request) -> web.Response:
        """409 for a code of nobody, 429 when too many were tried at this shelf. The code goes no further than to its hash."""
        shelf, asked, words = shelf_of(self.view, request), await read_json(request, Named), self.template.words(request)
        wait_s = self.strangers.wait_s(shelf)
        if wait_s:
            said = words.say("lane.too_many_tries")
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too-many-guesses", said, retry_after_s=math.ceil(wait_s))
        desk = self.view.desk
        shown = conceal_code(asked.code, till=shelf, order=None, at=desk.now(), shop=desk.shop())
        try:
            await decided(self.view, request, name_at_shelf(shown), "member")
        except Declined as refusal:
            raise Problem(HTTPStatus.CONFLICT, refusal.key, in_words(refusal, words)) from refusal
        self.strangers.right(shelf)
        return web.Response(status=HTTPStatus.NO_CONTENT)


def shelf_of(view: View, request: web.Request) -> str:
    """The shelf in the address, for a caller who may see it. Raises Problem."""
    name, caller = request.match_info["id"], request[CALLER]
    plugged = view.plugged().get(name)
    if plugged is None or not plugged.driver.startswith(("shelf/", "rfid/")):
        told = f"no shelf is called {name[:40]!r}; add [device.{name[:40]}] to the settings"
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-shelf", told)
    if caller.name != name and not caller.may(Role.STAFF):
        raise Problem(HTTPStatus.FORBIDDEN, "other-shelf", f"this screen is {caller.name}; pair it under the name {name}")
    return name
