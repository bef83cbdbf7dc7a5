"""What staff do about faces, with the member beside them: begin an enrolment at a kiosk, vouch for a guardian, erase a member.

POST /staff/kiosks/{id}/enrol                               the kiosk asks whoever names themselves next
POST /staff/kiosks/{id}/guardian   verdict=confirmed        "I see the guardian, who agrees", or refused
POST /staff/forget                 what=face|all&code=…     what the member says or shows: hashed, kept nowhere; sure=yes&id=…
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.faces.withdraw_shown import withdraw_shown
from edge.shop.members.forget_shown import forget_shown
from edge.shop.members.identify import conceal_code
from edge.shop.shop import Shop
from edge.web.body import read_form
from edge.web.callers import CALLER
from edge.web.deciding import decided
from edge.web.declining import in_words
from edge.web.face_attempts import is_learnt_at
from edge.web.letting_go import let_go
from edge.web.names import check_name
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.staff import StaffPage
from edge.web.visits import Visits


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffFaces:
    """Answers the forms of the staff page."""

    staff: StaffPage
    visits: Visits

    def routes(self) -> tuple[Route, ...]:
        """All of them ask for the role of staff."""
        return (
            Route(method="POST", path="/staff/kiosks/{id}/enrol", role=Role.STAFF, handler=self.enrol),
            Route(method="POST", path="/staff/kiosks/{id}/guardian", role=Role.STAFF, handler=self.guardian),
            Route(method="POST", path="/staff/forget", role=Role.STAFF, handler=self.forget),
        )

    async def enrol(self, request: web.Request) -> web.Response:
        """``POST /staff/kiosks/{id}/enrol``: reading, agreeing and looking are the member's own, at the kiosk."""
        kiosk = self._kiosk(request)
        if not is_learnt_at(kiosk, self.staff.view):
            return await self.staff.page(request, mistake=self._say(request, "faces.not_offered"))
        self.visits.invite(kiosk)
        return await self.staff.page(request, told=self._say(request, "kiosks.staff_started", kiosk=kiosk))

    async def guardian(self, request: web.Request) -> web.Response:
        """``POST /staff/kiosks/{id}/guardian``."""
        kiosk, verdict = self._kiosk(request), (await read_form(request)).get("verdict", "")
        if verdict not in {"confirmed", "refused"}:
            raise Problem(HTTPStatus.BAD_REQUEST, "bad-verdict", "verdict is confirmed or refused")
        visit = self.visits.at(kiosk).visit
        if visit is None or visit.guardian != "asked":
            return await self.staff.page(request, mistake=self._say(request, "kiosks.staff_gone"))
        self.visits.change(kiosk, guardian=verdict, staff=request[CALLER].name)
        return await self.staff.page(request, told=self._say(request, "kiosks.staff_settled"))

    async def forget(self, request: web.Request) -> web.Response:
        """``POST /staff/forget``: erased when this answers; the face only, or everything."""
        form = await read_form(request)
        code, wish, desk = form.get("code", "").strip(), form.get("id", ""), self.staff.view.desk
        check_name("id", wish)
        if form.get("sure") != "yes" or not wish or form.get("what") not in {"face", "all"}:
            return await self.staff.page(request, mistake=self._say(request, "kiosks.forget_not_sure"))
        place = _with_printer(desk.shop())
        shown = conceal_code(code, till=place, order=None, at=desk.now(), shop=desk.shop())
        is_face = form.get("what") == "face"
        forget = withdraw_shown(shown, place, request[CALLER].name) if is_face else forget_shown(shown, f"staff-{wish}", place)
        try:
            await decided(self.staff.view, request, forget, "withdraw" if is_face else "forget a member")
        except Declined as refusal:
            return await self.staff.page(request, mistake=in_words(refusal, self.staff.template.words(request)))
        await let_go(self.staff.view)
        return await self.staff.page(request, told=self._say(request, f"kiosks.{'forgotten' if place else 'forgotten_no_paper'}"))

    def _kiosk(self, request: web.Request) -> str:
        kiosk = request.match_info["id"]
        if kiosk not in self.staff.view.desk.shop().kiosks:
            told = f"no kiosk is called {kiosk!r}: add [kiosk.{kiosk}] to the settings"
            raise Problem(HTTPStatus.NOT_FOUND, "unknown-kiosk", told)
        return kiosk

    def _say(self, request: web.Request, key: str, **values: str) -> str:
        return self.staff.template.words(request).say(key, **values)


def _with_printer(shop: Shop) -> str:
    """A screen with a printer, where the slip comes out; empty when there is none."""
    kiosks = (name for name, kiosk in shop.kiosks.items() if kiosk.printer is not None)
    lanes = (name for name, lane in shop.lanes.items() if lane.till is None and lane.printer is not None)
    return next(kiosks, next(lanes, ""))
