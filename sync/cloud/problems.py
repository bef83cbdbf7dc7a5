"""Every refusal of the cloud as RFC 9457 problem details, also the ones aiohttp makes by itself (404, 405, 413)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec
from aiohttp import web

from sync.cloud.sink import SinkDown

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_S = 5


class Problem(Exception):
    """A refusal with its status; ``name`` makes the problem's ``type``, the text is its ``detail``."""

    def __init__(self, status: int, name: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.headers = headers or {}


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457 §3.1."""

    type: str
    title: str
    status: int
    detail: str


def answer(problem: Problem) -> web.Response:
    """``problem`` on the wire."""
    details = Details(
        type=f"urn:storebox:problem:{problem.name}",
        title=problem.name.replace("-", " "),
        status=problem.status,
        detail=str(problem),
    )
    return web.Response(
        body=msgspec.json.encode(details), status=problem.status, content_type=PROBLEM_TYPE, headers=problem.headers
    )


@web.middleware
async def as_problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn what the routes raise into answers."""
    try:
        return await handler(request)
    except Problem as problem:
        return answer(problem)
    except SinkDown as error:
        return answer(Problem(503, "sink-down", str(error), {"Retry-After": str(RETRY_AFTER_S)}))
    except web.HTTPError as error:
        name = error.reason.lower().replace(" ", "-")
        kept = {key: value for key, value in error.headers.items() if key in ("Allow", "Content-Range")}
        return answer(Problem(error.status, name, error.text or error.reason, kept))
