"""What the shop knows of itself, for people and for a spreadsheet: ``/insight`` and ``/api/insight/<report>``, as JSON or CSV.

GET /insight?first=2026-11-15&last=2026-11-21
GET /api/insight/goods.csv?first=…&last=…      reports: funnel, hours, zones, queues, paths, cameras, guides,
                                               goods, slow, pairs, experiments
"""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from aiohttp import web

from edge.shop.footfall.layouts import labels
from edge.shop.footfall.reports import cameras, queues, ways, zones
from edge.shop.insight.arms import Arm, Compared, compare, counted_arms
from edge.shop.insight.funnel import funnel, hours
from edge.shop.insight.reports import goods, guides, pairs, slow_movers
from edge.web.api import json_answer
from edge.web.days import asked_days
from edge.web.deciding import asked_of
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.template import Template
from edge.web.view import View

SHOWN = 15
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute (OWASP: CSV injection)."""

Report = Callable[[sqlite3.Connection, str, str], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightPage:
    """Serves the reports."""

    view: View
    template: Template

    def routes(self) -> tuple[Route, ...]:
        """All of them ask for the role of staff."""
        return (
            Route(method="GET", path="/insight", role=Role.STAFF, handler=self.page),
            Route(method="GET", path="/api/insight/{report}", role=Role.STAFF, handler=self.report),
        )

    async def page(self, request: web.Request) -> web.Response:
        """``GET /insight``: the tiles of a day, or of some days."""
        days = asked_days(request, self._today())
        reports = self._reports()

        def ask(db: sqlite3.Connection) -> dict[str, Any]:
            return {name: report(db, days.first, days.last) for name, report in reports.items()}

        found = await asked_of(self.view, ask)
        named = await asked_of(self.view, partial(labels, language=self.template.language(request)))
        return self.template.page(
            request,
            "insight",
            days=days,
            named=named,
            found={name: rows[:SHOWN] for name, rows in found.items()},
            peak=max((row["revenue_minor"] for row in found["hours"]), default=0),
            crowd=max((row["entered"] for row in found["hours"]), default=0),
            reports=tuple(reports),
            currency=self.view.settings.store.currency,
        )

    async def report(self, request: web.Request) -> web.Response:
        """``GET /api/insight/{report}``: JSON, or with ``.csv`` a table for a spreadsheet."""
        name, dot, kind = request.match_info["report"].partition(".")
        report = self._reports().get(name)
        if report is None or (dot and kind != "csv"):
            known = ", ".join(self._reports())
            raise Problem(HTTPStatus.NOT_FOUND, "unknown-report", f"no report is called {name[:40]!r}; there are: {known}")
        days = asked_days(request, self._today())
        rows = await asked_of(self.view, lambda db: report(db, days.first, days.last))
        if not dot:
            return json_answer({"first": days.first, "last": days.last, "rows": rows})
        headers = {"Content-Disposition": f'attachment; filename="{name}-{days.first}-{days.last}.csv"'}
        # the mark tells Excel that it is UTF-8
        return web.Response(
            body=b"\xef\xbb\xbf" + table(rows).encode(), content_type="text/csv", charset="utf-8", headers=headers
        )

    def _reports(self) -> dict[str, Report]:
        insight = self.view.desk.shop().insight
        today = self._today()
        return {
            "funnel": lambda db, first, last: [asdict(funnel(db, first, last))],
            "hours": lambda db, first, last: [asdict(row) for row in hours(db, first, last)],
            "zones": lambda db, first, last: [asdict(row) for row in zones(db, first, last)],
            "queues": lambda db, first, last: [asdict(row) for row in queues(db, first, last)],
            "paths": lambda db, first, last: [asdict(row) for row in ways(db, first, last)],
            "cameras": lambda db, first, last: [asdict(row) for row in cameras(db, first, last)],
            "guides": lambda db, first, last: [asdict(row) for row in guides(db, first, last)],
            "goods": lambda db, first, last: [asdict(row) for row in goods(db, first, last)],
            "slow": lambda db, _first, _last: [
                asdict(row) for row in slow_movers(db, today, insight.slow_days, insight.slow_days_of)
            ],
            "pairs": lambda db, first, last: [asdict(row) for row in pairs(db, first, last)],
            "experiments": lambda db, first, last: [_compared(each) for each in compare(counted_arms(db, first, last))],
        }

    def _today(self) -> str:
        return self.view.desk.shop().day(self.view.desk.now())


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """``rows`` as CSV (RFC 4180), the names of the columns first; no cell is one that a spreadsheet computes."""
    if not rows:
        return ""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _compared(compared: Compared) -> dict[str, Any]:
    found = compared.difference
    return {
        "experiment": compared.one.experiment,
        "measure": compared.one.measure,
        **_arm("one", compared.one),
        **_arm("other", compared.other),
        "difference_percent": round(100 * found.middle, 1),
        "low_percent": round(100 * found.low, 1),
        "high_percent": round(100 * found.high, 1),
        "certain": compared.certain,
    }


def _arm(name: str, arm: Arm) -> dict[str, Any]:
    return {name: arm.arm, f"{name}_trials": arm.trials, f"{name}_successes": arm.successes}
