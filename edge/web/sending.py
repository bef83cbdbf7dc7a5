"""A long answer that goes on until its reader has gone, stands still, or the door is closed; and not too many of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import ClientConnectionResetError, web

from edge.web.feed import Feed
from edge.web.problems import Problem

WRITE_DEADLINE_S = 10.0


@dataclass(slots=True, kw_only=True)
class Followers:
    """Readers of server-sent events ``of`` one thing; one too many is refused as ``problem``, with what is ``told``."""

    feed: Feed
    of: str
    problem: str
    told: str
    _open: int = 0

    async def send(
        self, request: web.Request, sending: Callable[[web.StreamResponse], Coroutine[None, None, None]], most: int
    ) -> web.StreamResponse:
        """Answer with what ``sending`` writes, to ``most`` at a time. Raises Problem."""
        if self._open >= most:
            told = f"{most} {self.told}"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, self.problem, told, retry_after_s=30)
        response = event_stream()
        self._open += 1
        try:
            await send_while_open(request, self.feed, _prepared(request, response, sending), of=self.of)
        finally:
            self._open -= 1
        return response


def event_stream() -> web.StreamResponse:
    """The answer that server-sent events are written to; no proxy collects them."""
    return web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})


async def write_soon(response: web.StreamResponse, told: bytes) -> None:
    """Raises TimeoutError for a reader that stands still."""
    async with asyncio.timeout(WRITE_DEADLINE_S):
        await response.write(told)


async def _prepared(
    request: web.Request, response: web.StreamResponse, sending: Callable[[web.StreamResponse], Coroutine[None, None, None]]
) -> None:
    await response.prepare(request)
    await sending(response)


async def send_while_open(request: web.Request, feed: Feed, sending: Coroutine[None, None, None], *, of: str) -> None:
    """Run ``sending`` until it ends or the readers of now are let go; who takes nothing is cut off. ``of`` names the tasks."""
    try:
        async with asyncio.TaskGroup() as ways:
            sends = ways.create_task(sending, name=f"{of}: sending")
            ends = ways.create_task(feed.ended(), name=f"{of}: end")
            await asyncio.wait((sends, ends), return_when=asyncio.FIRST_COMPLETED)
            sends.cancel()
            ends.cancel()
    except* (ClientConnectionResetError, TimeoutError):
        if request.transport is not None:
            request.transport.abort()
