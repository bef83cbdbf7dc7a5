"""What the cameras have counted, for programs and for the technician's heat map.

GET /api/footfall?first=2026-11-15&last=2026-11-21      lines by the hour; zones, queues, paths, cameras
GET /api/heat?camera=cam-door&first=…&last=…            one camera's heat; without a camera that of the floor plan
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from edge.shop.footfall.heat_map import heat_map
from edge.shop.footfall.reports import cameras, lines, queues, ways, zones
from edge.web.api import json_answer
from edge.web.days import asked_days
from edge.web.deciding import asked_of
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.view import View

REPORTS: Mapping[str, Callable[[sqlite3.Connection, str, str], Sequence[object]]] = {
    "lines": lines,
    "zones": zones,
    "queues": queues,
    "paths": ways,
    "cameras": cameras,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Footfall:
    """Answers with what was counted."""

    view: View

    def routes(self) -> tuple[Route, ...]:
        """Both ask for the role of a technician, which a manager has too."""
        return (
            Route(method="GET", path="/api/footfall", role=Role.TECHNICIAN, handler=self.counted),
            Route(method="GET", path="/api/heat", role=Role.TECHNICIAN, handler=self.heat),
        )

    async def counted(self, request: web.Request) -> web.Response:
        """``GET /api/footfall``."""
        days = asked_days(request, self._today())

        def ask(db: sqlite3.Connection) -> dict[str, list[object]]:
            return {name: list(report(db, days.first, days.last)) for name, report in REPORTS.items()}

        return json_answer({"first": days.first, "last": days.last, **await asked_of(self.view, ask)})

    async def heat(self, request: web.Request) -> web.Response:
        """``GET /api/heat``."""
        days, camera = asked_days(request, self._today()), request.query.get("camera")
        found = await asked_of(self.view, lambda db: heat_map(db, days.first, days.last, camera))
        if found is None:
            of = "the floor plan" if camera is None else f"a camera {camera[:40]!r}"
            raise Problem(HTTPStatus.NOT_FOUND, "no-heat", f"there is no heat of {of} from {days.first} to {days.last}")
        return json_answer(found)

    def _today(self) -> str:
        return self.view.desk.shop().day(self.view.desk.now())
