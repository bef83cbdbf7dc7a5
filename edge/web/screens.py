"""The door for a screen that is a browser: it shows a technician's code once and keeps its token as a cookie.

A browser cannot send ``Authorization`` with a page, a picture or a WebSocket; programs do (``POST /api/tokens``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

import structlog
from aiohttp import web

from edge.web.body import read_form
from edge.web.callers import SCREEN_COOKIE
from edge.web.doors import see
from edge.web.locks import Locks
from edge.web.template import Template

log = structlog.get_logger()

KEPT_S = 400 * 86_400  # as long as a browser keeps any cookie; it is renewed by pairing, and ended by taking the key back
OWN_PAGE = re.compile(r"/(?:mirror|shelf|lane|kiosk)/[a-z0-9-]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screens:
    """Lets screens in. ``kind_of(name)``: what kind of page the screen of this name has."""

    locks: Locks
    template: Template
    kind_of: Callable[[str], Literal["lane", "kiosk", "mirror"]]

    async def ask(self, request: web.Request) -> web.Response:
        """``GET /screen``: a form for the code."""
        return self.template.page(request, "screen", mistake="", to=_own(request.query.get("to", "")))

    async def enter(self, request: web.Request) -> web.Response:
        """``POST /screen``: the code, once; on to the page that was asked for."""
        form = await read_form(request)
        to, words = _own(form.get("to", "")), self.template.words(request)
        if self.locks.guesses.wait_s(request.remote or ""):
            return self.template.page(
                request, "screen", status=HTTPStatus.TOO_MANY_REQUESTS, mistake=words.say("screen.wait"), to=to
            )
        accepted = await self.locks.pairings.accept(form.get("code", ""))
        if accepted is None:
            return self.template.page(request, "screen", status=HTTPStatus.FORBIDDEN, mistake=words.say("screen.wrong"), to=to)
        self.locks.guesses.right(request.remote or "")
        token, pairing = accepted
        log.info("a screen was paired", name=pairing.name, role=pairing.role, id=pairing.id)
        response = see("/staff" if pairing.role == "staff" else to or f"/{self.kind_of(pairing.name)}/{pairing.name}")
        response.set_cookie(
            SCREEN_COOKIE, token, max_age=KEPT_S, httponly=True, samesite="Strict", secure=request.secure, path="/"
        )
        return response


def _own(address: str) -> str:
    """``address`` if it is a page of a mirror, a shelf, a lane or a kiosk here; a form must not lead anywhere else."""
    return address if OWN_PAGE.fullmatch(address) else ""
