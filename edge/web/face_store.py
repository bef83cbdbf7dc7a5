"""What is kept of faces, for technicians and for a member who asks: dates and numbers; a template leaves the box in no answer.

GET  /api/faces                          {"templates": 312, "notice": "2026-03", "enrolments": [{"enrolled": "2026-03-01", …}]}
GET  /api/faces/audit?limit=50           the newest first, without members
POST /api/members/{ref}/face/export      what is kept of one member's face; written down in the audit
POST /api/members/{ref}/face/withdraw    the consent is taken back for a member who asks for it
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import msgspec
from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.faces.consent import withdraw_consent
from edge.shop.faces.kept import MOST_ACTS, AuditRow, Enrolments, KeptFace, audit_rows, enrolments, export_face, kept_of
from edge.shop.faces.templates import template_count
from edge.shop.part import Decision
from edge.web.api import json_answer
from edge.web.body import read_count
from edge.web.callers import CALLER
from edge.web.deciding import asked_of, decided
from edge.web.declining import as_problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.view import View


class FacesKept(msgspec.Struct, frozen=True, kw_only=True):
    """``configured``: members are recognised by face, to this version of the ``notice``."""

    configured: bool
    notice: str
    templates: int
    enrolments: tuple[Enrolments, ...]


class FaceExport(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a member."""

    member: str
    kept: tuple[KeptFace, ...]


class FaceAudit(msgspec.Struct, frozen=True, kw_only=True):
    """The acts."""

    acts: tuple[AuditRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceStore:
    """Answers the command line and the technician's programs."""

    view: View

    def routes(self) -> tuple[Route, ...]:
        """All for who has the password."""
        of = "/api/members/{ref}/face"
        return (
            Route(method="GET", path="/api/faces", role=Role.TECHNICIAN, handler=self.kept),
            Route(method="GET", path="/api/faces/audit", role=Role.TECHNICIAN, handler=self.audit),
            Route(method="POST", path=f"{of}/export", role=Role.TECHNICIAN, handler=self.export),
            Route(method="POST", path=f"{of}/withdraw", role=Role.TECHNICIAN, handler=self.withdraw),
        )

    async def kept(self, _request: web.Request) -> web.Response:
        """``GET /api/faces``."""
        faces = self.view.desk.shop().faces
        templates, rows = await asked_of(self.view, template_count), await asked_of(self.view, enrolments)
        return json_answer(FacesKept(configured=faces.configured, notice=faces.notice, templates=templates, enrolments=rows))

    async def audit(self, request: web.Request) -> web.Response:
        """``GET /api/faces/audit``."""
        most = read_count(request, "limit", usual=50, most=MOST_ACTS)
        return json_answer(FaceAudit(acts=await asked_of(self.view, partial(audit_rows, most=most))))

    async def export(self, request: web.Request) -> web.Response:
        """``POST …/export``: 409 where nothing is kept."""
        ref = request.match_info["ref"]
        await self._decided(request, export_face(ref, request[CALLER].name), "what is kept of a face")
        return json_answer(FaceExport(member=ref, kept=await asked_of(self.view, partial(kept_of, member_ref=ref))))

    async def withdraw(self, request: web.Request) -> web.Response:
        """``POST …/withdraw``: 204, gone from the tables; 409 where nothing is kept."""
        decision = withdraw_consent(request.match_info["ref"], "", request[CALLER].name)
        await self._decided(request, decision, "withdraw a consent")
        return web.Response(status=204)

    async def _decided(self, request: web.Request, decision: Decision, asked: str) -> None:
        try:
            await decided(self.view, request, decision, asked)
        except Declined as refusal:
            raise as_problem(refusal) from refusal
