"""Counting along: a technician presses a button for everyone who crosses a line, and sees how far the box agrees.

GET    /vision/cameras/{camera}/audit              the page
POST   /api/vision/cameras/{camera}/audit          {"line": "door"}: begin; an earlier one is thrown away
GET    /api/vision/cameras/{camera}/audit          how it stands
POST   /api/vision/cameras/{camera}/audit/marks    {"direction": "in"}
DELETE /api/vision/cameras/{camera}/audit/marks    the last press was a mistake
DELETE /api/vision/cameras/{camera}/audit          end it
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

import msgspec
from aiohttp import web

from edge.vision.audit import LONGEST_S, Audit, Compared, compare
from edge.vision.layout import Layout
from edge.web.api import json_answer
from edge.web.body import read_json
from edge.web.callers import CALLER
from edge.web.layouts import layout_now
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.template import Template
from edge.web.view import View
from edge.web.watched import watched


class Began(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST …/audit``."""

    line: str


class Pressed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST …/audit/marks``."""

    direction: Literal["in", "out"]


class AuditShown(msgspec.Struct, frozen=True, kw_only=True):
    """How the count stands; it ends by itself after ``longest_s``."""

    line: str
    by: str
    over: bool
    longest_s: int
    compared: Compared


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPages:
    """Serves the page and the calls; one count for each camera, in memory only."""

    view: View
    template: Template
    _audits: dict[str, Audit] = field(default_factory=dict)

    def routes(self) -> tuple[Route, ...]:
        """All of them ask for the role of a technician, as the picture beside the buttons does."""
        call, technician = "/api/vision/cameras/{camera}/audit", Role.TECHNICIAN
        return (
            Route(method="GET", path="/vision/cameras/{camera}/audit", role=technician, handler=self.page),
            Route(method="GET", path=call, role=technician, handler=self.shown),
            Route(method="POST", path=call, role=technician, handler=self.begin),
            Route(method="DELETE", path=call, role=technician, handler=self.end),
            Route(method="POST", path=f"{call}/marks", role=technician, handler=self.press),
            Route(method="DELETE", path=f"{call}/marks", role=technician, handler=self.undo),
        )

    async def page(self, request: web.Request) -> web.Response:
        """``GET /vision/cameras/{camera}/audit``."""
        name = request.match_info["camera"]
        _, shown = watched(self.view, name)
        layout = await layout_now(self.view, name)
        lines = [line.name for line in layout.lines]
        return self.template.page(request, "vision_audit", camera=name, shown=shown, lines=lines, minutes=LONGEST_S // 60)

    async def begin(self, request: web.Request) -> web.Response:
        """``POST …/audit``."""
        name = request.match_info["camera"]
        watched(self.view, name)
        asked = await read_json(request, Began)
        _check_line(await layout_now(self.view, name), name, asked.line)
        self._audits[name] = Audit(camera=name, line=asked.line, by=request[CALLER].name, began_ns=self._now_ns())
        return self._answer(self._audits[name])

    async def shown(self, request: web.Request) -> web.Response:
        """``GET …/audit``."""
        return self._answer(self._audit(request))

    async def press(self, request: web.Request) -> web.Response:
        """``POST …/audit/marks``."""
        audit, asked = self._audit(request), await read_json(request, Pressed)
        if not audit.mark(asked.direction, self._now_ns()):
            raise Problem(HTTPStatus.CONFLICT, "audit-over", "this count is over; begin another")
        return self._answer(audit)

    async def undo(self, request: web.Request) -> web.Response:
        """``DELETE …/audit/marks``."""
        audit = self._audit(request)
        if audit.marks and audit.ended_ns is None:
            audit.marks.pop()
        return self._answer(audit)

    async def end(self, request: web.Request) -> web.Response:
        """``DELETE …/audit``: its figures stay until the next one begins."""
        audit = self._audit(request)
        audit.ended_ns = audit.until_ns(self._now_ns())
        return self._answer(audit)

    def _now_ns(self) -> int:
        return int(self.view.clock() * 1_000_000_000)

    def _audit(self, request: web.Request) -> Audit:
        name = request.match_info["camera"]
        watched(self.view, name)
        audit = self._audits.get(name)
        if audit is None:
            raise Problem(HTTPStatus.NOT_FOUND, "no-audit", f"nobody counts along with {name}; begin with POST and a line")
        return audit

    def _answer(self, audit: Audit) -> web.Response:
        eyes, _ = watched(self.view, audit.camera)
        now_ns = self._now_ns()
        over = audit.ended_ns is not None or audit.until_ns(now_ns) < now_ns
        compared = compare(audit, eyes.crossings(audit.camera, audit.began_ns), now_ns)
        return json_answer(AuditShown(line=audit.line, by=audit.by, over=over, longest_s=LONGEST_S, compared=compared))


def _check_line(layout: Layout, camera: str, line: str) -> None:
    if line not in {each.name for each in layout.lines}:
        told = f"{camera} has no line {line!r}; it has: {', '.join(each.name for each in layout.lines) or 'none, draw one'}"
        raise Problem(HTTPStatus.CONFLICT, "unknown-line", told)
