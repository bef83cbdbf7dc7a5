"""Finds out who calls: the control socket, a paired screen, a person who logged in, or nobody known."""

from __future__ import annotations

import pwd
import socket
import struct
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from edge.asking import Asker
from edge.web.hosts import LOOPBACK_NAMES, host_of, is_loopback
from edge.web.pairing import Pairings
from edge.web.problems import Problem
from edge.web.roles import Caller, Role
from edge.web.sessions import Sessions

SESSION_COOKIE = "storebox-session"
SCREEN_COOKIE = "storebox-screen"
BEARER = "Bearer "
FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-real-ip"})
PEER = struct.Struct("iII")
CALLER = web.RequestKey("caller", Caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Knows everyone. ``login_demanded`` is false on a loopback address: whoever reaches that works on the box."""

    sessions: Sessions
    pairings: Pairings
    login_demanded: bool

    def identify(self, request: web.Request, *, on_this_machine: bool) -> Caller:
        """Who sent ``request``; ``on_this_machine`` trusts programs on the box. Raises Problem for a token that is not known."""
        if came_by_control_socket(request):
            return Caller(role=Role.TECHNICIAN, name=_user_of(request))
        token = request.headers.get("Authorization", "")
        if token:
            return self._of_token(token)
        session = request.cookies.get(SESSION_COOKIE, "")
        if session and self.sessions.is_open(session):
            return Caller(role=Role.TECHNICIAN, name="technician", session=session, ambient=True)
        screen = self.pairings.of_token(request.cookies.get(SCREEN_COOKIE, ""))
        if screen is not None:
            return Caller(role=Role(screen.role), name=screen.name, ambient=True)
        if not self.login_demanded or (on_this_machine and _from_this_machine(request)):
            _check_no_proxy(request)
            return Caller(role=Role.TECHNICIAN, name="this machine", ambient=True)
        return Caller(role=Role.PUBLIC, name="nobody")

    def still_knows(self, request: web.Request) -> bool:
        """Whether the caller of a long ``request`` is still logged in or paired."""
        caller = request[CALLER]
        if caller.session:
            return self.sessions.is_open(caller.session)
        if caller.role not in {Role.SCREEN, Role.DEVICE, Role.STAFF}:
            return True
        header = request.headers.get("Authorization", "")
        token = header.removeprefix(BEARER) if header else request.cookies.get(SCREEN_COOKIE, "")
        return self.pairings.of_token(token) is not None

    def _of_token(self, header: str) -> Caller:
        pairing = self.pairings.of_token(header.removeprefix(BEARER)) if header.startswith(BEARER) else None
        if pairing is None:
            raise Problem(HTTPStatus.UNAUTHORIZED, "unknown-token", "this token is not known here; pair the screen or till again")
        return Caller(role=Role(pairing.role), name=pairing.name)


def came_by_control_socket(request: web.Request) -> bool:
    """Whether the request came by the UNIX socket, which the file system guards."""
    connection = request.get_extra_info("socket")
    return connection is not None and connection.family == socket.AF_UNIX


def asker_of(request: web.Request) -> Asker:
    """Who asks a device by ``request``, for the audit."""
    return Asker(by=request[CALLER].name, origin="cli" if came_by_control_socket(request) else "page")


def _user_of(request: web.Request) -> str:
    """The login of whoever is at the other end of the control socket, as the kernel knows it (unix(7), SO_PEERCRED)."""
    _process, user, _group = PEER.unpack(
        request.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
    )
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # of a container, or deleted
        return f"user {user}"


def _from_this_machine(request: web.Request) -> bool:
    # a proxy on the box calls from loopback too, but on behalf of another name
    return is_loopback(request.remote or "") and host_of(request.headers.get("Host", "")) in LOOPBACK_NAMES


def _check_no_proxy(request: web.Request) -> None:
    if not FORWARDED.isdisjoint(name.lower() for name in request.headers):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "forwarded",
            "a proxy forwards to a page that is for this machine only; put the proxy's name into allowed_hosts in [web]",
        )
