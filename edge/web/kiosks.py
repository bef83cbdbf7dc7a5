"""The screens of kiosks: who stands there, by code or by face, what they may see of themselves, and the picture of an enrolment.

GET  /kiosk/{id}              the page, on a screen that is paired under the kiosk's name
GET  /kiosk/{id}/pictures     multipart/x-mixed-replace, while somebody is being enrolled there and the camera may be shown
GET  /api/kiosks/{id}         what the screen shows; ?after=7&stays=1: as soon as it is otherwise, and it was touched meanwhile
POST /api/kiosks/{id}/member  {"code": "13800138000"}     typed or scanned: sent once, hashed before it is decided, kept nowhere
POST /api/kiosks/{id}/end     whoever stood there has gone: nothing personal is left
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

import msgspec
from aiohttp import web

from drivers.wires.picture_ring import RingReader
from edge.shop.declined import Declined
from edge.shop.faces.here import leave, name_at_kiosk
from edge.shop.members.events import MemberIdentified
from edge.shop.members.identify import Shown, conceal_code
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from edge.web.api import json_answer
from edge.web.body import read_json
from edge.web.callers import CALLER, Callers
from edge.web.deciding import asked_of, decided
from edge.web.declining import in_words
from edge.web.face_attempts import is_learnt_at, is_read_at, read_after
from edge.web.feed import Feed
from edge.web.guesses import Guesses
from edge.web.kiosk_scans import KioskScans
from edge.web.kiosk_shown import KioskShown, read_visit, show_kiosk
from edge.web.lane_wishes import Typed
from edge.web.long_poll import wait_for_news
from edge.web.pictures import picture_stream, send_pictures
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.sending import send_while_open
from edge.web.template import Template
from edge.web.view import View
from edge.web.visits import Visits
from sync.entries import Origin, Recorded, Repeated
from sync.events import Event

MOST_STREAMS = 8


@dataclass(slots=True, kw_only=True)
class Kiosks:
    """Serves the kiosks of the settings in use. Too many codes that nobody knows are refused (``strangers``)."""

    view: View
    template: Template
    callers: Callers
    feed: Feed
    visits: Visits
    strangers: Guesses
    scans: KioskScans
    _open: int = field(default=0)

    def routes(self) -> tuple[Route, ...]:
        """For the screen of the kiosk."""
        at = "/api/kiosks/{id}"
        return (
            Route(method="GET", path="/kiosk/{id}", role=Role.SCREEN, handler=self.page),
            Route(method="GET", path="/kiosk/{id}/pictures", role=Role.SCREEN, handler=self.pictures),
            Route(method="GET", path=at, role=Role.SCREEN, handler=self.follow),
            Route(method="POST", path=f"{at}/member", role=Role.SCREEN, handler=self.member),
            Route(method="POST", path=f"{at}/end", role=Role.SCREEN, handler=self.end),
        )

    async def page(self, request: web.Request) -> web.Response:
        """``GET /kiosk/{id}``."""
        kiosk, shop = self.kiosk(request), self.view.desk.shop()
        language = self.template.language(request)
        return self.template.page(
            request,
            "kiosk",
            kiosk=kiosk,
            notice=shop.faces,
            purpose=shop.faces.purpose_zh if language == "zh" else shop.faces.purpose_en,
            is_pictured=self._is_shown(kiosk),
            has_printer=shop.kiosks[kiosk].printer is not None,
        )

    async def pictures(self, request: web.Request) -> web.StreamResponse:
        """``GET /kiosk/{id}/pictures``: until the enrolment ends. Raises Problem while there is none: nobody is shown else."""
        kiosk = self.kiosk(request)
        if not self._is_shown(kiosk):
            told = f"the camera of {kiosk} may not be shown on screens; set shown = true in its settings"
            raise Problem(HTTPStatus.FORBIDDEN, "camera-not-shown", told)
        if not self._is_enrolling(kiosk):
            raise Problem(
                HTTPStatus.CONFLICT, "nobody-enrols", "pictures are shown while somebody is being enrolled, and only then"
            )
        if self._open >= MOST_STREAMS:
            told = "too many pictures are open; close a page"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "too-many-pictures", told, retry_after_s=30)
        self._open += 1
        response = picture_stream()
        may_go_on = partial(self._may_see, request, kiosk)
        sending = send_pictures(request, response, lambda: self._ring(kiosk), may_go_on)
        try:
            await send_while_open(request, self.feed, sending, of="kiosk")
        finally:
            self._open -= 1
        return response

    async def follow(self, request: web.Request) -> web.Response:
        """``GET /api/kiosks/{id}?after=&stays=``."""
        kiosk = self.kiosk(request)
        stand = self.visits.at(kiosk)
        stand.asked_s = self.visits.clock()
        if request.query.get("stays") == "1":
            self.visits.stay(kiosk)
        scanner = self.view.desk.shop().kiosks[kiosk].scanner
        if "after" in request.query:
            await wait_for_news(self.feed, stand.bell.after(read_after(request)), self.scans.next(scanner), of="kiosk")
        return json_answer(await self.shown(request, kiosk, scanned=self.scans.take(scanner)))

    async def member(self, request: web.Request) -> web.Response:
        """``POST …/member``: 409 for what is nobody's number, 429 when too many were tried at this kiosk."""
        kiosk = self.kiosk(request)
        named = await self.name(request, kiosk, (await read_json(request, Typed)).code)
        self.visits.begin(kiosk, named.member_ref, named.method)
        return json_answer(await self.shown(request, kiosk))

    async def end(self, request: web.Request) -> web.Response:
        """``POST …/end``."""
        kiosk = self.kiosk(request)
        over = self.visits.end(kiosk)
        if over is not None and over.request and self.view.faces is not None:
            self.view.faces.cancel(over.request)
        await self.decided(request, leave(kiosk), "leave")
        return json_answer(await self.shown(request, kiosk))

    async def shown(self, request: web.Request, kiosk: str, scanned: str = "") -> KioskShown:
        """The screen in the caller's language."""
        stand, words = self.visits.at(kiosk), self.template.words(request)
        visit = stand.visit
        read = None if visit is None else partial(read_visit, visit=visit, at=self.view.desk.now())
        account = None if read is None else await asked_of(self.view, read)
        return show_kiosk(
            kiosk,
            stand,
            account,
            words,
            self.view.settings.store.currency,
            faces=is_read_at(kiosk, self.view),
            enrols=is_learnt_at(kiosk, self.view),
            invited=self.visits.is_invited(kiosk) and is_learnt_at(kiosk, self.view),
            scanned=scanned,
        )

    async def name(self, request: web.Request, kiosk: str, code: str, *, beside: bool = False) -> MemberIdentified:
        """Who it is by ``code``, which goes no further; ``beside`` whoever stands there already. Raises Problem."""
        self.refuse_guesser(request, kiosk)
        desk = self.view.desk
        shown = conceal_code(code, till=kiosk, order=None, at=desk.now(), shop=desk.shop())
        naming = name_at_kiosk(kiosk, shown) if beside else _alone(kiosk, shown)
        named = _named(await self.decided(request, naming, "member"))
        if named.verified:
            self.strangers.right(kiosk)
        return named

    def refuse_guesser(self, request: web.Request, kiosk: str) -> None:
        """Raises Problem once too much that nobody knows was tried at ``kiosk``."""
        wait_s = self.strangers.wait_s(kiosk)
        if wait_s:
            said = self.template.words(request).say("lane.too_many_tries")
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too-many-guesses", said, retry_after_s=math.ceil(wait_s))

    async def decided(
        self, request: web.Request, decision: Decision, asked: str, origin: Origin | None = None
    ) -> Recorded | Repeated:
        """What came of it. Raises Problem (409) in the words of whoever stands there."""
        try:
            return await decided(self.view, request, decision, asked, origin)
        except Declined as refusal:
            raise Problem(HTTPStatus.CONFLICT, refusal.key, in_words(refusal, self.template.words(request))) from refusal

    def kiosk(self, request: web.Request) -> str:
        """The kiosk in the address, for a caller who may use it. Raises Problem."""
        name, caller = request.match_info["id"], request[CALLER]
        if name not in self.view.desk.shop().kiosks:
            raise Problem(
                HTTPStatus.NOT_FOUND, "unknown-kiosk", f"no kiosk is called {name!r}: add [kiosk.{name}] to the settings"
            )
        if caller.name != name and not caller.may(Role.STAFF):
            raise Problem(HTTPStatus.FORBIDDEN, "other-kiosk", f"this screen is {caller.name}; pair it under the name {name}")
        return name

    def _may_see(self, request: web.Request, kiosk: str) -> bool:
        return self._is_enrolling(kiosk) and self._is_shown(kiosk) and self.callers.still_knows(request)

    def _is_enrolling(self, kiosk: str) -> bool:
        visit, faces = self.visits.at(kiosk).visit, self.view.faces
        attempt = None if visit is None or faces is None else faces.attempt(visit.request)
        return attempt is not None and attempt.place == kiosk and attempt.outcome is None

    def _is_shown(self, kiosk: str) -> bool:
        """Whether the settings let the kiosk's camera be seen on a screen."""
        plugged = self.view.plugged().get(self._camera(kiosk))
        return plugged is not None and bool(getattr(plugged.settings, "shown", False))

    def _ring(self, kiosk: str) -> RingReader | None:
        rings = self.view.wires.pictures.rings.get(self._camera(kiosk))
        return None if rings is None else rings.jpeg

    def _camera(self, kiosk: str) -> str:
        settings = self.view.desk.shop().kiosks.get(kiosk)
        return "" if settings is None or settings.camera is None else settings.camera


def _alone(kiosk: str, shown: Shown) -> Decision:
    """Whoever stood there before has gone."""

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        yield from leave(kiosk)(moment, shop, db)
        yield from name_at_kiosk(kiosk, shown)(moment, shop, db)

    return decide


def _named(outcome: Recorded | Repeated) -> MemberIdentified:
    """What the decision said of it; what is typed has no id, so it is never a repeat."""
    if isinstance(outcome, Recorded):
        for envelope in outcome.events:
            if envelope.type == MemberIdentified.type:
                return msgspec.json.decode(envelope.data, type=MemberIdentified)
    raise AssertionError("who is not declined is named")
