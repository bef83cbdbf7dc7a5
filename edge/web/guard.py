"""Stands before every route: is this name ours, who calls, may they, and does the request come from our own page?

Nothing is answered before the guard has passed it, also not "there is nothing at this address".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from edge.web.callers import CALLER, Callers, came_by_control_socket
from edge.web.hosts import host_of
from edge.web.names import check_address
from edge.web.pairing import PairingsDamaged
from edge.web.problems import Problem, of_http
from edge.web.roles import Caller, Role
from edge.web.routes import Route
from edge.web.template import Template

SAFE_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """``hosts`` are the names under which the box answers."""

    callers: Callers
    hosts: frozenset[str]
    routes: Iterable[Route]
    template: Template

    def middleware(self) -> Middleware:
        """The guard as aiohttp calls it."""
        by_address = {(route.method, route.path): route for route in self.routes}

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                self._admit(request, by_address)
                return await handler(request)
            except Problem as problem:
                return self.template.problem(request, problem)
            except PairingsDamaged as error:
                return self.template.problem(request, Problem(HTTPStatus.SERVICE_UNAVAILABLE, "pairings-damaged", str(error)))
            except web.HTTPException as error:
                return self.template.problem(request, of_http(error))

        return check

    def _admit(self, request: web.Request, by_address: dict[tuple[str, str], Route]) -> None:
        if not came_by_control_socket(request):
            self._check_host(request)
        resource = request.match_info.route.resource
        if resource is None:
            return  # aiohttp answers 404 or 405
        route = by_address[request.method, resource.canonical]
        caller = self.callers.identify(request, on_this_machine=route.on_this_machine)
        if request.method not in SAFE_METHODS or "websocket" in request.headers.get(hdrs.UPGRADE, "").lower():
            _check_origin(request, caller)
        _check_role(caller, route.role)
        check_address(dict(request.match_info))
        request[CALLER] = caller

    def _check_host(self, request: web.Request) -> None:
        named = request.headers.getall(hdrs.HOST, [])
        arrived = request.get_extra_info("sockname") or ("",)
        known = self.hosts | {str(arrived[0]).removeprefix("::ffff:")}
        if len(named) != 1 or host_of(named[0]) not in known:
            raise Problem(
                HTTPStatus.MISDIRECTED_REQUEST,
                "unknown-host",
                "this box does not go by that name; use its address, or add the name to allowed_hosts in [web]",
            )


def _check_origin(request: web.Request, caller: Caller) -> None:
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        if caller.ambient:
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "no-origin",
                "a change must name its Origin; a program sends 'Origin: http://HOST:PORT', a token, or uses the control socket",
            )
        return
    if urlsplit(origin).netloc.lower() != request.headers[hdrs.HOST].lower():
        raise Problem(
            HTTPStatus.FORBIDDEN, "foreign-origin", "this change was asked for by another site's page; use the box's own"
        )


def _check_role(caller: Caller, needed: Role) -> None:
    if caller.may(needed):
        return
    if caller.role is Role.PUBLIC:
        raise Problem(HTTPStatus.UNAUTHORIZED, "login-needed", "log in at /login, or send a paired token")
    raise Problem(HTTPStatus.FORBIDDEN, "not-allowed", f"this needs the role {needed}; {caller.name} is {caller.role}")
