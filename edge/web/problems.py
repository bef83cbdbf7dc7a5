"""What the page and the API answer when they do not do what was asked: RFC 9457 problem details, or a short page.

A ``Problem`` is raised where the mistake is seen; the guard turns it into an answer. ``detail`` says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from aiohttp import web


class Problem(Exception):
    """The request is refused. ``kind`` is stable and names the mistake; ``detail`` is a sentence for people.

    ``title`` says it in the language of the store, or ``facts`` are what the words of ``declined.<kind>`` are filled with.
    """

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        *,
        retry_after_s: int | None = None,
        title: str = "",
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.title = title
        self.facts = facts
        self.status = status
        self.kind = kind
        self.detail = detail
        self.retry_after_s = retry_after_s

    def headers(self) -> dict[str, str]:
        """``Retry-After`` where waiting helps."""
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457 section 3.1."""

    type: str
    title: str
    status: int
    detail: str


def answer(problem: Problem, title: str = "") -> web.Response:
    """The problem as ``application/problem+json``; without a ``title`` of its own it has that of its status."""
    details = ProblemDetails(
        type=f"urn:storebox:problem:{problem.kind}",
        title=title or problem.title or problem.status.phrase,
        status=problem.status,
        detail=problem.detail,
    )
    return web.Response(
        body=msgspec.json.encode(details),
        status=problem.status,
        headers=problem.headers(),
        content_type="application/problem+json",
    )


def of_http(error: web.HTTPException) -> Problem:
    """aiohttp's own refusals (no such address, wrong method, body too large) in the same form."""
    status = HTTPStatus(error.status)
    match error:
        case web.HTTPMethodNotAllowed():
            detail = f"{error.method} is not possible here; try {' or '.join(sorted(error.allowed_methods))}"
        case web.HTTPNotFound():
            detail = "there is nothing at this address"
        case _:
            detail = status.description or status.phrase
    return Problem(status, status.phrase.lower().replace(" ", "-"), detail)
