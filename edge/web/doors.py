"""The doors into the box: logging in and out, changing the password, and a screen that exchanges its code for a token.

Guesses are counted by source before argon2 is asked, so ten thousand of them cost the box twenty checks an hour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
import structlog
from aiohttp import web

from edge.web.body import read_form, read_json
from edge.web.callers import CALLER, SESSION_COOKIE
from edge.web.locks import Locks
from edge.web.password import PasswordUnfit
from edge.web.problems import Problem
from edge.web.roles import Caller
from edge.web.sessions import LIFETIME_S
from edge.web.template import Template

log = structlog.get_logger()


class PasswordAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/password``; the control socket need not know ``current``."""

    new: str
    current: str = ""


class CodeShown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/tokens``."""

    code: str


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``POST /api/tokens``; the token is shown this once."""

    token: str
    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Lets people and screens in."""

    locks: Locks
    template: Template

    async def log_in(self, request: web.Request) -> web.Response:
        """``POST /login``: a session for the right password."""
        guess = (await read_form(request)).get("password", "")
        words = self.template.words(request)
        wait_s = self.locks.guesses.wait_s(request.remote or "")
        if wait_s:
            mistake = words.say("login.wait", minutes=math.ceil(wait_s / 60))
            response = self.template.page(request, "login", status=HTTPStatus.TOO_MANY_REQUESTS, mistake=mistake)
            response.headers["Retry-After"] = str(math.ceil(wait_s))
            return response
        if not await self.locks.password.is_right(guess):
            log.warning("a login was refused: wrong password", source=request.remote)
            return self.template.page(request, "login", status=HTTPStatus.UNAUTHORIZED, mistake=words.say("login.wrong"))
        self.locks.guesses.right(request.remote or "")
        log.info("a technician logged in", source=request.remote)
        response = see("/")
        secret = self.locks.sessions.open(instead_of=request.cookies.get(SESSION_COOKIE, ""))
        response.set_cookie(
            SESSION_COOKIE, secret, max_age=LIFETIME_S, httponly=True, samesite="Strict", secure=request.secure, path="/"
        )
        return response

    async def log_out(self, request: web.Request) -> web.Response:
        """``POST /logout``: the session ends here and in the browser."""
        self.locks.sessions.close(request[CALLER].session)
        response = see("/login")
        response.del_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="Strict")
        return response

    async def change_password(self, request: web.Request) -> web.Response:
        """``POST /api/password``: everyone must log in again."""
        asked = await read_json(request, PasswordAsked)
        caller = request[CALLER]
        if caller.session:
            await self._check_current(request, caller, asked.current)
        try:
            await self.locks.password.change(asked.new)
        except PasswordUnfit as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "password-unfit", str(error)) from error
        self.locks.sessions.close_all()
        log.info("the password was changed; everyone was logged out", by=caller.name)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def exchange(self, request: web.Request) -> web.Response:
        """``POST /api/tokens``: a token for a code, once."""
        code = (await read_json(request, CodeShown)).code
        self._spend_guess(request)
        accepted = await self.locks.pairings.accept(code)
        if accepted is None:
            raise Problem(HTTPStatus.FORBIDDEN, "wrong-code", "this code is wrong, used or over; ask a technician for a new one")
        self.locks.guesses.right(request.remote or "")
        token, pairing = accepted
        log.info("a screen was paired", name=pairing.name, role=pairing.role, id=pairing.id)
        body = msgspec.json.encode(Token(token=token, id=pairing.id, name=pairing.name, role=pairing.role))
        return web.Response(body=body, status=HTTPStatus.CREATED, content_type="application/json")

    async def _check_current(self, request: web.Request, caller: Caller, current: str) -> None:
        self._spend_guess(request)
        if not await self.locks.password.is_right(current):
            log.warning("a change of the password was refused: the current one is wrong", by=caller.name, source=request.remote)
            raise Problem(HTTPStatus.FORBIDDEN, "wrong-password", "the current password is wrong; nothing was changed")
        self.locks.guesses.right(request.remote or "")

    def _spend_guess(self, request: web.Request) -> None:
        wait_s = self.locks.guesses.wait_s(request.remote or "")
        if wait_s:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too-many-guesses",
                f"too many guesses from this address; wait {math.ceil(wait_s / 60)} min",
                retry_after_s=math.ceil(wait_s),
            )


def see(address: str) -> web.Response:
    """Send the browser to ``address`` after a change (303), so that loading again does not repeat it."""
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})
