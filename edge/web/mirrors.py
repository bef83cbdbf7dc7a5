"""The page of a mirror: the newest pictures of its camera out, touches and shades in. Nothing of a picture is kept.

GET /mirror/{id}             the page, on a screen that is paired under the mirror's name
GET /mirror/{id}/pictures    multipart/x-mixed-replace, JPEG after JPEG; a slow screen gets fewer, never older ones
GET /mirror/{id}/wire        WebSocket:   page -> {"n": 7, "name": "touch", "body": {"session": "v-17", "x": 512, "y": 303}}
                                          box  -> {"n": 7, "ok": true, "retry": false, "problem": ""}
                                          box  -> {"wish": {"message": "Please look up"}}
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import ClientConnectionResetError, WSCloseCode, WSMsgType, web

from drivers.wires.picture_ring import RingReader
from edge.web.callers import CALLER, Callers
from edge.web.feed import Feed
from edge.web.pictures import WRITE_DEADLINE_S, picture_stream, send_pictures
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.sending import send_while_open
from edge.web.template import Template
from edge.web.view import View

MOST_OPEN = 16
"""Streams and wires at a time; a shop has fewer mirrors."""

DELIVER_MS = 20_000
PING_S = 5.0
LONGEST_WORD = 16_384


class Said(msgspec.Struct, frozen=True):
    """One word of the page; ``n`` is repeated in the answer."""

    n: int
    name: str
    body: msgspec.Raw


class Answered(msgspec.Struct, frozen=True):
    """What became of it."""

    n: int
    ok: bool
    retry: bool
    problem: str


class Wished(msgspec.Struct, frozen=True):
    """What the page is asked to show."""

    wish: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class Mirrors:
    """Serves the mirrors of the settings."""

    view: View
    template: Template
    callers: Callers
    feed: Feed
    _open: int = field(default=0)

    async def page(self, request: web.Request) -> web.Response:
        """``GET /mirror/{id}``."""
        settings = self._settings(request)
        if not hasattr(settings, "shades"):
            raise Problem(
                HTTPStatus.NOT_FOUND, "no-page", 'this mirror has a program of its own; a page is for driver = "mirror/page"'
            )
        return self.template.page(request, "mirror", mirror=request.match_info["id"], shades=settings.shades)

    async def pictures(self, request: web.Request) -> web.StreamResponse:
        """``GET /mirror/{id}/pictures``: until the screen goes, stands still, or its key is taken back."""
        camera = self._settings(request).camera
        self._check_shown(camera)
        response = picture_stream()
        self._enter()
        sending = send_pictures(request, response, lambda: self._ring(camera), lambda: self.callers.still_knows(request))
        try:
            await send_while_open(request, self.feed, sending, of="mirror")
        finally:
            self._open -= 1
        return response

    async def wire(self, request: web.Request) -> web.WebSocketResponse:
        """``GET /mirror/{id}/wire``: what the page says goes to the mirror's driver, and its wishes come back."""
        self._settings(request)
        wire = web.WebSocketResponse(heartbeat=PING_S, max_msg_size=LONGEST_WORD)
        self._enter()
        try:
            await wire.prepare(request)
            async with asyncio.TaskGroup() as ways:
                beside = [
                    ways.create_task(self._send_wishes(request, wire), name="mirror: wishes"),
                    ways.create_task(self._close_with_the_door(wire), name="mirror: end"),
                ]
                await self._hear(request, wire)
                for task in beside:
                    task.cancel()
        finally:
            self._open -= 1
        return wire

    async def _hear(self, request: web.Request, wire: web.WebSocketResponse) -> None:
        device = request.match_info["id"]
        async for message in wire:
            if message.type is not WSMsgType.TEXT or not self.callers.still_knows(request):
                break
            try:
                said = msgspec.json.decode(message.data, type=Said)
            except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
                break  # no page of ours says that
            receipt = await self.view.wires.post.deliver(device, said.name, bytes(said.body), deadline_ms=DELIVER_MS)
            answered = Answered(said.n, receipt.ok, receipt.retry, receipt.problem)
            await self._send(wire, msgspec.json.encode(answered))
        await wire.close()

    async def _close_with_the_door(self, wire: web.WebSocketResponse) -> None:
        await self.feed.ended()
        await wire.close(code=WSCloseCode.GOING_AWAY)

    async def _send_wishes(self, request: web.Request, wire: web.WebSocketResponse) -> None:
        while True:
            wanted = await self.view.wires.wishes.next(request.match_info["id"])
            await self._send(wire, msgspec.json.encode(Wished(wanted)))

    async def _send(self, wire: web.WebSocketResponse, told: bytes) -> None:
        """A screen that has gone, or takes nothing, is told nothing: its wire ends by itself."""
        try:
            async with asyncio.timeout(WRITE_DEADLINE_S):
                await wire.send_str(told.decode())
        except (ClientConnectionResetError, TimeoutError):
            return

    def _ring(self, camera: str) -> RingReader | None:
        rings = self.view.wires.pictures.rings.get(camera)
        return None if rings is None else rings.jpeg

    def _settings(self, request: web.Request) -> Any:
        """The settings of the mirror in the address, for a caller who may use it. Raises Problem."""
        name, caller = request.match_info["id"], request[CALLER]
        plugged = self.view.plugged().get(name)
        if plugged is None or not plugged.driver.startswith("mirror/"):
            raise Problem(
                HTTPStatus.NOT_FOUND, "unknown-mirror", f"no mirror is called {name!r}; add [device.{name}] to the settings"
            )
        if caller.name != name and not caller.may(Role.STAFF):
            raise Problem(HTTPStatus.FORBIDDEN, "other-mirror", f"this screen is {caller.name}; pair it under the name {name}")
        return plugged.settings

    def _check_shown(self, camera: str | None) -> None:
        plugged = self.view.plugged().get(camera or "")
        if camera is None or plugged is None:
            raise Problem(HTTPStatus.NOT_FOUND, "no-camera", "this mirror has no camera; name one: camera = in its settings")
        if not getattr(plugged.settings, "shown", False):
            told = f"{camera} may not be shown on screens; set shown = true in [device.{camera}]"
            raise Problem(HTTPStatus.FORBIDDEN, "camera-not-shown", told)

    def _enter(self) -> None:
        if self._open >= MOST_OPEN:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, "too-many-mirrors", "too many mirror pages are open; close one", retry_after_s=30
            )
        self._open += 1
