"""Every address of the box with the role it asks for: a route that is not in this table does not exist."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from edge.web.roles import Role

if TYPE_CHECKING:
    from edge.web.api import Api
    from edge.web.changes import Changes
    from edge.web.discoveries import Discoveries
    from edge.web.doors import Doors
    from edge.web.mirrors import Mirrors
    from edge.web.pages import Pages
    from edge.web.probes import Probes
    from edge.web.recordings import Recordings
    from edge.web.screens import Screens
    from edge.web.stream import Stream
    from edge.web.tills import Tills

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one address. ``on_this_machine``: programs on the box itself may call it without logging in."""

    method: str
    path: str
    role: Role
    handler: Handler
    on_this_machine: bool = False


def all_routes(
    pages: Pages,
    api: Api,
    changes: Changes,
    doors: Doors,
    stream: Stream,
    *,
    probes: Probes,
    recordings: Recordings,
    discoveries: Discoveries,
    mirrors: Mirrors,
    screens: Screens,
    tills: Tills,
) -> tuple[Route, ...]:
    """The whole table."""
    public, screen, staff, technician = Role.PUBLIC, Role.SCREEN, Role.STAFF, Role.TECHNICIAN
    return (
        _get("/healthz", public, api.healthz),
        _get("/readyz", public, api.readyz),
        _get("/static/{name}", public, pages.static),
        _get("/login", public, pages.login),
        _post("/login", public, doors.log_in),
        _post("/logout", staff, doors.log_out),
        _get("/screen", public, screens.ask),
        _post("/screen", public, screens.enter),
        _get("/mirror/{id}", screen, mirrors.page),
        _get("/mirror/{id}/pictures", screen, mirrors.pictures),
        _get("/mirror/{id}/wire", screen, mirrors.wire),
        _get("/", staff, pages.overview),
        _post("/devices/{id}/ask", technician, pages.asks.ask),
        _post("/jobs/{job}/again", staff, pages.asks.again),
        _post("/jobs/{job}/dismiss", staff, pages.asks.dismiss),
        _get("/pair", technician, pages.pair),
        _post("/pair", technician, pages.offer),
        _post("/pair/{id}/revoke", technician, pages.revoke),
        _get("/stream", screen, stream.follow),
        _get("/api/devices", screen, api.devices),
        _get("/api/status", staff, api.status),
        _get("/api/events", staff, api.events),
        _get("/api/jobs", staff, api.jobs),
        _post("/api/jobs/{job}/again", staff, changes.again),
        _post("/api/jobs/{job}/dismiss", staff, changes.dismiss),
        _post("/api/devices/{id}/commands", technician, changes.command),
        _post("/api/devices/{id}/jobs", technician, changes.leave),
        _post("/api/devices/{id}/restart", technician, changes.restart),
        _get("/api/devices/{id}/recording", technician, recordings.record),
        _get("/api/discoveries", technician, discoveries.listed),
        _post("/api/probe", technician, probes.probe),
        _post("/api/till/{id}/orders", Role.DEVICE, tills.take),
        _get("/api/dead-letters", technician, api.dead_letters),
        _get("/api/documents", technician, api.documents),
        _post("/api/documents", technician, changes.adopt),
        _post("/api/claims", technician, changes.claim),
        _get("/api/pairings", technician, api.pairings_listed),
        _post("/api/pairings", technician, changes.offer),
        Route(method="DELETE", path="/api/pairings/{id}", role=technician, handler=changes.revoke),
        _post("/api/tokens", public, doors.exchange),
        _post("/api/password", technician, doors.change_password),
        Route(method="GET", path="/metrics", role=technician, handler=api.metrics, on_this_machine=True),
    )


def _get(path: str, role: Role, handler: Handler) -> Route:
    return Route(method="GET", path=path, role=role, handler=handler)


def _post(path: str, role: Role, handler: Handler) -> Route:
    return Route(method="POST", path=path, role=role, handler=handler)
