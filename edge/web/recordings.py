"""``GET /api/devices/{id}/recording``: the raw wire of a device, line by line, until the time is over or nobody reads."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import ClientConnectionResetError, web

from edge.recording import CannotRecord, Recording
from edge.web.body import read_count
from edge.web.problems import Problem
from edge.web.sending import write_soon
from edge.web.view import View

USUAL_S = 60
MOST_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    """Serves recordings while they are made; nothing of them stays in the box."""

    view: View

    async def record(self, request: web.Request) -> web.StreamResponse:
        """NDJSON; 404 for no such device, 409 when it may not be recorded or is recorded already."""
        device, seconds = request.match_info["id"], read_count(request, "seconds", usual=USUAL_S, most=MOST_S)
        if device not in self.view.board.devices:
            raise Problem(HTTPStatus.NOT_FOUND, "unknown-device", f"no device is called {device[:40]!r}")
        try:
            with self.view.record(device) as recording:
                return await _send(request, recording, seconds)
        except CannotRecord as error:
            raise Problem(HTTPStatus.CONFLICT, "not-recorded", str(error)) from error


async def _send(request: web.Request, recording: Recording, seconds: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    try:
        await response.prepare(request)
        async with aclosing(recording.lines(seconds)) as lines:
            async for line in lines:
                await write_soon(response, line)
    except (ClientConnectionResetError, TimeoutError):
        if request.transport is not None:
            request.transport.abort()
    return response
