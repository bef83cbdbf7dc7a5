"""Whose order a screen may touch: that of the till or lane that it is paired for; the points in it are somebody's."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from edge.web.callers import CALLER
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.view import View


def own_order(request: web.Request, view: View) -> tuple[str, str]:
    """Till and number of the order in the address, for staff or for the screen of its till or lane. Raises Problem."""
    till, caller = request.match_info["till"], request[CALLER]
    if caller.name not in {till, view.desk.shop().lane_of(till)} and not caller.may(Role.STAFF):
        told = f"this screen is {caller.name}; pair it under the name of the till or lane whose orders it shows"
        raise Problem(HTTPStatus.FORBIDDEN, "other-till", told)
    return till, request.match_info["order"]
