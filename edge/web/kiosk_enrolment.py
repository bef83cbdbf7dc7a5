"""What a member decides at a kiosk: to be recognised by face from now on, to have that deleted, to be forgotten altogether.

POST /api/kiosks/{id}/guardian  {"visit": "9f…", "code": "13900139000", "agreed": true}   of a child; then staff are asked
POST /api/kiosks/{id}/badge     {"visit": "9f…", "code": "B-17"}          staff confirm the guardian at the kiosk itself
POST /api/kiosks/{id}/consent   {"visit": "9f…", "id": "w-1", "notice": "1", "age": "adult", "agreed": true}
POST /api/kiosks/{id}/enrol     {"visit": "9f…"}    ->   an attempt: GET /api/places/{id}/attempts/{request}
POST /api/kiosks/{id}/withdraw  {"visit": "9f…", "id": "w-2"}
POST /api/kiosks/{id}/forget    {"visit": "9f…", "id": "w-3"}

``id`` names the wish: sent again it counts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from edge.faces.window import Failed
from edge.shop.faces.consent import Consent, give_consent, withdraw_here
from edge.shop.faces.erasing import consent_named
from edge.shop.faces.events import Age
from edge.shop.faces.forget_here import forget_here
from edge.shop.faces.same_member import only_for
from edge.shop.staff.roster import of_badge
from edge.web.api import json_answer
from edge.web.body import read_both, read_json
from edge.web.callers import CALLER
from edge.web.deciding import asked_of, origin_of
from edge.web.face_attempts import FaceAttempts, show_attempt
from edge.web.kiosks import Kiosks
from edge.web.letting_go import let_go
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.visits import Visit, Visits
from edge.web.words import Words

Token = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Wish = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]


class OfVisit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who stands there wants it."""

    visit: Token


class Wished(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same under a name of its own."""

    visit: Token
    id: Wish


class GuardianSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The guardian's own number in clear, until it is concealed: so it has no place in a repr."""

    visit: Token
    code: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z.:+ -]{0,60}[0-9A-Za-z]\Z")]
    agreed: Literal[True]

    def __repr__(self) -> str:
        return "GuardianSaid()"


class BadgeShown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A badge, which is looked up and kept nowhere."""

    visit: Token
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]

    def __repr__(self) -> str:
        return "BadgeShown()"


class Agreed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Version ``notice`` was read to its end and the box ticked; ``age``: who agrees."""

    visit: Token
    id: Wish
    notice: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    age: Age
    agreed: Literal[True]


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskEnrolment:
    """Answers the screens of kiosks."""

    kiosks: Kiosks
    attempts: FaceAttempts
    visits: Visits

    def routes(self) -> tuple[Route, ...]:
        """For the screen of the kiosk."""
        wishes = {
            "guardian": self.guardian,
            "badge": self.badge,
            "consent": self.consent,
            "enrol": self.enrol,
            "withdraw": self.withdraw,
            "forget": self.forget,
        }
        return tuple(
            Route(method="POST", path=f"/api/kiosks/{{id}}/{name}", role=Role.SCREEN, handler=handler)
            for name, handler in wishes.items()
        )

    async def guardian(self, request: web.Request) -> web.Response:
        """``POST …/guardian``: the second one who is named there, after the child; staff are asked to confirm."""
        kiosk, said = self._stands_at(request), await read_json(request, GuardianSaid)
        visit = self.visits.of(kiosk, said.visit)
        named = await self.kiosks.name(request, kiosk, said.code, beside=True)
        if named.member_ref == visit.member_ref:
            raise Problem(HTTPStatus.CONFLICT, "guardian-is-the-child", self._words(request).say("kiosk.guardian_same"))
        self.visits.change(kiosk, guardian_ref=named.member_ref, guardian="asked", staff="")
        return await self._shown(request, kiosk)

    async def badge(self, request: web.Request) -> web.Response:
        """``POST …/badge``: 409 for one of nobody who works here today, 429 when too many were tried."""
        kiosk, said = self.kiosks.kiosk(request), await read_json(request, BadgeShown)
        visit = self.visits.of(kiosk, said.visit)
        if visit.guardian not in {"asked", "refused"}:
            raise Problem(HTTPStatus.CONFLICT, "no-guardian-waits", self._words(request).say("kiosk.guardian_first"))
        self.kiosks.refuse_guesser(request, kiosk)
        desk = self.kiosks.view.desk
        day = desk.shop().day(desk.now())
        person = await asked_of(self.kiosks.view, partial(of_badge, code=said.code, day=day))
        if person is None:
            raise Problem(HTTPStatus.CONFLICT, "unknown-badge", self._words(request).say("kiosk.wrong_badge"))
        self.kiosks.strangers.right(kiosk)
        self.visits.change(kiosk, guardian="confirmed", staff=person.staff)
        return await self._shown(request, kiosk)

    async def consent(self, request: web.Request) -> web.Response:
        """``POST …/consent``: kept by itself, bound to nothing else; the enrolment is another touch."""
        kiosk, (body, said) = self._stands_at(request), await read_both(request, Agreed)
        visit = self.visits.of(kiosk, said.visit)
        if said.age == "guardian" and visit.guardian != "confirmed":
            raise Problem(HTTPStatus.CONFLICT, "guardian-first", self._words(request).say("kiosk.guardian_first"))
        given = Consent(
            consent=visit.consent,
            place=kiosk,
            member_ref=visit.member_ref,
            notice=said.notice,
            language=self._words(request).language,
            age=said.age,
            guardian_ref=visit.guardian_ref if said.age == "guardian" else None,
            staff=visit.staff if said.age == "guardian" else "",
        )
        await self.kiosks.decided(request, give_consent(given), "consent", origin_of(request, said.id, body))
        self.visits.change(kiosk)
        return await self._shown(request, kiosk)

    async def enrol(self, request: web.Request) -> web.Response:
        """``POST …/enrol``: the challenge begins; 409 without a consent, also when it was taken back since, wherever."""
        kiosk, said = self._stands_at(request), await read_json(request, OfVisit)
        visit = self.visits.of(kiosk, said.visit)
        if await asked_of(self.kiosks.view, partial(consent_named, consent=visit.consent)) is None:
            raise Problem(HTTPStatus.CONFLICT, "consent-first", self._words(request).say("kiosk.no_attempt"))
        attempt = self.attempts.window(request, kiosk).enrol(kiosk, visit.member_ref, visit.consent)
        if not isinstance(attempt.outcome, Failed):
            self.visits.invite(kiosk, within_s=0)
            self.visits.change(kiosk, request=attempt.request)
        return json_answer(show_attempt(attempt, self._words(request)))

    async def withdraw(self, request: web.Request) -> web.Response:
        """``POST …/withdraw``: the consent and the face are erased; the member stays a member."""
        kiosk, (body, said) = self.kiosks.kiosk(request), await read_both(request, Wished)
        visit = self.visits.of(kiosk, said.visit)
        self._stop(visit)
        wish = only_for(visit.member_ref, kiosk, withdraw_here(kiosk))
        await self.kiosks.decided(request, wish, "withdraw", origin_of(request, said.id, body))
        await let_go(self.kiosks.view)
        self.visits.change(kiosk, request="")
        return await self._shown(request, kiosk)

    async def forget(self, request: web.Request) -> web.Response:
        """``POST …/forget``: erased everywhere; the visit is over."""
        kiosk, (body, said) = self.kiosks.kiosk(request), await read_both(request, Wished)
        visit = self.visits.of(kiosk, said.visit)
        self._stop(visit)
        wish = only_for(visit.member_ref, kiosk, forget_here(kiosk, f"{kiosk}-{said.id}"))
        await self.kiosks.decided(request, wish, "forget a member", origin_of(request, said.id, body))
        self.visits.end(kiosk)
        await let_go(self.kiosks.view)
        return await self._shown(request, kiosk)

    def _stands_at(self, request: web.Request) -> str:
        """The kiosk in the address. Raises Problem for staff elsewhere: nobody agrees for a member."""
        kiosk, caller = self.kiosks.kiosk(request), request[CALLER]
        if caller.role is Role.STAFF:
            told = f"a member agrees and is enrolled at {kiosk} itself; invite them there on the staff page"
            raise Problem(HTTPStatus.FORBIDDEN, "not-the-kiosk", told)
        return kiosk

    def _stop(self, visit: Visit) -> None:
        if visit.request and self.kiosks.view.faces is not None:
            self.kiosks.view.faces.cancel(visit.request)

    def _words(self, request: web.Request) -> Words:
        return self.kiosks.template.words(request)

    async def _shown(self, request: web.Request, kiosk: str) -> web.Response:
        return json_answer(await self.kiosks.shown(request, kiosk))
