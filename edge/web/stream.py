"""``GET /stream``: server-sent events with everything that changes on the page, the newest state and no backlog."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import ClientConnectionResetError, web

from edge.web.callers import CALLER, Callers
from edge.web.feed import Feed
from edge.web.lookout import Lookout
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.sending import event_stream, write_soon
from edge.web.template import Template

MOST_STREAMS = 32
RETRY_MS = 2_000
SCREEN_KINDS = frozenset({"device", "devices"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Serves the feed to open pages and screens."""

    feed: Feed
    lookout: Lookout
    template: Template
    callers: Callers

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send until the reader goes, stands still for WRITE_DEADLINE_S, is logged out, or the box stops.

        A screen is told of devices only.
        """
        if self.feed.listeners >= MOST_STREAMS:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "too-many-streams",
                f"{MOST_STREAMS} pages are open already; close one",
                retry_after_s=30,
            )
        kinds = None if request[CALLER].may(Role.STAFF) else SCREEN_KINDS
        with self.feed.listening():
            self.lookout.look_at_board()
            await self.lookout.look_at_journal()
            response = event_stream()
            try:
                await response.prepare(request)
                await response.write(b"retry: %d\n\n" % RETRY_MS)
                await self._send(request, response, kinds)
            except (ClientConnectionResetError, TimeoutError):
                if request.transport is not None:
                    request.transport.abort()  # a reader that stands still gets no polite goodbye
            return response

    async def _send(self, request: web.Request, response: web.StreamResponse, kinds: frozenset[str] | None) -> None:
        async with aclosing(self.feed.follow(self.template.language(request), kinds)) as news:
            async for chunk in news:
                if not self.callers.still_knows(request):
                    return
                await write_soon(response, chunk)
