"""What a shopper does at a mirror besides trying on: says who they are, takes the look home.

POST /api/mirrors/{id}/member       {"session": "v-17", "code": "13800138000"}    typed: sent once, hashed, kept nowhere
POST /api/mirrors/{id}/take-home    {"session": "v-17", "skus": ["rouge-01"], "picture": true}
                                    ->   {"address": "http://10.0.0.5:8080/look/9f…", "qr": {"modules": 29, "path": "M0 0h7…"}, …}
GET  /look/{token}                  the list, for any telephone in the shop's network, for ten minutes
GET  /look/{token}/picture          its picture, if the shopper asked for it
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.members.identify import conceal_code
from edge.shop.tryon.visitors import VisitNamed, name_at_mirror
from edge.web.api import json_answer
from edge.web.body import read_json
from edge.web.deciding import asked_of, decided
from edge.web.declining import in_words
from edge.web.guesses import Guesses
from edge.web.hosts import LOOPBACK_NAMES, host_of, is_loopback
from edge.web.lane_wishes import QrShown, qr_of
from edge.web.mirror_goods import listed
from edge.web.mirror_news import MirrorNews
from edge.web.mirrors import Mirrors
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.sittings import KEPT_S, Sittings
from edge.web.template import Template
from edge.web.view import View
from sync.entries import Recorded, Repeated

MOST_SKUS = 32
Session = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+\Z")]
Sku = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Typed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone number or a member code, in clear until it is concealed: so it has no place in a repr."""

    session: Session
    code: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z.:+ -]{0,60}[0-9A-Za-z]\Z")]

    def __repr__(self) -> str:
        return "Typed()"


class TakeHomeAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to go home; ``picture``: the shopper wants the picture too."""

    session: Session
    skus: Annotated[tuple[Sku, ...], msgspec.Meta(min_length=1, max_length=MOST_SKUS)]
    picture: bool = False


class TakeHomeShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where a telephone finds it, and for how long."""

    address: str
    qr: QrShown
    minutes: int
    picture: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorVisits:
    """Answers the mirrors' screens, telephones and staff. Too many codes that nobody knows are refused (``strangers``)."""

    view: View
    template: Template
    mirrors: Mirrors
    sittings: Sittings
    strangers: Guesses

    def routes(self) -> tuple[Route, ...]:
        """The list is open to whoever holds its token."""
        at, mirrors = "/api/mirrors/{id}", self.mirrors
        news = MirrorNews(
            view=self.view, template=self.template, callers=mirrors.callers, feed=mirrors.feed, sittings=self.sittings
        )
        return (
            *news.routes(),
            Route(method="POST", path=f"{at}/member", role=Role.SCREEN, handler=self.member),
            Route(method="POST", path=f"{at}/take-home", role=Role.SCREEN, handler=self.take_home),
            Route(method="GET", path="/look/{token}", role=Role.PUBLIC, handler=self.look),
            Route(method="GET", path="/look/{token}/picture", role=Role.PUBLIC, handler=self.picture),
        )

    async def member(self, request: web.Request) -> web.Response:
        """``POST …/member``: 204; 409 for what is nobody's number, 429 when too many were tried at this mirror."""
        self.mirrors.settings_of(request)
        mirror, typed, words = request.match_info["id"], await read_json(request, Typed), self.template.words(request)
        wait_s = self.strangers.wait_s(mirror)
        if wait_s:
            said = words.say("lane.too_many_tries")
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too-many-guesses", said, retry_after_s=math.ceil(wait_s))
        desk = self.view.desk
        shown = conceal_code(typed.code, till=mirror, order=None, at=desk.now(), shop=desk.shop())
        try:
            outcome = await decided(self.view, request, name_at_mirror(mirror, typed.session, shown), "member")
        except Declined as refusal:
            raise Problem(HTTPStatus.CONFLICT, refusal.key, in_words(refusal, words)) from refusal
        if _is_verified(outcome):
            self.strangers.right(mirror)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def take_home(self, request: web.Request) -> web.Response:
        """``POST …/take-home``: what is on the list is kept in memory for ten minutes, and nowhere else."""
        camera = self.mirrors.settings_of(request).camera
        asked = await read_json(request, TakeHomeAsked)
        base = await self._base(request)
        ring = self.mirrors.ring(request.match_info["id"], camera) if asked.picture else None
        newest = None if ring is None else ring.newest()
        picture = None if newest is None else newest.data
        token = self.sittings.take_home(tuple(dict.fromkeys(asked.skus)), picture)
        asyncio.get_running_loop().call_later(KEPT_S + 1, self.sittings.forget)
        address = f"{base}/look/{token}"
        shown = TakeHomeShown(address=address, qr=qr_of(address), minutes=round(KEPT_S / 60), picture=picture is not None)
        return json_answer(shown)

    async def look(self, request: web.Request) -> web.Response:
        """``GET /look/{token}``: 410 with a sentence when its time is over."""
        token = request.match_info["token"]
        taken = self.sittings.taken(token)
        if taken is None:
            return self.template.page(request, "look", status=HTTPStatus.GONE, tried=None, token="", picture=False)
        named = partial(listed, skus=taken.skus, at=self.view.desk.now(), language=self.template.language(request))
        tried = await asked_of(self.view, named)
        picture = taken.picture is not None
        currency = self.view.settings.store.currency
        return self.template.page(request, "look", tried=tried, token=token, picture=picture, currency=currency)

    async def picture(self, request: web.Request) -> web.Response:
        """``GET /look/{token}/picture``."""
        taken = self.sittings.taken(request.match_info["token"])
        if taken is None or taken.picture is None:
            raise Problem(HTTPStatus.GONE, "look-over", "this look is over: take it home anew at the mirror")
        return web.Response(body=taken.picture, content_type="image/jpeg")

    async def _base(self, request: web.Request) -> str:
        """Under which address telephones reach the box: that of the mirror's screen, unless that screen is the box's own."""
        host = host_of(request.host)
        if host not in LOOPBACK_NAMES and not is_loopback(host):
            return f"{request.scheme}://{request.host}"
        base = await asked_of(self.view, _goods_url)
        if not base:
            told = (
                "telephones cannot reach the box under the address of this screen: open the mirror by the box's address in the"
                " shop's network, or set goods_url in the planogram document"
            )
            raise Problem(HTTPStatus.CONFLICT, "no-address", told, title=self.template.words(request).say("glass.no_address"))
        return base.rstrip("/")


def _is_verified(outcome: Recorded | Repeated) -> bool:
    """Whether headquarters knows who was named."""
    events = outcome.events if isinstance(outcome, Recorded) else ()
    return any(msgspec.json.decode(each.data, type=VisitNamed).verified for each in events if each.type == VisitNamed.type)


def _goods_url(db: sqlite3.Connection) -> str:
    row = db.execute("SELECT goods_url FROM planogram").fetchone()
    return "" if row is None else row[0]
