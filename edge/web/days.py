"""The business days that a report is asked for: ``?first=2026-11-15&last=2026-11-21``, both included, today where left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from aiohttp import web

from edge.web.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """From ``first`` to ``last`` (``YYYY-MM-DD``), both included."""

    first: str
    last: str


def asked_days(request: web.Request, today: str) -> Days:
    """What ``request`` asks for. Raises Problem (400) for what are no days."""
    days = Days(first=_date(request, "first", today), last=_date(request, "last", today))
    if days.first > days.last:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad-days", f"first is {days.first} and after last, {days.last}: exchange them")
    return days


def _date(request: web.Request, name: str, today: str) -> str:
    asked = request.query.get(name, today)
    try:
        return date.fromisoformat(asked).isoformat()
    except ValueError as error:
        problem = f"{name} is {asked[:20]!r} and no day: write it as {today}"
        raise Problem(HTTPStatus.BAD_REQUEST, "bad-days", problem) from error
