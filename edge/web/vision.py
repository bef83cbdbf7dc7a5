"""The cameras that count, for a technician: how each is, its picture without faces, and what it is to look at.

GET /vision                                 every camera and model
GET /vision/cameras/{camera}                the live picture, with lines and zones to be drawn on it
GET /vision/cameras/{camera}/pictures       multipart/x-mixed-replace, JPEG after JPEG, heads and all that moves pixelated
GET /api/vision                             the same for programs
GET, PUT /api/vision/cameras/{camera}/layout
GET, PUT /api/vision/floor                  the floor plan of the shop
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec
from aiohttp import web

from edge.vision.window import CameraShown
from edge.vision.words import Inference
from edge.web.api import json_answer
from edge.web.callers import Callers
from edge.web.feed import Feed
from edge.web.layouts import Layouts
from edge.web.pictures import picture_stream, send_pictures
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.sending import send_while_open
from edge.web.template import Template
from edge.web.view import View
from edge.web.watched import watched

MOST_OPEN = 4
"""Live pictures at a time: each costs the inference process a JPEG a few times a second."""


class VisionShown(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``GET /api/vision``."""

    cameras: Mapping[str, CameraShown]
    inferences: Mapping[str, Inference]


@dataclass(slots=True, kw_only=True)
class VisionPages:
    """Serves the pages and the calls."""

    view: View
    template: Template
    callers: Callers
    feed: Feed
    _open: int = field(default=0)

    def routes(self) -> tuple[Route, ...]:
        """All of them ask for the role of a technician: a camera looks at people."""
        technician = Role.TECHNICIAN
        layouts = Layouts(view=self.view, template=self.template)
        return (
            Route(method="GET", path="/vision", role=technician, handler=self.overview),
            Route(method="GET", path="/vision/cameras/{camera}", role=technician, handler=self.camera),
            Route(method="GET", path="/vision/cameras/{camera}/pictures", role=technician, handler=self.pictures),
            Route(method="GET", path="/api/vision", role=technician, handler=self.shown),
            Route(method="GET", path="/api/vision/cameras/{camera}/layout", role=technician, handler=layouts.read),
            Route(method="PUT", path="/api/vision/cameras/{camera}/layout", role=technician, handler=layouts.change),
            Route(method="GET", path="/api/vision/floor", role=technician, handler=layouts.read_floor),
            Route(method="PUT", path="/api/vision/floor", role=technician, handler=layouts.change_floor),
        )

    async def overview(self, request: web.Request) -> web.Response:
        """``GET /vision``."""
        eyes = self.view.eyes
        cameras, inferences = ({}, {}) if eyes is None else (eyes.cameras(), eyes.inferences())
        return self.template.page(request, "vision", cameras=cameras, inferences=inferences)

    async def camera(self, request: web.Request) -> web.Response:
        """``GET /vision/cameras/{camera}``."""
        name = request.match_info["camera"]
        return self.template.page(request, "vision_camera", camera=name, shown=watched(self.view, name)[1])

    async def shown(self, _request: web.Request) -> web.Response:
        """``GET /api/vision``."""
        eyes = self.view.eyes
        return json_answer(
            VisionShown(cameras={}, inferences={})
            if eyes is None
            else VisionShown(cameras=eyes.cameras(), inferences=eyes.inferences())
        )

    async def pictures(self, request: web.Request) -> web.StreamResponse:
        """``GET /vision/cameras/{camera}/pictures``: until the reader goes, stands still, or is logged out."""
        name = request.match_info["camera"]
        eyes, _ = watched(self.view, name)
        if self._open >= MOST_OPEN:
            told = "too many live pictures are open; close one"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "too-many-pictures", told, retry_after_s=10)
        response = picture_stream()
        self._open += 1
        sending = send_pictures(request, response, lambda: eyes.live(name), lambda: self.callers.still_knows(request))
        try:
            await send_while_open(request, self.feed, sending, of="vision")
        finally:
            self._open -= 1
        return response
