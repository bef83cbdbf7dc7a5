"""The page of a mirror: the newest pictures of its camera out, touches and shades in. Nothing of a picture is kept.

GET /mirror/{id}             the page, on a screen that is paired under the mirror's name
GET /mirror/{id}/pictures    multipart/x-mixed-replace, JPEG after JPEG; a slow screen gets fewer, never older ones
GET /mirror/{id}/wire        WebSocket, see mirror_wire.py
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any

from aiohttp import web

from drivers.wires.picture_ring import RingReader
from edge.web.callers import CALLER, Callers
from edge.web.deciding import asked_of
from edge.web.feed import Feed
from edge.web.mirror_shades import palettes
from edge.web.mirror_wire import MirrorWire
from edge.web.pictures import picture_stream, send_pictures
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.sending import send_while_open
from edge.web.sittings import Sittings
from edge.web.template import Template
from edge.web.view import View

MOST_OPEN = 16
"""Streams and wires at a time; a shop has fewer mirrors."""

PING_S = 5.0
SILENT_AFTER_S = 15.0
"""Of a mirror that is not on our page; its program may use the wire all the same."""

LONGEST_WORD = 16_384


@dataclass(slots=True, kw_only=True)
class Mirrors:
    """Serves the mirrors of the settings."""

    view: View
    template: Template
    callers: Callers
    feed: Feed
    sittings: Sittings
    _open: int = field(default=0)

    async def page(self, request: web.Request) -> web.Response:
        """``GET /mirror/{id}``."""
        settings = self.settings_of(request)
        if not hasattr(settings, "shades"):
            raise Problem(
                HTTPStatus.NOT_FOUND, "no-page", 'this mirror has a program of its own; a page is for driver = "mirror/page"'
            )
        language, now = self.template.language(request), self.view.desk.now()
        shades = partial(palettes, skus=settings.shades, language=language, at=now)
        return self.template.page(
            request,
            "mirror",
            mirror=request.match_info["id"],
            palettes=await asked_of(self.view, shades),
            try_after_s=settings.try_after_s,
            away_s=settings.silent_after_s,
            currency=self.view.settings.store.currency,
        )

    async def pictures(self, request: web.Request) -> web.StreamResponse:
        """``GET /mirror/{id}/pictures``: until the screen goes, stands still, or its key is taken back."""
        mirror, camera = request.match_info["id"], self.settings_of(request).camera
        self._check_shown(camera)
        response = picture_stream()
        self._enter()
        sending = send_pictures(request, response, lambda: self.ring(mirror, camera), lambda: self.callers.still_knows(request))
        try:
            await send_while_open(request, self.feed, sending, of="mirror")
        finally:
            self._open -= 1
        return response

    async def wire(self, request: web.Request) -> web.WebSocketResponse:
        """``GET /mirror/{id}/wire``: what the page says goes to the mirror's driver, and its wishes come back."""
        mirror, settings = request.match_info["id"], self.settings_of(request)
        wire = web.WebSocketResponse(heartbeat=PING_S, max_msg_size=LONGEST_WORD)
        self._enter()
        try:
            await wire.prepare(request)
            kept = MirrorWire(
                view=self.view,
                callers=self.callers,
                feed=self.feed,
                sittings=self.sittings,
                request=request,
                wire=wire,
                mirror=mirror,
                picture=lambda: _has_picture(self.ring(mirror, settings.camera)),
                silent_after_s=getattr(settings, "silent_after_s", None) or SILENT_AFTER_S,
            )
            await kept.keep()
        finally:
            self._open -= 1
        return wire

    def ring(self, mirror: str, camera: str | None) -> RingReader | None:
        """The painted pictures; while there are none, the camera's own."""
        painted = None if self.view.glass is None else self.view.glass.ring(mirror)
        if painted is not None:
            return painted
        rings = self.view.wires.pictures.rings.get(camera or "")
        return None if rings is None else rings.jpeg

    def settings_of(self, request: web.Request) -> Any:
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


def _has_picture(ring: RingReader | None) -> bool:
    return ring is not None and ring.newest_sequence > 0
