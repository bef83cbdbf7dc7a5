"""The pages for people: the overview, the login, the screens and tills. Complete without JavaScript."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, cast, get_args

from aiohttp import web

from edge.web.asks import Asks, Button
from edge.web.body import read_form
from edge.web.callers import CALLER
from edge.web.doors import see
from edge.web.feed import Feed
from edge.web.locks import Locks
from edge.web.lookout import Lookout
from edge.web.pairing import Offer, PairedRole, Pairings
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.template import StaticFile, Template

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"[a-z0-9-]{1,32}")
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Serves HTML and the files that it loads."""

    feed: Feed
    lookout: Lookout
    template: Template
    static_files: Mapping[str, StaticFile]
    locks: Locks
    asks: Asks

    async def static(self, request: web.Request) -> web.Response:
        """``GET /static/{name}``: one of the files that were there at start, by its exact name."""
        file = self.static_files.get(request.match_info["name"])
        if file is None:
            raise Problem(HTTPStatus.NOT_FOUND, "not-found", "there is nothing at this address")
        headers = {"Cache-Control": FOREVER if request.query.get("v") == file.digest else "no-cache"}
        return web.Response(body=file.content, content_type=file.content_type, charset="utf-8", headers=headers)

    async def login(self, request: web.Request) -> web.Response:
        """``GET /login``; nobody needs it on a loopback address."""
        if not self.locks.login_demanded:
            return see("/")
        return self.template.page(request, "login", mistake="")

    async def overview(self, request: web.Request) -> web.Response:
        """``GET /``: everything as it is now; the stream keeps it so."""
        self.lookout.look_at_board()
        await self.lookout.look_at_journal()
        cards = self.feed.cards(self.template.language(request))
        devices = [card for name, card in cards.items() if name.startswith("device ")]
        rest = {"events": None, "takings": None, "jobs": None, "discoveries": None, "recognition": None} | {
            name: card for name, card in cards.items() if not name.startswith("device ")
        }
        buttons: dict[str, tuple[Button, ...]] = {card.id: () for card in devices}
        technician = request[CALLER].may(Role.TECHNICIAN)
        if technician:
            buttons |= self.asks.buttons()
        login_demanded = self.locks.login_demanded
        return self.template.page(
            request, "overview", devices=devices, buttons=buttons, technician=technician, login_demanded=login_demanded, **rest
        )

    async def pair(self, request: web.Request) -> web.Response:
        """``GET /pair``: the paired screens and tills, and a form for a new code."""
        return self._pair_page(request, None)

    async def offer(self, request: web.Request) -> web.Response:
        """``POST /pair``: a new code, shown this once."""
        form = await read_form(request)
        return self._pair_page(request, offer_code(self.locks.pairings, form.get("name", ""), form.get("role", "")))

    async def revoke(self, request: web.Request) -> web.Response:
        """``POST /pair/{id}/revoke``: take a token back."""
        await revoke_pairing(self.locks.pairings, request.match_info["id"])
        return see("/pair")

    def _pair_page(self, request: web.Request, offer: Offer | None) -> web.Response:
        return self.template.page(
            request, "pair", offer=offer, pairings=self.locks.pairings.listed(), login_demanded=self.locks.login_demanded
        )


def offer_code(pairings: Pairings, name: str, role: str) -> Offer:
    """A code for the screen or till ``name``. Raises Problem for a name or role that cannot be."""
    if not NAME.fullmatch(name):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "bad-name",
            "a name has 1 to 32 small letters, digits and hyphens, for example lane-1",
        )
    if role not in get_args(PairedRole):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad-role", "role is screen, device or staff")
    return pairings.offer(name, cast(PairedRole, role))


async def revoke_pairing(pairings: Pairings, id_: str) -> None:
    """Take the token of pairing ``id_`` back. Raises Problem when there is none."""
    if not await pairings.revoke(id_):
        raise Problem(
            HTTPStatus.NOT_FOUND, "unknown-pairing", "no screen or till is paired under this id; list them at /api/pairings"
        )
